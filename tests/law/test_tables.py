"""The packaged tables keep their own rules."""

from datetime import date

import pytest

from renkei import law
from renkei.law import tables
from renkei.law.bodies import narrower_bodies, narrower_categories
from renkei.law.payers import asked_for, is_open, payer_of, payers
from renkei.law.permitted_items_and_persons import citation, conditions_of

DAY = date(2026, 2, 8)


def test_every_row_has_source_and_dates() -> None:
    """Rows of both tables and all sub-affairs name where they come from and since when."""
    rows = [*tables.provision().rows, *tables.use_rows().values()]
    assert len(rows) == 363
    for row in [*rows, *tables.sub_affairs().values(), *law.procedures().values()]:
        assert row.source
        assert row.valid_from >= date(2024, 5, 27)
        assert row.valid_to is None or row.valid_to >= row.valid_from
    for entry in [*tables.kinds().values(), *tables.categories().values()]:
        assert entry.source


def test_every_name_a_row_uses_is_known() -> None:
    """No row names a body, information, subject or condition that has no entry."""
    kinds, categories = set(tables.kinds()), set(tables.categories())
    for row in tables.provision().rows:
        assert set(row.requesters) <= kinds
        assert set(row.conditions) <= set(tables.conditions())
        for exchange in row.exchanges:
            assert set(exchange.providers) <= kinds
            assert set(exchange.categories) <= categories
    for sub in tables.sub_affairs().values():
        assert sub.row in tables.provision_rows()
        for item in sub.items:
            assert item.category in categories
            assert set(item.providers) <= kinds
            assert set(item.subjects) <= set(tables.subjects())
            assert set(item.conditions) <= set(tables.conditions())


def test_kinds_form_no_circle_and_have_both_languages() -> None:
    """No kind is within itself by way of others; every label is there in ja and en."""
    for table, narrower in (
        (tables.kinds(), narrower_bodies),
        (tables.categories(), narrower_categories),
    ):
        for identity, entry in table.items():
            assert entry.ja
            assert entry.en
            for wider in entry.part_of:
                assert wider not in narrower(identity)


def test_every_row_and_label_is_in_both_languages() -> None:
    """Affairs carry our words in ja and en, and so does every item."""
    for row in [*tables.provision().rows, *tables.use_rows().values()]:
        assert row.affair_ja
        assert row.affair_en.isascii()
    for sub in tables.sub_affairs().values():
        assert sub.ja
        assert sub.en.isascii()
        for item in sub.items:
            assert item.ja
            assert item.en.isascii()


def test_every_item_is_allowed_at_both_levels() -> None:
    """Whatever an article's item names, the row allows too, for every subject and provider."""
    asked = 0
    for sub in tables.sub_affairs().values():
        row = tables.provision_rows()[sub.row]
        requester = sub.bodies[0] if sub.bodies else row.requesters[0]
        if sub.valid_to is not None and sub.valid_to < DAY:
            continue
        for item in sub.items:
            for provider in item.providers:
                for subject in item.subjects:
                    decision = law.may_ask_item(
                        requester,
                        sub.row,
                        sub.id,
                        provider,
                        item.item,
                        subject=subject,
                        day=DAY,
                        stated=conditions_of(sub, item),
                    )
                    assert decision.allowed, (sub.id, item.item, provider, subject, decision)
                    assert decision.row == sub.row
                    asked += 1
    assert asked > 3000


def test_items_not_held_refuse_rather_than_guess() -> None:
    """A sub-affair whose items could not be read soundly refuses at the level of items."""
    missing = [sub for sub in tables.sub_affairs().values() if not sub.held]
    assert [sub.id for sub in missing] == ["162-0"]
    for sub in missing:
        row = tables.provision_rows()[sub.row]
        decision = law.may_ask_item(
            row.requesters[0],
            sub.row,
            sub.id,
            "市町村長",
            "municipal-tax",
            subject="applicant",
            day=DAY,
        )
        assert decision == law.Decision(False, citation(sub), sub.row, "item-level-not-held")
        assert sub.note == "whole-row-only: judgement needed"


