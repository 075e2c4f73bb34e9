"""What a chain of replacements left, turned back: what is derived, what proves it, and what stays English."""

import time

import pytest

from cleaner.draft import Draft
from cleaner.finders.undo import Replacement, Undo, expression, left_overs
from cleaner.model import Document, Span

WOMEN = (
    Replacement("women", "Women's rights", 3),
    Replacement("women", "Womens rights"),
    Replacement("women", "Women's rights", 2),
)
CHILDREN = (Replacement("children", "Children's rights"),)
CAMPAIGN = (
    Replacement("Stop Violence Against Women", "Women's rights"),
    Replacement("women", "Women's rights", 2),
    Replacement("women", "Womens rights"),
    Replacement("women", "Women's rights", 3),
)
UNDO = Undo((WOMEN, CAMPAIGN, CHILDREN))
W = "Women's rights's rightss rights's rights's rights's rights"
C = "Children's rights"
S = "Women's rights's rights's rightss rights's rights's rights's rights"


def undone(text: str, undo: Undo = UNDO, guarded: tuple[Span, ...] = ()) -> str:
    parts, position = [], 0
    for match in undo.find(Draft.of(Document("a", text), guarded), 1.0):
        assert position <= match.start < match.end
        parts += [text[position : match.start], match.after or ""]
        position = match.end
    return "".join((*parts, text[position:]))


def damaged(text: str, word: str = "women", chain: tuple[Replacement, ...] = WOMEN) -> str:
    """Do to a text what the site did, as a plain program."""
    import re  # noqa: PLC0415

    assert word
    for step in chain:
        for _ in range(step.times):
            text = re.sub(re.escape(step.start), step.to, text, flags=re.IGNORECASE)
    return text


# --- what a chain leaves


def test_left_overs_are_what_each_pass_produces() -> None:
    assert [(one.text, one.passes, one.final) for one in left_overs(WOMEN)] == [
        ("Women's rights", 1, False),
        ("Women's rights's rights", 2, False),
        ("Women's rights's rights's rights", 3, False),
        ("Womens rights's rights's rights's rights", 4, False),
        ("Women's rightss rights's rights's rights's rights", 5, False),
        ("Women's rights's rightss rights's rights's rights's rights", 6, True),
    ]
    assert left_overs(WOMEN)[-1].text == damaged("women")


def test_a_chain_that_stops_by_itself_leaves_what_it_left() -> None:
    chain = (Replacement("cat", "feline", 3),)
    assert [(one.text, one.passes, one.final) for one in left_overs(chain)] == [("feline", 1, True)]


def test_special_characters_are_plain_text() -> None:
    chain = (Replacement("c++", r"C\1 (c++)", 2),)
    assert [one.text for one in left_overs(chain)] == [r"C\1 (c++)", r"C\1 (C\1 (c++))"]
    assert undone(r"in C\1 (C\1 (c++)).", Undo((chain,))) == "in c++."


def test_a_halfway_state_of_one_pass_is_never_undone() -> None:
    _, known = expression((WOMEN,))
    assert "Women's rights" not in known
    assert "Women's rights's rights" in known


def test_the_end_of_a_chain_beats_a_halfway_state_that_reads_the_same() -> None:
    one = (Replacement("a", "xa", 3),)
    other = (Replacement("b", "xa"), Replacement("a", "xa"))
    _, known = expression((one, other))
    assert known["xxa"].original == "b"
    assert known["xxxa"].original == "a"


# --- what proves it


def test_two_passes_are_proof_and_the_longest_is_taken() -> None:
    assert undone(f"the {W} came") == "the women came"
    assert undone("the Women's rights's rights came") == "the women came"
    assert undone(f"the {S} campaign") == "the Stop Violence Against Women campaign"


@pytest.mark.parametrize(
    "text",
    [
        "a conference on Women's rights and Children's rights",
        "Women's rights",
        "Topics\nChildren's rights\nWomen's rights",
        "All children's rights matter. Children's rights matter.",
        "WOMEN'S RIGHTS'S RIGHTS",
        "women and children",
        "",
    ],
)
def test_english_is_no_damage(text: str) -> None:
    assert undone(text) == text


