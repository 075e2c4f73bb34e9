"""What can go wrong, each with place, cause and cure."""

from dataclasses import dataclass


class CleanerError(Exception):
    """The root of every error this package raises on purpose."""


class UsageError(CleanerError):
    """A command or call that cannot work as given: exit code 2."""


class LockHeld(CleanerError):  # noqa: N818  # it says what is, as `Fault` does
    """Another run of the same job goes on: exit code 75."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a rule file.

    `line` and `column` count from 1; `rule` is empty where the fault lies outside a rule.

    >>> print(Fault("web.yaml", 7, 5, "footer", "'find' takes one finder, got two; keep one"))
    web.yaml:7:5 footer: 'find' takes one finder, got two; keep one
    """

    file: str
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Give the fault as one line: place, rule, cause and cure."""
        rule = f" {self.rule}" if self.rule else ""
        return f"{self.file}:{self.line}:{self.column}{rule}: {self.message}"


class RuleFileError(UsageError):
    """Rule files that cannot be used, with every fault found in them."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep `faults` sorted by place."""
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))


class DocumentError(CleanerError):
    """A document that cannot be cleaned and belongs in quarantine.

    `kind` is one of `timeout`, `failed`, `restless`, `emptied`, `undecodable`, `unreadable`, `duplicate`,
    `too-large`, `changed`, `too long`; `rule` names the rule or rules behind it, or is empty. `traceback`
    says where in the code a rule failed, and is empty for every other kind.
    """

    def __init__(self, kind: str, message: str, rule: str = "", traceback: str = "") -> None:
        """Say what happened (`message`), of which `kind`, by which `rule`, where in the code."""
        self.traceback = traceback
        self.kind = kind
        self.rule = rule
        self.message = message
        super().__init__(f"{kind}: {message}" + (f" (rule {rule})" if rule else ""))


TOO_LONG = "too long"
"""The kind of error of a document with more code points than a run takes."""


def too_long(text: str, most: int, place: str = "") -> DocumentError:
    """Give the error for a text of more than so many code points; `place` says where it stands."""
    long = f"the text has {len(text):,} characters, more than the {most:,} of max_chars"
    message = f"{long}; split it, or raise that"
    return DocumentError(TOO_LONG, f"{place}: {message}" if place else message)