@pytest.mark.parametrize(
    ("row", "requester", "provider", "item", "first"),
    [
        ("12-2", "認定地方公共団体の長", "法務大臣", "戸籍関係情報", date(2025, 10, 1)),
        ("160-2", "特区地方公共団体の長", "法務大臣", "戸籍関係情報", date(2025, 10, 1)),
        ("34-2", "都道府県教育委員会", "法務大臣", "戸籍関係情報", date(2025, 7, 28)),
        ("155", "市町村長", "市町村長", "妊婦のための支援給付情報", date(2025, 7, 28)),
    ],
)
def test_later_starts_are_honoured(
    row: str, requester: str, provider: str, item: str, first: date
) -> None:
    """The day before a later start is refused, the day itself allowed."""
    before = law.may_ask(requester, row, provider, item, date.fromordinal(first.toordinal() - 1))
    assert (before.allowed, before.reason) == (False, "not-yet-in-force")
    assert law.may_ask(requester, row, provider, item, first).allowed


def test_membership_follows_the_definitions_one_way() -> None:
    """A member acts wherever its collective may, never the collective where a member may."""
    assert law.may_ask("特別区の区長", "106", "法務大臣", "戸籍関係情報", DAY).allowed
    assert law.may_ask("市長", "81", "法務大臣", "戸籍関係情報", DAY).allowed
    assert not law.may_ask("市町村長", "81", "法務大臣", "戸籍関係情報", DAY).allowed
    assert law.may_ask(
        "広島市長", "126", "内閣総理大臣", "公的給付支給等口座登録簿関係情報", DAY
    ).allowed
    assert not law.may_ask(
        "市町村長", "126", "内閣総理大臣", "公的給付支給等口座登録簿関係情報", DAY
    ).allowed


def test_a_body_of_another_law_is_who_pays_by_it() -> None:
    """An open class is whoever pays such a benefit by its act, and nobody who pays none."""
    named = "国民年金法その他の法令による年金給付の支給者"
    item = "国民年金法その他の法令による年金給付情報"
    for payer in (named, "日本年金機構", "日本私立学校振興・共済事業団"):
        assert law.may_ask("厚生労働大臣", "8", payer, item, DAY).allowed, payer
    for other in ("国税庁長官", "市町村長", "地方公務員災害補償基金"):
        assert not law.may_ask("厚生労働大臣", "8", other, item, DAY).allowed, other


def test_a_payer_is_asked_for_its_own_benefit_alone() -> None:
    """Of an open class each item is asked of who pays that one by its act (支給者)."""
    seen = 0
    for sub in tables.sub_affairs().values():
        for line in sub.items:
            if not any(is_open(kind) for kind in line.providers):
                continue
            seen += 1
            payer = payer_of(line.item, DAY)
            assert payer is not None, line.item
            assert asked_for(line.item, line.providers) >= set(payer.providers)
            assert "tax-agency-commissioner" not in asked_for(line.item, line.providers)
    assert seen > 300
    service, fund = "pension-service", "local-accident-fund"
    sub = next(
        one
        for one in tables.sub_affairs().values()
        if {"employees-pension", "local-accident-disability-pension"}
        <= {line.item for line in one.items if any(map(is_open, line.providers))}
    )
    asker = tables.provision_rows()[sub.row].requesters[0]
    for item, payer_kind, other in (
        ("employees-pension", service, fund),
        ("local-accident-disability-pension", fund, service),
    ):
        line = next(one for one in sub.items if one.item == item)
        told = {"subject": line.subjects[0], "day": DAY, "stated": tuple(tables.conditions())}
        right = law.may_ask_item(asker, sub.row, sub.id, payer_kind, item, **told)
        wrong = law.may_ask_item(asker, sub.row, sub.id, other, item, **told)
        assert right.allowed, (item, right)
        assert wrong.reason in ("provider-not-of-item", "provider-not-in-row"), (item, wrong)


def test_a_payers_row_says_what_the_order_says_elsewhere() -> None:
    """Where the order names a body for the same benefit, the payers' table names no other."""
    closed: dict[str, set[str]] = {}
    for sub in tables.sub_affairs().values():
        for line in sub.items:
            if not any(is_open(kind) for kind in line.providers):
                closed.setdefault(line.item, set()).update(line.providers)
    for row in payers():
        for item in row.items:
            if item in closed:
                assert set(row.providers) <= closed[item], item


def test_row_58_keeps_one_list_per_implementing_body() -> None:
    """What article 60 gives the federation it does not give under the minister's paragraph."""
    ask = ("58", "60-2.1", "minister-of-justice", "family-register")
    about = {"subject": "child", "day": DAY, "stated": ("pension-insured-2",)}
    assert law.may_ask_item("国家公務員共済組合連合会", *ask, **about).allowed
    refused = law.may_ask_item("厚生労働大臣", *ask, **about)
    assert refused == law.Decision(False, "命令第60条第2項第1号", "58", "requester-not-in-row")
