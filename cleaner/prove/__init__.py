"""What a rule must show: examples that hold, company it can keep, linear time; what a change of it does."""

from cleaner.prove.examples import Failure, check, prove

__all__ = ["Failure", "check", "prove"]
