"""Penalties by article (法48条から57条まで, 附則3条)."""

from datetime import date

import pytest

from renkei.law.bodies import UnknownNameError
from renkei.law.penalties import PenaltyRow, penalties, penalty_table

DAY = date(2026, 7, 1)
MAN = 10_000


def row(article: str) -> PenaltyRow:
    """The one row of an article."""
    (found,) = penalties(DAY, article=article).found
    return found


@pytest.mark.parametrize(
    ("article", "months", "man_yen", "both"),
    [
        ("48", 48, 200, True),
        ("49", 36, 150, True),
        ("50", 36, 150, True),
        ("51", 36, 150, False),
        ("52", 24, 100, False),
        ("52-2", 24, 100, False),
        ("52-3", 24, 100, True),
        ("53", 24, 50, False),
        ("53-2", 12, 50, False),
        ("54", 12, 50, False),
        ("55", 6, 50, False),
        ("55-2", None, 30, False),
        ("55-3-1", None, 30, False),
        ("55-3-2", None, 30, False),
        ("s3-5", 48, 200, True),
        ("s3-6", 36, 150, True),
    ],
)
def test_act_48_to_55_3_limits(article: str, months: int | None, man_yen: int, both: bool) -> None:
    """Months of imprisonment, fine, and whether both can be given together."""
    found = row(article)
    assert (found.prison_months, found.fine_yen, found.both) == (months, man_yen * MAN, both)


def test_every_article_is_in_the_list() -> None:
    """The list has the sixteen rows of the text, in its order."""
    assert [one.id for one in penalties(DAY).found] == [
        *("48", "49", "50", "51", "52", "52-2", "52-3", "53", "53-2", "54", "55", "55-2"),
        *("55-3-1", "55-3-2", "s3-5", "s3-6"),
    ]


def test_act_56_abroad() -> None:
    """48条 to 52条の3 and 55条 reach abroad, and 附則3条 by its own paragraph; the rest not."""
    abroad = {one.id: one.abroad_article for one in penalties(DAY).found if one.abroad}
    assert list(abroad) == [
        *("48", "49", "50", "51", "52", "52-2", "52-3", "55", "s3-5", "s3-6"),
    ]
    assert {abroad["48"], abroad["55"]} == {"法第56条"}
    assert {abroad["s3-5"], abroad["s3-6"]} == {"法附則第3条第7項"}


def test_act_57_1_corporations() -> None:
    """A hundred million for 48, 49, 53条; the article's own fine for 51 and 53条の2 to 55条の2."""
    fines = {one.id: one.corporate_fine_yen for one in penalties(DAY).found}
    assert {one for one, fine in fines.items() if fine == 100_000_000} == {"48", "49", "53"}
    own = ("51", "53-2", "54", "55", "55-2")
    assert all(fines[one] == row(one).fine_yen for one in own)
    none = {one for one, fine in fines.items() if fine is None}
    assert none == set(fines) - {"48", "49", "53", *own}
    assert {row(one).corporate_article for one in own} == {"法第57条第1項第2号"}
    assert row("48").corporate_article == "法第57条第1項第1号"


def test_a_person_can_do_what_anyone_can() -> None:
    """An officer's list has the officer's article and those of anyone, and no other's."""
    found = [one.id for one in penalties(DAY, by="officer").found]
    assert found == ["51", "52", "53", "53-2", "54", "55", "55-2"]
    assert [one.id for one in penalties(DAY, by="anyone").found] == [
        one for one in found if one != "52"
    ]


def test_filters_are_taken_together() -> None:
    """An act and a person narrow the list; nothing may be left."""
    assert [one.id for one in penalties(DAY, act="leak-secret").found] == ["50", "52-2", "52-3"]
    assert [one.id for one in penalties(DAY, act="leak-secret", by="j-lis").found] == ["52-2"]
    assert penalties(DAY, act="no-books", by="handler").found == ()


def test_names_of_rows_are_in_the_tables() -> None:
    """Each act and person of a row is a name, and each name has a row."""
    table = penalty_table()
    acts, persons = {one.id for one in table.acts}, {one.id for one in table.doers}
    assert {one.act for one in table.penalties} == acts
    assert {person for one in table.penalties for person in one.by} == persons


def test_the_word_of_the_text_at_hand_and_no_older_one() -> None:
    """The text says 拘禁刑; for a day before it nothing is said, not an older word."""
    assert penalties(DAY).prison_ja == "拘禁刑"
    before = penalties(date(2026, 3, 31))
    assert (before.held, before.prison_ja, before.found) == (False, None, ())
    assert penalties(date(2026, 4, 1)).held


@pytest.mark.parametrize("asked", [{"by": "neighbour"}, {"act": "x"}, {"article": "67"}])
def test_unknown_names_are_errors(asked: dict[str, str]) -> None:
    """A name of no table, an old number of an article too, lists the names."""
    with pytest.raises(UnknownNameError, match="known are"):
        penalties(DAY, **asked)
