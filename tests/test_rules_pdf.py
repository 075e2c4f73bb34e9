"""The `pdf` profile: its rules' examples, alone and together."""

import pytest

from cleaner import prove
from cleaner.model import Document
from cleaner.packs import Rule
from cleaner.pipeline import Cleaner

PDF = Cleaner("pdf")
LAYOUT = [rule for rule in PDF.rules if rule.name.startswith("pdf/")]


@pytest.mark.parametrize("rule", LAYOUT, ids=lambda rule: rule.id)
def test_rules_for_pages_do_as_their_examples_say(rule: Rule) -> None:
    failures = [
        f"{example.name} ({mode}): {message}"
        for example in rule.examples
        for mode in ("alone", "profile")
        if (message := prove.prove(PDF, rule, example, mode))
    ]
    assert not failures, "\n".join(failures)


def test_a_page_is_read_as_it_was_written() -> None:
    page = (
        "The authorities must release all those who were detained in May by the govern-\n"
        "ment, and must tell their families at once where they are being held in the\n"
        "meantime.\n\n"
        "Iran08.qxp 12/3/08 10:31 Page i\n\n"
        "Page 3 of 12\n\n"
        "No answer has come.\n"
    )
    result = PDF.clean(Document("a", page))
    assert result.text == (
        "The authorities must release all those who were detained in May by the government, and must tell"
        " their families at once where they are being held in the meantime.\n\nNo answer has come.\n"
    )
    assert result.restore() == page