def test_a_short_left_over_needs_proof_anywhere_in_the_document() -> None:
    assert undone(f"the {C} fled.\n\nThe {W} too.") == "the children fled.\n\nThe women too."
    assert undone(f"the {C} fled.\n\nThe others too.") == f"the {C} fled.\n\nThe others too."


def test_a_short_left_over_of_a_chain_that_went_on_is_english() -> None:
    assert undone(f"on Women's rights, the {W} said") == "on Women's rights, the women said"


@pytest.mark.parametrize("line", [C, f"• {C}", f"  {C}:", f"*{C}*", f"{C} "])
def test_a_short_left_over_alone_on_its_line_stays(line: str) -> None:
    assert undone(f"{line}\n\nthe {W} fled") == f"{line}\n\nthe women fled"


def test_a_long_left_over_alone_on_its_line_is_undone() -> None:
    assert undone(f"{W}\n\nText.") == "Women\n\nText."


def test_one_grown_inside_a_word_is_proof() -> None:
    assert undone("school" + C) == "schoolchildren"
    assert undone(f"the grand{C} and the {C} fled") == "the grandchildren and the children fled"
    assert undone(f"police{W} came") == "policewomen came"


def test_a_protected_place_proves_nothing() -> None:
    text = f"the {W} and the {C} fled"
    assert undone(text, guarded=(Span(4, 4 + len(W)),)) == text


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        ("'s groups", "'s groups"),
        ("’s groups", "’s groups"),
        (", some pregnant", ", some pregnant"),
        (".", "."),
        (" rights activists", " rights activists"),
        ("'s rights activists", "'s rights activists"),
        ("”", "”"),
        (" ", " "),
    ],
)
def test_what_follows_is_the_authors(tail: str, kept: str) -> None:
    assert undone(f"with {W}{tail}") == f"with women{kept}"


@pytest.mark.parametrize("apostrophes", ["'", "’", "mixed"])
def test_either_apostrophe_is_read(apostrophes: str) -> None:
    text = W.replace("'", "’", 2) if apostrophes == "mixed" else W.replace("'", apostrophes)
    assert (
        undone(f"the {text}'s group and the {C.replace(chr(39), '’')} fled")
        == "the women's group and the children fled"
    )


@pytest.mark.parametrize(
    "text",
    [
        "They met women, women and children, and women’s groups.",
        "Trafficked women were sold; policewomen and servicewomen looked on.",
        "In May, women (some pregnant) and schoolchildren fled.\n\nWomen's groups said: “Women are at risk.”",
        "“Women are being sold,” he said. Women and children flee. No children came.",
        "- women\n- men\n- children of both\n\nMore about women.",
        "Dear Mr. Li, the women of St. Petersburg! Women! Are women safe? Women are not.",
    ],
)
def test_the_damage_of_a_whole_text_is_undone(text: str) -> None:
    broken = damaged(damaged(text), "children", CHILDREN)
    assert broken != text
    assert undone(broken) == text


def test_what_the_damage_took_is_told() -> None:
    matches = list(UNDO.find(Draft.of(Document("a", f"the {W} and {C} x")), 1.0))
    assert [match.detail for match in matches] == ["6 passes over “women”", "1 pass over “children”"]


def test_many_left_overs_take_time_in_proportion() -> None:
    text = f"the {W} and the {C} fled at once\n" * 2_000
    started = time.monotonic()
    assert undone(text) == "the women and the children fled at once\n" * 2_000
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("step", [("", "b", 1), ("a", "", 1), ("a", "b", 0)])
def test_a_step_that_does_nothing_is_refused(step: tuple[str, str, int]) -> None:
    with pytest.raises(ValueError, match="a replacement needs 'from', 'to' and 'times' of 1 or more"):
        Replacement(*step)


