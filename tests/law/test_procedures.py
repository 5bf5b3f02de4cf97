"""Procedures and the papers they spare."""

from datetime import date

import pytest

from renkei import law
from renkei.law import tables

DAY = date(2026, 4, 1)


def test_every_procedure_rests_on_items_of_its_articles() -> None:
    """Each of the 78 names living sub-affairs of its rows."""
    assert len(law.procedures()) == 78
    for one in law.procedures().values():
        assert one.affairs
        for affair in one.affairs:
            assert law.items_permitted(affair.row, affair.sub_affair, DAY), one.id


def test_a_paper_is_spared_only_by_an_item_the_article_gives() -> None:
    """No procedure promises to spare a paper that no permitted item replaces."""
    for one in law.procedures().values():
        given = {
            item.item
            for affair in one.affairs
            for item in law.items_permitted(affair.row, affair.sub_affair, DAY)
        }
        for paper in one.papers:
            assert paper.items
            assert set(paper.items) <= given, (one.id, paper.ja)
            assert paper.source == "practice"


def test_child_allowance_spares_the_tax_certificate_but_a_change_does_not() -> None:
    """A new claim replaces the tax certificate; a change of amount has no tax item."""
    new = {paper.en for paper in law.procedure("child-allowance").papers}
    change = {paper.en for paper in law.procedure("child-allowance-change").papers}
    assert "Tax certificate" in new
    assert "Tax certificate" not in change


def test_items_are_permitted_only_from_their_day() -> None:
    """The support grant for pregnant women begins on 2025-04-01."""
    assert law.items_permitted("155", "157-1", date(2025, 3, 31)) == ()
    assert law.items_permitted("155", "157-1", date(2025, 4, 1))


def test_an_unknown_procedure_is_an_error() -> None:
    """A name that is no procedure raises and says how to list them."""
    with pytest.raises(law.UnknownNameError, match="renkei law procedures"):
        law.procedure("lunch")
    assert tables.provision_rows()["106"].article == "108"


def test_papers_are_spared_only_by_what_was_provided() -> None:
    """Nothing provided spares nothing; the tax provided spares the tax certificate alone."""
    assert law.papers_spared("child-allowance", frozenset()) == ()
    spared = law.papers_spared("child-allowance", frozenset({"municipal-tax"}))
    assert [paper.ja for paper in spared] == ["課税証明書"]
