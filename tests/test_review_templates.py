"""The review page's templates, script and style sheet keep to its security policy, and say the same keys."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import cleaner.review

FOLDER = Path(cleaner.review.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html.j2"))
STATIC = sorted((FOLDER / "static").iterdir())
SCRIPT = (FOLDER / "static" / "review.js").read_text("utf-8")
STYLE = (FOLDER / "static" / "review.css").read_text("utf-8")
FRAME = (FOLDER / "templates" / "frame.html.j2").read_text("utf-8")

PAGES = [
    "overview",
    "queue",
    "groups",
    "rules",
    "rule",
    "documents",
    "document",
    "edits",
    "compare",
    "draft",
    "message",
    "frame",
    "parts",
]

FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=|<style\b", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "an inline script": re.compile(
        r"<script(?![^>]*\ssrc=\"/static/)[^>]*>|<script[^>]*>[^<]", re.IGNORECASE
    ),
    "text put in unescaped": re.compile(r"\|\s*safe\b|\|\s*markup\b|autoescape"),
    "another host": re.compile(r"(?:https?:)?//[\w.]", re.IGNORECASE),
    "a script address": re.compile(r"javascript:|\bdata:[a-z]", re.IGNORECASE),
    "an attribute without quotes": re.compile(r"\s(?:href|value|src|action)=[^\"]"),
}


def test_all_pages_are_there() -> None:
    """A page's template is a file of its own."""
    assert {path.name for path in TEMPLATES} == {f"{name}.html.j2" for name in PAGES}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize("name", FORBIDDEN)
def test_templates_keep_to_the_policy(path: Path, name: str) -> None:
    """No template holds what the policy forbids, or what would let a scraped text act."""
    found = FORBIDDEN[name].search(path.read_text("utf-8"))
    assert not found, f"{path.name} holds {name}: {found and found[0]}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("an inline style", '<p style="color: red">'),
        ("an inline style", "<style>p {}</style>"),
        ("an inline handler", '<img onerror="go()">'),
        ("an inline script", "<script>go()</script>"),
        ("an inline script", '<script src="/static/review.js">go()</script>'),
        ("text put in unescaped", "{{ edit.html | safe }}"),
        ("another host", '<link href="https://example.org/x.css">'),
        ("another host", '<img src="//example.org/x.png">'),
        ("a script address", '<a href="javascript:go()">'),
        ("an attribute without quotes", "<a href={{ url }}>"),
    ],
)
def test_the_checks_see_what_is_forbidden(name: str, text: str) -> None:
    """The checks are not blind."""
    assert FORBIDDEN[name].search(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_parse(path: Path) -> None:
    """Jinja takes every template, with the filters that the page gives it."""
    environment = Environment(loader=FileSystemLoader(path.parent), autoescape=True)
    named = dict.fromkeys(("number", "plural", "named", "piece", "percent"), str)
    environment.filters.update(named)
    assert environment.get_template(path.name)


def test_every_post_form_carries_where_to_go_back() -> None:
    """After a verdict the reviewer is where they were."""
    for path in TEMPLATES:
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.DOTALL):
            assert 'name="back"' in form or 'action="/reviewer"' in form, f"{path.name}: {form[:80]}"


def test_the_help_names_the_keys_of_the_script() -> None:
    """Each key that is heard is in the help, and each in the help is heard."""
    table = re.search(r"const KEYS = \{(.*?)\n\};", SCRIPT, re.DOTALL)
    assert table
    heard = re.findall(r'^  "([^"]+)": ', table[1], re.MULTILINE)
    assert len(heard) == len(table[1].strip().splitlines())
    assert re.findall(r'parts\.key\("([^"]+)"', FRAME) == heard


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write"])
def test_the_script_reads_no_text_as_html(word: str) -> None:
    """What comes back is parsed once, as a page of which scripts do not run."""
    assert word not in SCRIPT


def test_the_script_finds_what_it_looks_for() -> None:
    """Each id that the script asks for stands in a template."""
    markup = "".join(path.read_text("utf-8") for path in TEMPLATES)
    asked = re.findall(r'getElementById\("([\w-]+)"\)', SCRIPT)
    assert {"edit", "main", "help", "live", "news", "notice"} <= set(asked)
    assert not [one for one in asked if f'id="{one}"' not in markup]


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_static_files_load_nothing(path: Path) -> None:
    """Style and script fetch nothing, from here or elsewhere, that the page did not name."""
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(|\bimport\b", text)


def test_no_text_is_smaller_than_13_pixels() -> None:
    """Sizes are given in rem of 16 pixels."""
    sizes = re.findall(r"(?:font-size: |font: [^;{]*?)(\d*\.\d+|\d+)rem", STYLE.partition("@media print")[0])
    assert len(sizes) > 20
    assert min(map(float, sizes)) * 16 >= 13