@pytest.mark.parametrize("chains", [(), ((),), ((Replacement("a", "a"),),)])
def test_chains_that_leave_nothing_are_refused(chains: tuple[tuple[Replacement, ...], ...]) -> None:
    with pytest.raises(ValueError, match="chain"):
        Undo(chains)


# --- where a left-over is broken or part of an address


@pytest.mark.parametrize("gap", ["\n", "  ", "\u00a0", " \n "])
def test_white_space_inside_a_left_over_is_any(gap: str) -> None:
    for place in range(W.count(" ")):
        words = W.split(" ")
        broken = " ".join(words[: place + 1]) + gap + " ".join(words[place + 1 :])
        assert undone(f"the {broken} came") == "the women came"


def test_a_blank_line_ends_a_left_over() -> None:
    text = W.replace(" ", "\n\n", 1)
    assert undone(text) == text


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_halfway_state_never_bites_a_longer_garble(cut: int) -> None:
    state = left_overs(WOMEN)[cut].text
    assert undone(f"the {state} x") == "the women x"
    assert undone(f"the {state}s x") == f"the {state}s x"
    assert undone(f"the {state}'s rightz x") == f"the {state}'s rightz x"


def test_an_address_is_written_small() -> None:
    coded = W.replace(" ", "%20").replace("'", "%27")
    assert undone(f"http://example.org/{W}/{coded}") == "http://example.org/women/women"
    address = "http://example.org/Children%27s%20rights"
    assert undone(f"{W} at {address}") == f"Women at {address}"


def test_a_possessive_of_a_plural_possessive_is_proof() -> None:
    assert undone(f"the {C}'s home") == "the children's home"
    assert undone(f"the {C}’s rights and {C} too") == "the children’s rights and children too"
    assert undone(f"the {C}'sx") == f"the {C}'sx"


# --- grammar instead of proof


def test_grammar_speaks_only_where_its_words_stand_beside() -> None:
    undo = Undo((CHILDREN,), before=("recruits?",), after=(r"under \d+",))
    text = f"They recruit {C} here. A conference on {C}. {C} under 18. grand{C}."
    assert undone(text, undo) == (
        f"They recruit children here. A conference on {C}. Children under 18. grand{C}."
    )
    assert undone(f"We misrecruit {C}.\n\nrecruit\n\n{C} undergo it", undo) == (
        f"We misrecruit {C}.\n\nrecruit\n\n{C} undergo it"
    )


def test_grammar_that_does_not_compile_is_refused() -> None:
    with pytest.raises(ValueError, match="does not compile"):
        Undo((CHILDREN,), before=("(",))


SPARING = Undo((WOMEN, CHILDREN), spare=("(?:law|debate) on {}", "{} groups", "women's rights and {}"))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"a law on {C} for the {W}", f"a law on {C} for the women"),
        (f"a law\non\t{C} for the {W}", f"a law\non\t{C} for the women"),
        (f"{C.replace(chr(39), '’')} groups met {W}", f"{C.replace(chr(39), '’')} groups met women"),
        (f"{W}'s rights and {C} matter", f"Women's rights and {C} matter"),
        (f"{W} and {C} flee", "Women and children flee"),
        (f"a debate on school{C} and {W}", "a debate on schoolchildren and women"),
        (f"a debate on {C}'s homes", "a debate on children's homes"),
        (
            f"outlaw on {C}, groups\n\nlaw on\n\n{C} met {W}",
            "outlaw on children, groups\n\nlaw on\n\nChildren met women",
        ),
    ],
)
def test_what_the_words_around_it_mean_is_spared_where_one_pass_left_it(text: str, after: str) -> None:
    draft = Draft.of(Document("a", text))
    for match in sorted(SPARING.find(draft, 1.0), key=lambda one: -one.start):
        text = text[: match.start] + match.after + text[match.end :]
    assert text == after


def test_an_expression_that_spares_says_where_the_left_over_stands() -> None:
    with pytest.raises(ValueError, match="where the left-over stands"):
        Undo((CHILDREN,), spare=("law on",))
