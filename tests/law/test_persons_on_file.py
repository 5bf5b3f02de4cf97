"""Whom a word of an article means on file, and who holds an item: tables with dates."""

from datetime import date
from typing import Any

import pytest

from renkei import law
from renkei.law import holders, persons_on_file, tables
from renkei.law.holders import Body, Places
from renkei.law.persons_on_file import OnFile, meant
from renkei.values import MunicipalityCode

DAY = date(2026, 4, 1)
HERE, THERE = MunicipalityCode("132080"), MunicipalityCode("122033")
HEAD = OnFile(person="H", birth=date(1988, 3, 4), household="1", relationship="世帯主")
WIFE = OnFile(person="W", birth=date(1990, 1, 1), household="1", relationship="妻")
CHILD = OnFile(person="C", birth=date(2019, 5, 5), household="1", relationship="子")
ELSEWHERE = OnFile(person="E", birth=date(2019, 5, 5), household="2", relationship="子")
FAMILY = [HEAD, WIFE, CHILD, ELSEWHERE]
LODGER = OnFile(person="L", birth=date(1960, 1, 1), household="1", relationship="同居人")
MOTHER = OnFile(person="M", birth=date(1950, 1, 1), household="1", relationship="母")
BODIES = [
    Body("here", "municipality-mayor", HERE),
    Body("there", "municipality-mayor", THERE),
    Body("tokyo", "prefecture-governor", MunicipalityCode("130001")),
    Body("pension", "pension-service", None),
    Body("register", "minister-of-justice", None),
]


def test_every_row_has_article_source_and_dates() -> None:
    """A relation or a holder without article, source and first day is no row of law."""
    rows = [*persons_on_file.relations(), *holders.holder_rules()]
    assert len(rows) > 60
    for row in rows:
        assert row.article
        assert row.source
        assert row.valid_from >= date(2015, 10, 5)
        assert row.valid_to is None or row.valid_to >= row.valid_from


def test_the_tables_name_what_the_law_names() -> None:
    """Every subject word has its relation; no row names a body or an information of its own."""
    assert {one.subject for one in persons_on_file.relations()} == set(tables.subjects())
    for row in holders.holder_rules():
        assert {*row.providers, *row.kinds} <= set(tables.kinds())
        assert set(row.categories) <= set(tables.categories())
        assert row.needs is not None or row.by != "not-named"


@pytest.mark.parametrize(
    ("subject", "of", "persons"),
    [
        ("claimant", HEAD, ("H",)),
        ("applicant", WIFE, ("W",)),
        ("eligible-child", HEAD, ("C",)),
        ("eligible-child", WIFE, ("C",)),
        ("eligible-child", CHILD, ()),
        ("eligible-child", LODGER, ()),
        ("eligible-child", MOTHER, ()),
        ("spouse", HEAD, ("W",)),
        ("spouse", WIFE, ("H",)),
        ("spouse", CHILD, ()),
        ("household-member", WIFE, ("H", "C")),
    ],
)
def test_a_word_means_people_of_the_household(
    subject: str, of: OnFile, persons: tuple[str, ...]
) -> None:
    """The claimant, and of the same household whoever the word means; nobody else on file."""
    found = meant(subject, of, FAMILY, DAY)
    assert found.persons == persons
    assert found.why == (None if persons else "nobody")
    assert found.article


def test_nobody_without_a_household_has_a_household() -> None:
    """Two people whose household is not on file do not live together for that."""
    one = OnFile(person="X", birth=date(1980, 1, 1), household=None, relationship=None)
    other = OnFile(person="Y", birth=date(1980, 1, 1), household=None, relationship=None)
    assert meant("household-member", one, [one, other], DAY).persons == ()


def test_what_no_register_tells_is_not_guessed() -> None:
    """A guardian is on no file here: nobody is meant, and the missing fact is named."""
    found = meant("guardian", HEAD, FAMILY, DAY)
    assert (found.persons, found.why, found.facts) == ((), "relation-not-held", ("guardianship",))


def test_before_its_first_day_a_word_means_nobody() -> None:
    """The relations are dated: on a day before the rows nothing is read from the file."""
    assert meant("claimant", HEAD, FAMILY, date(2024, 5, 26)).why == "relation-not-held"


