"""The chrome of pages in eight languages goes, and texts that speak of it or have headings like it stay."""

from pathlib import Path

import pytest

import cleaner

SAMPLES = Path(__file__).parent / "chrome"


def blocks(name: str) -> list[tuple[str, str]]:
    """Give the pieces of a file of samples, each under a line of `@@` and its name."""
    parts = (SAMPLES / name).read_text("utf-8").split("@@ ")[1:]
    return [(title, text.rstrip("\n")) for title, _, text in (part.partition("\n") for part in parts)]


BODIES = dict(blocks("bodies.txt"))
LINES = [tuple(line.split("|", 2)) for line in (SAMPLES / "lines.txt").read_text("utf-8").splitlines()]
PAGES = [line.split("|") for line in (SAMPLES / "pages.txt").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("name", "text"), blocks("texts.txt"), ids=lambda value: value[:30])
def test_a_text_that_is_content_stays(name: str, text: str) -> None:
    del name
    assert cleaner.clean(text).text == text


@pytest.mark.parametrize(("language", "place", "lines"), LINES)
def test_chrome_goes(language: str, place: str, lines: str) -> None:
    body = BODIES[language]
    block = "\n".join(lines.split("/"))
    text = f"{block}\n\n{body}" if place == "start" else f"{body}\n\n{block}"
    assert cleaner.clean(text).text == body


@pytest.mark.parametrize(("language", "body"), BODIES.items())
def test_the_bodies_are_content(language: str, body: str) -> None:
    del language
    assert cleaner.clean(body).text == body


@pytest.mark.parametrize("space", ["\n", "\n\n"])
@pytest.mark.parametrize("ends", [(14, 14), (7, 11), (2, 12), (0, 14)])
@pytest.mark.parametrize(("language", "labels"), PAGES)
def test_the_labels_of_a_page_go(language: str, labels: str, ends: tuple[int, int], space: str) -> None:
    words = labels.split("/")
    first, *rest = BODIES[language].split("\n\n")
    top, middle, foot = words[: ends[0]], words[ends[0] : ends[1]], words[ends[1] :]
    blocks = [space.join(top), first, space.join(middle), *rest, space.join(foot)]
    assert cleaner.clean("\n\n".join(filter(None, blocks))).text == BODIES[language]
