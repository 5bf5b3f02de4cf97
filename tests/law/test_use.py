"""Who may use individual numbers for what."""

from datetime import date

import pytest

from renkei import law
from renkei.law import tables, use

DAY = date(2026, 4, 1)


def test_every_row_of_the_use_table_allows_its_bodies() -> None:
    """All rows living on the day allow the bodies they name and cite the use table."""
    living = {n: row for n, row in tables.use_rows().items() if (row.valid_to or DAY) >= DAY}
    assert len(living) == 181
    for number, row in living.items():
        for kind in (*row.bodies, *row.delegates):
            assert law.may_use(kind, number, DAY) == law.Decision(
                True, use.ARTICLE, number, "permitted"
            )


def test_a_body_the_row_does_not_name_is_refused() -> None:
    """The Minister of Justice may not use numbers for child allowance."""
    decision = law.may_use("法務大臣", "81", DAY)
    assert decision == law.Decision(False, use.ARTICLE, "81", "use-not-in-table")


def test_the_former_use_table_is_not_held() -> None:
    """Before 2024-05-27 another table was in force: refused as not held, citing it."""
    assert law.may_use("市町村長", "81", date(2024, 5, 26)) == law.Decision(
        False, "法旧別表第一", None, "table-not-held"
    )
    assert law.may_use("市町村長", "81", date(2024, 5, 27)).allowed


def test_a_row_that_starts_later_is_refused_until_its_day() -> None:
    """Row 8-2 (regional nursery teachers) begins on 2025-10-01."""
    before = law.may_use("認定地方公共団体の長", "8-2", date(2025, 9, 30))
    assert (before.allowed, before.reason) == (False, "not-yet-in-force")
    assert law.may_use("認定地方公共団体の長", "8-2", date(2025, 10, 1)).allowed


def test_quasi_statutory_affairs_rest_on_their_own_ground() -> None:
    """Row 161 of the provision table is quasi-statutory, row 106 is not."""
    allowed = law.may_use_quasi_statutory("都道府県知事", "161", DAY)
    assert (allowed.allowed, allowed.article) == (True, use.QUASI_ARTICLE)
    assert law.may_use_quasi_statutory("都道府県知事", "106", DAY).reason == "use-not-in-table"
    assert law.may_use_quasi_statutory("法務大臣", "161", DAY).reason == "use-not-in-table"
    marked = [row.row for row in tables.provision().rows if row.quasi_statutory]
    assert marked == [*map(str, range(161, 174)), "173-2"]


def test_an_unknown_row_is_an_error() -> None:
    """A row the use table does not have raises and says which there are."""
    with pytest.raises(law.UnknownNameError, match="1 to 137"):
        law.may_use("市町村長", "138", DAY)


def test_the_family_register_is_a_use_of_the_act_itself() -> None:
    """The Minister of Justice uses codes by 法9条3項, in no row; nobody else does."""
    assert law.may_use("法務大臣", use.FAMILY_REGISTER, DAY) == law.Decision(
        True, "法第9条第3項", None, "permitted"
    )
    assert law.may_use("市町村長", use.FAMILY_REGISTER, DAY).reason == "use-not-in-table"


def test_codes_of_the_family_register_come_through_the_domicile() -> None:
    """A mayor sends numbers on for the Minister of Justice alone, who sends none itself."""
    mayor, minister, register = "市町村長", "法務大臣", use.FAMILY_REGISTER
    assert use.may_acquire(mayor, register, DAY, minister).allowed
    assert use.may_acquire("市長", register, DAY, minister).allowed
    direct = use.may_acquire(minister, register, DAY)
    assert (direct.allowed, direct.reason) == (False, "through-domicile-only")
    assert direct.article == "法第21条の2第2項・令第27条の2"
    assert use.may_acquire(mayor, "81", DAY).allowed
    for sender, affair, other in (
        (mayor, "81", minister),
        (mayor, register, "日本年金機構"),
        ("日本年金機構", register, minister),
        (mayor, register, mayor),
    ):
        assert not use.may_acquire(sender, affair, DAY, other).allowed
    assert use.may_acquire(mayor, "81", DAY, minister).reason == "not-on-behalf"
