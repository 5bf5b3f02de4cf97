"""Procedures and the papers they spare."""

import sys
from datetime import date
from typing import Any

import msgspec
import pytest

from renkei import law
from renkei.law import tables
from renkei.law.judging_exchanges import ExchangeFacts, judge_exchange
from renkei.law.permitted_items_and_persons import cited_together
from renkei.law.procedures import by_affair, resolved, rests_on
from renkei.law.taking_part import Assessment, Party

DAY = date(2026, 4, 1)


def test_every_procedure_rests_on_items_of_its_articles() -> None:
    """Each of the 78 names living sub-affairs of its rows."""
    assert len(law.procedures()) == 78
    for one in law.procedures().values():
        assert one.affairs
        for affair in one.affairs:
            last = min(DAY, one.valid_to or DAY)
            assert law.items_permitted(affair.row, affair.sub_affair, last), one.id


def test_a_paper_is_spared_only_by_an_item_the_article_gives() -> None:
    """No procedure promises to spare a paper that no permitted item replaces."""
    for one in law.procedures().values():
        last = min(DAY, one.valid_to or DAY)
        given = {
            item.item
            for affair in one.affairs
            for item in law.items_permitted(affair.row, affair.sub_affair, last)
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
    """What may be asked for the support grant for pregnant women is younger than the grant."""
    assert law.items_permitted("155", "157-3", date(2025, 3, 31)) == ()
    assert law.items_permitted("155", "157-3", date(2025, 4, 1))
    assert law.items_permitted("155", "157-1", date(2025, 7, 28))


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


def test_procedures_are_found_by_their_affair() -> None:
    """Row and sub-affair lead to every procedure that rests on them, and to no other."""
    (one,) = by_affair()["106", "108-1"]
    assert one.id == "child-allowance"
    assert sum(map(len, by_affair().values())) == sum(
        len(one.affairs) for one in law.procedures().values()
    )


@pytest.mark.parametrize(
    ("named", "row", "sub_affair", "day", "right"),
    [
        ("child-allowance", "106", "108-1", DAY, True),
        ("child-allowance", "107", "109-1", DAY, True),
        ("child-allowance", "106", "108-3", DAY, False),
        ("child-allowance", "106", "108-1", date(2024, 5, 26), False),
        ("lunch", "106", "108-1", DAY, False),
        ("child-allowance", "o-single-parent-medical", "o-single-parent-medical", DAY, False),
    ],
)
def test_a_procedure_rests_on_its_affairs_alone(
    named: str, row: str, sub_affair: str, day: date, right: bool
) -> None:
    """Another sub-affair, an ordinance, an unknown name or a day before it is none of its own."""
    assert rests_on(named, row, sub_affair, day) is right


def test_an_unnamed_procedure_is_told_only_where_it_can_be_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One procedure of an affair is the one; of two the named one; of two unnamed none."""
    one, other = law.procedure("child-allowance"), law.procedure("child-allowance-change")
    assert resolved(None, "106", "108-1") == one
    assert resolved("child-allowance-change", "106", "108-1") is None
    monkeypatch.setattr(
        sys.modules[rests_on.__module__], "by_affair", lambda: {("106", "108-1"): (one, other)}
    )
    assert resolved(None, "106", "108-1") is None
    assert resolved(other.id, "106", "108-1") == other


def facts(**changes: Any) -> ExchangeFacts:
    """A request for child allowance that the law permits, but for the changes."""
    city = Party("city-a", "municipality-mayor", Assessment.PUBLISHED)
    values: dict[str, Any] = {
        "requester": city,
        "provider": msgspec.structs.replace(city, institution="city-b"),
        "affair": "106",
        "sub_affair": "108-1",
        "items": ("municipal-tax",),
        "subject": "claimant",
        "day": DAY,
    }
    return ExchangeFacts(**(values | changes))


def test_a_request_that_names_another_procedure_is_refused() -> None:
    """A person must not be told of a procedure that was not theirs: the judgement refuses it."""
    assert judge_exchange(facts(procedure="child-allowance")).allowed
    assert judge_exchange(facts()).allowed
    wrong = judge_exchange(facts(procedure="child-allowance-change"))
    assert (wrong.allowed, wrong.article, wrong.reason) == (False, None, "procedure-not-of-affair")


def test_a_limit_is_met_where_it_is_stated() -> None:
    """What the law allows on a condition is refused by its article until that is stated."""
    housing = {"affair": "53", "sub_affair": "55-4", "subject": "applicant"}
    silent = judge_exchange(facts(**housing))
    assert (silent.allowed, silent.article, silent.row, silent.reason) == (
        False,
        "命令第55条第4号",
        "53",
        "condition-open",
    )
    assert judge_exchange(facts(**housing, conditions=("runs-public-housing",))).allowed
    other = judge_exchange(facts(**housing, conditions=("runs-improved-housing",)))
    assert other.reason == "condition-open"


def test_a_stated_word_must_be_of_the_table() -> None:
    """A needless condition changes nothing; a word of no table is refused like any other name."""
    assert judge_exchange(facts(conditions=("runs-public-housing",))) == judge_exchange(facts())
    assert judge_exchange(facts(conditions=("zodiac-sign",))).reason == "not-in-table"
    assert judge_exchange(facts(affair="o-any", conditions=("x",))).reason == "not-in-table"


def test_a_permission_cites_the_place_of_every_item() -> None:
    """Two items asked for together rest on both letters of the article."""
    both = judge_exchange(facts(items=("municipal-tax", "resident-record")))
    assert both.article == "命令第108条第1号ロ・ハ"
    assert judge_exchange(facts()).article == "命令第108条第1号ロ"


def test_citations_without_letters_stay_as_they_are() -> None:
    """The same place twice is cited once; places of two articles stand beside each other."""
    assert cited_together(["法第19条第9号", "法第19条第9号"]) == "法第19条第9号"
    assert cited_together(["命令第4条ヰ", "命令第5条"]) == "命令第4条ヰ・命令第5条"