@pytest.mark.parametrize(
    ("born", "last"),
    [
        (date(2008, 4, 1), date(2026, 3, 31)),
        (date(2008, 4, 2), date(2027, 3, 31)),
        (date(2008, 2, 29), date(2026, 3, 31)),
        (date(2008, 12, 31), date(2027, 3, 31)),
    ],
)
def test_child_allowance_ends_with_the_fiscal_year(born: date, last: date) -> None:
    """児童手当法3条: the 31 March after the 18th birthday, which 1 April reaches a day before."""
    child = OnFile(person="C", birth=born, household="1", relationship="子")
    assert meant("eligible-child", HEAD, [HEAD, child], last).persons == ("C",)
    after = date.fromordinal(last.toordinal() + 1)
    assert meant("eligible-child", HEAD, [HEAD, child], after).why == "nobody"


@pytest.mark.parametrize(
    ("providers", "category", "places", "found"),
    [
        (("municipality-mayor",), "local-tax", Places(HERE, THERE), ("there", None)),
        (("municipality-mayor",), "resident-record", Places(HERE, THERE), ("here", None)),
        (("municipality-mayor",), "local-tax", Places(HERE, None), (None, "place-not-held")),
        (
            ("municipality-mayor",),
            "local-tax",
            Places(HERE, MunicipalityCode("142051")),
            (None, "not-connected"),
        ),
        (("prefecture-governor",), "child-assessment", Places(HERE, HERE), ("tokyo", None)),
        (
            ("prefecture-governor",),
            "child-assessment",
            Places(THERE, HERE),
            (None, "not-connected"),
        ),
        (("minister-of-justice",), "family-register", Places(None, None), ("register", None)),
        (
            ("minister-of-health", "pension-service", "mutual-aid-body"),
            "pension-benefit",
            Places(None, None),
            ("pension", None),
        ),
        (
            ("health-insurer", "elderly-care-union"),
            "health-insurance",
            Places(HERE, HERE),
            (None, "holder-not-named"),
        ),
        (("payer-any-pension",), "any-pension", Places(HERE, HERE), (None, "holder-not-named")),
        (("welfare-authority",), "public-assistance", Places(HERE, HERE), ("tokyo", None)),
    ],
)
def test_one_body_holds_it_or_nobody_is_asked(
    providers: tuple[str, ...], category: str, places: Places, found: tuple[Any, Any]
) -> None:
    """Tax by the place on 1 January, a record by the place now, a register by its kind."""
    one = holders.holder((providers, category), places, BODIES, DAY)
    assert (one.party, one.why) == found


def test_a_city_with_a_welfare_office_goes_before_the_governor() -> None:
    """Of a city it is the city that helps; where the municipality is unknown nobody is asked."""
    wanted = (("welfare-authority",), "public-assistance")
    city = Body("city", "city-mayor", MunicipalityCode("142051"))
    kanagawa = Body("kanagawa", "prefecture-governor", MunicipalityCode("140007"))
    place = Places(MunicipalityCode("142051"), None)
    assert holders.holder(wanted, place, [city, kanagawa], DAY).party == "city"
    assert holders.holder(wanted, place, [kanagawa], DAY).why == "not-connected"


def test_of_two_that_fit_neither_is_asked() -> None:
    """Two bodies of one kind without a place: the table does not choose for the law."""
    two = [Body("a", "minister-of-justice", None), Body("b", "minister-of-justice", None)]
    wanted = (("minister-of-justice",), "family-register")
    assert holders.holder(wanted, Places(None, None), two, DAY).why == "holder-not-named"


WHY_NOT = {"not-connected", "place-not-held", "holder-not-named", "relation-not-held", "nobody"}


@pytest.mark.parametrize("identity", sorted(law.procedures()))
def test_every_procedure_finds_a_holder_or_says_why_not(identity: str) -> None:
    """Each item of the 78 has a body that holds it, or a reason of the closed list."""
    procedure = law.procedure(identity)
    for affair in procedure.affairs:
        last = min(DAY, procedure.valid_to or DAY)
        items = law.items_permitted(affair.row, affair.sub_affair, last)
        assert items
        for item in items:
            found = holders.holder(
                (item.providers, item.category), Places(HERE, THERE), BODIES, DAY
            )
            assert (found.party is None) == (found.why in WHY_NOT)
            kinds = tables.kinds()
            open_class = any(kinds[name].open_class for name in item.providers)
            assert found.article or open_class, (identity, item.item)
            for subject in item.subjects:
                about = meant(subject, HEAD, FAMILY, DAY)
                assert bool(about.persons) != (about.why in WHY_NOT), (identity, subject)
                assert about.why != "relation-not-held" or about.facts, (identity, subject)
