"""Left-overs of markup go, and texts about markup stay: judged by what stands around them."""

import time

import pytest

import cleaner
from cleaner.finders.repairs.spoken import speech

LEFT_OVER = {
    "a price tag": ("It has a steep <b>price</b> tag.", "It has a steep price tag."),
    "an address with html": (
        "See www.example.org/html/a.html for <i>more</i>.",
        "See www.example.org/html/a.html for more.",
    ),
    "HTML far away": (
        "Get it as PDF or HTML.\n\n<p>Three men were held.</p>\n<p>Two were freed.</p>",
        "Get it as PDF or HTML.\n\nThree men were held.\n\nTwo were freed.",
    ),
    "elements of a story": (
        "Key elements of the <em>plan</em> are unknown.",
        "Key elements of the plan are unknown.",
    ),
    "unclosed capitals": ("<P>One thing.\n<P>Another.<BR>And so on.", "One thing.\n\nAnother.\nAnd so on."),
    "orphans": ("It fell at noon.</p>\nNobody was hurt.</div>", "It fell at noon.\nNobody was hurt."),
    "a tag over lines": ('<a\n href="x"\n title="a > b">The report</a> says so.', "The report says so."),
    "what Word leaves": ('<st1:place w:st="on">Leeds</st1:place> won.<o:p></o:p>', "Leeds won."),
    "typographic attributes": ("A <span style=”color:red”>red</span> flag.", "A red flag."),
    "a table": (
        "<table>\n<tr>\n<td>Li</td>\n<td>43</td>\n</tr>\n<tr><td>Ann</td><td></td><td>41</td></tr>\n</table>",
        "Li\t43\nAnn\t\t41",
    ),
    "an indented page": (
        "<div>\n  <h2>The bridge</h2>\n\n  <p>It fell.</p>\n</div>",
        "The bridge\n\nIt fell.",
    ),
    "breaks with line ends": ("One<br />\nTwo<br />\n<br />\nThree", "One\nTwo\n\nThree"),
    "a quotation": ("He said:<blockquote>Never.</blockquote>And left.", "He said:\n\nNever.\n\nAnd left."),
    "an empty paragraph": ("<p>One.</p><p>&nbsp;</p><p>Two.</p>", "One.\n\nTwo."),
    "entities of Windows": ("It&#146;s &#147;so&#148;.", "It’s “so”."),
    "thrice escaped": ("Smith &amp;amp;amp; Sons", "Smith & Sons"),
    "an address with entities": ("See http://a.org/?a=1&amp;b=2 now.", "See http://a.org/?a=1&b=2 now."),
    "inside words beside HTML": ("Its HTML is raw, but I&#39;m glad.", "Its HTML is raw, but I'm glad."),
    "a blog's caption": (
        '[caption id="a_1" width="9"]The bridge[/caption]\nIt fell.',
        "The bridge\nIt fell.",
    ),
    "a marker about comments": ("The end.<!-- comments -->", "The end."),
    "a picture": ('One.\n<img src="a.png" alt="a > b">\nTwo.', "One.\nTwo."),
}
SPOKEN_OF = [
    "To make a word bold, wrap it in <b>bold</b>.",
    "Write <p>Hello</p> and load the page: the DOM tree holds <p>Hello</p>.",
    "if a < b && b > c then x<y, and <3 for you",
    "John <john@example.org> wrote on <https://example.org/a?b=1>:",
    "Dictionary<String, List<B>> x = new HashMap<A, B>(); Vec<P> items",
    "My first page was made of code:\n\n<b>Hello</b>\n\nIt was fun.",
    "Put it between <i> and </i>.",
    "Style a paragraph like so: <p style='color:red'>Red</p>. CSS is better.",
    "git commit -m '<message>' and adduser <name>, then press <b> or <Enter>.",
    'B --> B1["25% of RAM<br/>Caches data"]',
    "Here <x> is the mean, <p> the momentum, and <i|j> a product.",
    "For an ampersand type &amp;amp; and for a space &amp;nbsp;.",
    'The string "&nbsp;" shows where the feed is broken.',
    "const x = <div className='a'><span>{name}</span></div>;",
    "Never write <u>titles</u> so; the <u> tag is for links.",
    "He typed <br> by mistake.",
    "[server]\nhost = 'x'\n[section]\nname = 1",
    'The shortcode [gallery ids="1,2"] shows pictures.',
    "Il tag <b>grassetto</b> serve per il grassetto.",
    "La balise <b> met en gras : <b>mot</b>.",
    "See https://example.org/?a=1&copy=2&nbsp=3&amp=4 and http://x.y/?q=a&quot b",
    "```\n<b>x</b> &amp; y\n```",
]


@pytest.mark.parametrize(("damaged", "wanted"), LEFT_OVER.values(), ids=LEFT_OVER)
def test_what_is_left_over_goes(damaged: str, wanted: str) -> None:
    assert cleaner.clean(damaged).text == wanted


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_what_a_text_speaks_of_stays(text: str) -> None:
    assert cleaner.clean(text).text == text


@pytest.mark.parametrize("text", ["Five &lt;b&gt;bold&lt;/b&gt; words.", "Smith & amp; Sons", "It#8217;s so"])
def test_what_is_guessed_waits(text: str) -> None:
    result = cleaner.clean(text)
    assert result.text == text
    assert {edit.status for edit in result.edits} == {"proposed"}


@pytest.mark.parametrize("text", ["HTML is here. " * 3, "Both HTML and CSS.", "the <br> tag", "`<b>`"])
def test_a_text_about_markup(text: str) -> None:
    assert speech(text).whole


def test_a_line_speaks_for_its_neighbours() -> None:
    said = speech("One.\n\nIn HTML it is short.\n\n<b>x</b>\n\nFar off.")
    assert not said.whole
    assert said.about(30, 31)
    assert not said.about(42, 43)


@pytest.mark.parametrize(
    "text",
    ["HTML\n" * 20_000, "<b " * 30_000, "wrap " * 30_000, "`<" * 20_000, "<!--" * 20_000, "the <" * 20_000],
)
def test_reading_takes_time_in_proportion(text: str) -> None:
    started = time.monotonic()
    speech(text)
    assert time.monotonic() - started < 3
