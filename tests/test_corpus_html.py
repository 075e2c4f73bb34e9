"""Web pages: their text, what is marked of it, what they say of themselves, and hostile ones."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import html_text
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webpages import ARTICLE, CHINESE, paragraphs

from cleaner.corpus.html import JUDGED_CHARS, Page, read_html
from cleaner.corpus.html_lines import CONTROL
from cleaner.corpus.html_main import kept_lines
from cleaner.errors import DocumentError


def labelled(page: Page, label: str) -> list[str]:
    return [page.text[mark.span.start : mark.span.end] for mark in page.marks if mark.label == label]


def signs(text: str) -> str:
    return "".join(CONTROL.sub("", text).split())


def test_every_line_of_a_page_is_text() -> None:
    page = read_html(ARTICLE)
    assert page.text == html_text.extract_text(ARTICLE)
    for line in ("Home", "Rain over the valley", "Water | 3 | 4".replace(" |", ""), "Imprint", "Subscribe"):
        assert line in page.text.split("\n")
    assert "var hidden" not in page.text


def test_headings_links_and_navigation_are_marked_by_line() -> None:
    page = read_html(ARTICLE)
    assert labelled(page, "heading") == ["Rain over the valley", "What comes next"]
    assert labelled(page, "link") == ["Home", "News", "Read more about rain", "Contact us"]
    assert labelled(page, "nav") == [
        "The Valley Gazette",
        "Home",
        "News",
        "Subscribe",
        "Imprint",
        "Contact us",
    ]


def test_preformatted_text_keeps_its_lines() -> None:
    page = read_html(
        "<h1>Heron</h1><pre>\nGrey <b>on\nthe</b>\n weir,\r\n\n he <i>waits</i>\n\n</pre>\nfor\nnothing"
    )
    assert page.text == "Heron\n\nGrey on\nthe\nweir,\n\nhe waits\n\nfor nothing"
    assert labelled(page, "heading") == ["Heron"]
    page = read_html("<nav><pre><a href=/>Home</a>\n<a href=/news>News</a></pre></nav><p>It rained.")
    assert page.text == "Home\nNews\n\nIt rained."
    assert labelled(page, "nav") == labelled(page, "link") == ["Home", "News"]


def test_what_an_extraction_keeps_is_marked_as_main() -> None:
    page = read_html(ARTICLE)
    main = labelled(page, "main")
    assert main[0] == "Rain over the valley"
    assert set(paragraphs()) <= set(main)
    assert "What comes next" in main
    assert not {"Home", "News", "Subscribe", "Imprint", "Contact us"} & set(main)


def test_a_line_counts_as_a_link_from_four_fifths_on() -> None:
    page = read_html(
        "<p><a href=/>12345678</a> 90<p><a href=/>1234567</a> 890<p><a href=/>a</a> <a href=/>b</a>"
    )
    assert labelled(page, "link") == ["12345678 90", "a b"]


def test_an_element_around_the_content_is_no_navigation() -> None:
    form = read_html("<form><h1>Title</h1><p>Words of the page.</form><form>Your name</form>")
    assert labelled(form, "nav") == ["Your name"]
    header = read_html("<header>Site<main><p>Words of the page.</main></header>")
    assert labelled(header, "nav") == []
    aside = read_html(
        "<aside><article><h1>T</h1><p>Words.</article></aside><aside><article>Card</article></aside>"
    )
    assert labelled(aside, "nav") == ["Card"]


def test_headers_and_footers_are_the_sites_outside_articles_alone() -> None:
    page = read_html(
        "<header>Site</header><article><header>By Ann</header>x<footer>Ann writes.</footer></article>"
        "<div role=navigation>More</div><footer>Imprint</footer>"
    )
    assert labelled(page, "nav") == ["Site", "More", "Imprint"]


def test_a_script_without_spaces_is_aligned_too() -> None:
    page = read_html(CHINESE)
    assert len([line for line in labelled(page, "main") if line.startswith("今天")]) == 3
    assert "首页" not in labelled(page, "main")


def test_what_a_page_says_of_itself_is_metadata() -> None:
    assert read_html(ARTICLE).metadata == {
        "title": "Rain over the valley",
        "date": "2024-03-05",
        "author": "Ann Example",
        "site": "The Valley Gazette",
        "url": "https://gazette.example/rain",
    }
    assert read_html("<p>Only words.").metadata == {}


def test_a_date_does_not_depend_on_the_day_of_the_run() -> None:
    page = read_html('<meta property="article:published_time" content="2071-02-03T10:00:00Z"><p>Words.')
    assert page.metadata["date"] == "2071-02-03"


WORDS = "Ça coûte 5 € à Besançon"
UKRAINIAN = "Їжак і ґава"
JAPANESE = "日本語のページ"


@pytest.mark.parametrize(
    ("data", "declared", "text", "encoding"),
    [
        (f"<p>{WORDS}".encode(), None, WORDS, "utf-8"),
        (b"\xef\xbb\xbf" + f"<p>{WORDS}".encode(), "latin-1", WORDS, "utf-8-sig"),
        (f"<p>{WORDS}".encode("utf-16"), None, WORDS, "utf-16-le-sig"),
        (f"<meta charset=iso-8859-1><p>{WORDS}".encode("cp1252"), None, WORDS, "cp1252"),
        (f"<p>{WORDS}".encode("cp1252"), "ISO-8859-1", WORDS, "cp1252"),
        (f"<meta charset=koi8-u><p>{UKRAINIAN}".encode("koi8-u"), None, UKRAINIAN, "koi8-u"),
        (f"<meta charset=latin-1><p>{UKRAINIAN}".encode("cp1251"), "windows-1251", UKRAINIAN, "cp1251"),
        (
            b'<meta http-equiv=content-type content="text/html; charset=gb2312"><p>'
            + "囧字".encode("gb18030"),
            *(None, "囧字", "gb18030"),
        ),
        (f"<meta charset=shift_jis><p>{JAPANESE}".encode("cp932"), None, JAPANESE, "cp932"),
        (f"<meta charset=iso-2022-jp><p>{JAPANESE}".encode("iso2022_jp"), None, JAPANESE, "iso2022_jp"),
        (
            '<?xml version="1.0" encoding="iso-8859-2"?><p>żółw'.encode("iso8859-2"),
            *(None, "żółw", "iso8859-2"),
        ),
        (b"<meta charset=utf-16><p>plain", None, "plain", "utf-8"),
        (b"<meta charset=klingon><p>plain", "nonsense", "plain", "utf-8"),
    ],
)
def test_bytes_are_read_as_browsers_read_them(
    data: bytes, declared: str | None, text: str, encoding: str
) -> None:
    page = read_html(data, declared)
    assert (page.text, page.encoding, page.confidence) == (text, encoding, 1.0)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DocumentError, match="undecodable: the bytes are no text"):
        read_html(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        (" \n", ""),
        ("<!-- nothing -->", ""),
        ("\0\0", ""),
        ("no markup at all < or > & such", "no markup at all < or > & such"),
        ("<p>a\0b", "ab"),
        ("\ufeff<p>a", "a"),
        ("<p>a\x1b<script>x</script>b&#12;<link>c", "a b c"),
        ('<?xml version="1.0" encoding="utf-16"?><html><p>é</html>', "é"),
        ("<p>&amp;&nosuch;&#x41;&#xD800;&#99999999;&lt", "&&nosuch;A<"),
        ("<script>if (a<b) x()</script><style>p{}</style><p>seen<script>open", "seen"),
        ("<p>one<td>two</div></p></html><p>three", "one\n\ntwo\n\nthree"),
    ],
)
def test_odd_pages_have_the_text_that_is_seen(html: str, text: str) -> None:
    assert read_html(html).text.replace("\ufffd", "") == text


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("<div>" * 5_000 + "x", "nested too deep"),
        ("<p " + " ".join(f'a{number}=">"' for number in range(2_000)) + ">x", "has 2,000 attributes"),
        ("<p>\ud800", "lone surrogate"),
    ],
)
def test_pages_that_no_parser_reads_to_the_end_are_refused(html: str, message: str) -> None:
    with pytest.raises(DocumentError, match=f"unreadable: .*{message}"):
        read_html(html)


def test_nesting_beyond_the_parsers_default_loses_nothing() -> None:
    assert read_html("<div>" * 1_000 + "x" + "</div>" * 1_000 + "<p>end").text == "x\n\nend"


def test_long_texts_with_quotes_and_angles_are_no_tags_with_attributes() -> None:
    words = "said \"x <b and it's so " * 2_000
    assert read_html(f"<script>{words}</script><p>end").text == "end"


def test_a_very_large_page_is_read_without_a_judgement() -> None:
    page = read_html("<title>T</title><h1>Title</h1><p>" + "word " * (JUDGED_CHARS // 5))
    assert len(page.text) > JUDGED_CHARS - 5
    assert {mark.label for mark in page.marks} == {"heading"}
    assert page.metadata == {}


pieces = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<nav>",
            "</nav>",
            "<a href='x'>",
            "</a>",
            "<h1>",
            "</h2>",
            "<br>",
        ),
        *(
            "<table>",
            "<tr>",
            "<td>",
            "<ul><li>",
            "</ul>",
            "<form>",
            "<main>",
            "<article>",
            "</article>",
            "<pre>",
        ),
        *("<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "?>", "<svg>", "<template>"),
        *(
            "&amp;",
            "&#0;",
            "&#x1F600;",
            "&nbsp;",
            "<",
            ">",
            '"',
            "'",
            "=",
            "\r\n",
            "\x0b",
            "\x85",
            "\u2028",
            "\0",
        ),
        *("<title>", "<header>", "<footer role=menu>", "<a b=", "<x:y>", "<frameset>", "<body>", "</html>"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(pieces | st.text(max_size=12), max_size=40).map("".join))
def test_no_page_raises_and_marks_are_whole_lines(html: str) -> None:
    page = read_html(html)
    with suppress(ValueError):  # html_text's own fault, see the test above
        known = html_text.extract_text(html)
        assert (
            "</html>" in html or page.text == known or ("<pre" in html and signs(page.text) == signs(known))
        )
    assert list(page.marks) == sorted(page.marks, key=lambda one: (one.span.start, one.span.end, one.label))
    lines = set(page.text.split("\n"))
    for mark in page.marks:
        assert page.text[mark.span.start : mark.span.end] in lines - {""}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_raise_a_document_error_at_most(data: bytes) -> None:
    with suppress(DocumentError):
        assert "\0" not in read_html(data).text


def test_where_a_line_stands_twice_the_one_between_its_neighbours_was_kept() -> None:
    teaser = "The river rose by two metres in one night."
    lines = [
        teaser,
        "Menu",
        "It rained for a whole week in May.",
        teaser,
        "Ends",
        "Then the sun came out at last.",
        "Ends",
    ]
    extraction = "\n".join([*lines[2:4], *lines[5:]])
    assert kept_lines(lines, extraction) == {2, 3, 5, 6}


def test_lines_that_an_extraction_joined_are_found() -> None:
    lines = ["Roses are red and so on", "violets are blue and so on", "Nothing of this was kept"]
    assert kept_lines(lines, "- Roses are RED and so on violets are blue, and so on") == {0, 1}
    assert kept_lines(["a", "b"], "b\nc") == {1}
    assert kept_lines([], "") == kept_lines(["a"], "") == set()


def test_nothing_of_the_extra_is_imported_for_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words\n")
    program = (
        "import sys\n"
        "from cleaner.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted({'lxml', 'html_text', 'trafilatura', 'w3lib', 'fastwarc'} & set(sys.modules)))\n"
    )
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, "clean", str(tmp_path), "--out", str(tmp_path / "out"), "-q"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["0", "[]"]
