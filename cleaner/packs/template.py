"""What `replace:` may say: text, and the captured groups that are written into it."""

from collections.abc import Mapping

import regex

from cleaner.model import Span

_REFERENCE = regex.compile(r"\\(?:g<(?P<name>\w+)>|(?P<number>\d))|\\(?P<escape>[nt\\])")
LONGEST_TEMPLATE, MOST_REFERENCES = 10_000, 50
"""Code points, and groups written, in one replacement."""
_STRANGE = regex.compile(r"\\(?:[1-9]|g<\w+>|[nt\\])(*SKIP)(*FAIL)|\\(?s:.?)")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


def expand(template: str, groups: Mapping[str, Span], text: str) -> str:
    r"""Write captured groups into a template: `\1`, `\g<name>`, `\n`, `\t`, `\\`.

    >>> expand(r"\g<a>!\1", {"1": Span(0, 3), "a": Span(0, 3)}, "one two")
    'one!one'
    """

    def written(found: "regex.Match[str]") -> str:
        if found["escape"]:
            return _ESCAPES[found["escape"]]
        span = groups.get(found["name"] or found["number"])
        return text[span.start : span.end] if span else ""

    return str(_REFERENCE.sub(written, template))


def references(template: str) -> list[str]:
    r"""Give the groups that a template asks for, by name or number.

    >>> references(r"\g<name>, \2\n")
    ['name', '2']
    """
    return [
        found["name"] or found["number"] for found in _REFERENCE.finditer(template) if not found["escape"]
    ]


def strange(template: str) -> list[str]:
    r"""Give the escapes in a template that mean nothing there.

    >>> strange(r"\1\\q"), strange(r"\q \g<x \0")
    ([], ['\\q', '\\g', '\\0'])
    """
    return _STRANGE.findall(template)
