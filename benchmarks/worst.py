"""The worst rule on the worst input: how each shipped pattern's time grows on texts made to try it."""

import argparse
from collections.abc import Iterator

from timing import Figure, figures_table

from cleaner import Cleaner
from cleaner.packs import Rule
from cleaner.prove.linear import MOST_GROWTH, Growth, Pumped, Used, growths, patterns_of


def worst(rules: list[Rule]) -> tuple[Used, Pumped, Growth] | None:
    """Give the pattern and text with the largest growth per doubling; None where all are fast on all."""
    tried: dict[tuple[str, bool, bool], Used] = {}
    for used in patterns_of(rules):
        tried.setdefault((used.pattern, used.ignore_case, used.whole_line), used)
    found = [(used, *grown) for used in tried.values() for grown in growths(used)]
    return max(found, key=lambda one: one[2].per_doubling, default=None)


def measure(profile: str = "standard") -> Iterator[Figure]:
    """Pump every pattern of a profile; yield the worst."""
    found = worst(list(Cleaner(profile).rules))
    if found is None:
        what = "worst rule on worst input: no pattern takes 0.5 µs for a character of any text made to try it"
        yield Figure(what, "–", "–", 1.0, most=MOST_GROWTH)
        return
    used, pumped, growth = found
    what = f"worst rule on worst input: `{used.rule.name}` on `{pumped}`, {2 * growth.length:,} characters"
    first, second, third = growth.seconds
    slow, quick = (second, first) if second / first < third / second else (third, second)
    times = (f"{1000 * slow:.1f} ms", f"{1000 * quick:.1f} ms")
    yield Figure(what, *times, growth.per_doubling, most=MOST_GROWTH)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="standard", help="standard unless given")
    print(figures_table(measure(parser.parse_args().profile)))
