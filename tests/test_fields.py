"""Fields: dates of several languages in one form, and what stays as it was written."""

import pytest

from cleaner.model import Document
from cleaner.packs.fields import iso_date, typed
from cleaner.pipeline import Cleaner


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("27 March 2002", "2002-03-27"),
        ("27 MARCH 2002", "2002-03-27"),
        ("27th of March 2002", "2002-03-27"),
        ("Wednesday 27 March 2002", "2002-03-27"),
        ("May 3, 2011", "2011-05-03"),
        ("Tuesday, May 3rd, 2011", "2011-05-03"),
        ("Sept. 3, 2011", "2011-09-03"),
        ("14 févr. 2008", "2008-02-14"),
        ("1er août 2008", "2008-08-01"),
        ("3 de octubre de 2006", "2006-10-03"),
        ("21. November 2013", "2013-11-21"),
        ("2. März 2013", "2013-03-02"),
        ("8 mei 2010", "2010-05-08"),
        ("8 maggio 2010", "2010-05-08"),
        ("8 марта 2010", "2010-03-08"),
        ("8 مارس 2010", "2010-03-08"),
        ("٥ أبريل ٢٠١٠", "2010-04-05"),
        ("5 نيسان/أبريل 2010", "2010-04-05"),
        ("3 كانون الثاني/يناير 2011", "2011-01-03"),
        ("الاثنين، 3 تشرين الأول 2011", "2011-10-03"),
        ("3 آب 2010", "2010-08-03"),
        ("Montag, den 5. April 2010", "2010-04-05"),
        ("segunda-feira, 5 de abril de 2010", "2010-04-05"),
        ("Monday - 5 April 2010", "2010-04-05"),
        ("Wed. 7 April 2010", "2010-04-07"),
        ("Today, April 6, 2010", "2010-04-06"),
        ("Aujourd’hui, 5 avril 2010", "2010-04-05"),
        ("lunedì, il 5 aprile 2010", "2010-04-05"),
        ("Monday, 27/3/2002", "2002-03-27"),
        ("3 de octubre del 2006", "2006-10-03"),
        ("1º de maio de 2010", "2010-05-01"),
        ("2007-10-09", "2007-10-09"),
        ("2007年10月9日", "2007-10-09"),
        ("27/03/2002", "2002-03-27"),
        ("03/27/2002", "2002-03-27"),
        ("27.3.2002", "2002-03-27"),
        ("4/4/2002", "2002-04-04"),
    ],
)
def test_a_date_is_written_year_first(written: str, iso: str) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "04/01/2002",
        "Monday, 04/01/2002",
        "27/03/02",
        "31 June 2002",
        "32/13/2002",
        "3 Octember 2002",
        "12 jui 2002",
        "12 Ma 2002",
        "5 mai/juin 2010",
        "2 تشرين 2010",
        "27/3.2002",
        "March 2002",
        "3 May 2002 and 4 May 2002",
        "2002-13-01",
        "",
    ],
)
def test_what_is_no_one_date_stays_as_written(written: str) -> None:
    assert iso_date(written) == written


def test_white_space_inside_a_value_is_one_space() -> None:
    assert typed(" 27\u00a0 March\t2002 ", "date") == "2002-03-27"
    assert typed("AI  Index\u00a0X", "text") == "AI Index X"


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return Cleaner()


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Monday, 5 April 2010", {"date": "2010-04-05"}),
        ("London, Monday, 5 April 2010", {"place": "London", "date": "2010-04-05"}),
        ("Sun City, 5 April 2010", {"place": "Sun City", "date": "2010-04-05"}),
        ("Heute, 5. April 2010", {"date": "2010-04-05"}),
        ("Måndag, 5 april 2010", {"date": "2010-04-05"}),
        ("News Service No: 171\n5 April 2010", {"news_service": "171", "date": "2010-04-05"}),
        (
            "Embargo: Not for release before 00:01 GMT 12 March 2009",
            {"embargo": "Not for release before 00:01 GMT 12 March 2009"},
        ),
        (
            "5 April 2010\nContact: Maria Lopes, 212-555-0150",
            {"date": "2010-04-05", "contact": "Maria Lopes, 212-555-0150"},
        ),
    ],
)
def test_a_header_gives_its_values_without_their_labels(
    cleaner: Cleaner, header: str, fields: dict[str, str]
) -> None:
    body = "The river rises\n\nThe river has risen by two metres, officials said."
    result = cleaner.clean(Document("a", f"Media release\n{header}\n\n{body}"))
    assert result.text == body
    assert result.metadata == {"document_type": "Media release", **fields}
