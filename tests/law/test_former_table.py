"""The former table (法別表第二): its days, what is proven of it, and that nothing leaks.

`test_former_against_source.py` compares it with its source by other means than the tools.
"""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from renkei import law
from renkei.law import explain, former, tables, who_may_ask
from renkei.law.periods import network_stages
from renkei.law.permitted_items_and_persons import categories_of

CITED = "法別表第二"
REGISTER = ("法務大臣", "戸籍関係情報")
ONE_DAY = timedelta(days=1)
# affair, provider, information: who asks is the row's first body; in force from this day
BEGINS = [
    ("1", *REGISTER, "2024-03-01"),
    ("27", *REGISTER, "2024-03-01"),
    ("107", *REGISTER, "2024-03-01"),
    ("10", "都道府県知事", "指定難病要支援者証明情報", "2024-04-01"),
    ("56-2", "都道府県知事", "小児慢性特定疾病要支援者証明情報", "2024-04-01"),
    ("108", "都道府県知事", "指定難病要支援者証明情報", "2024-04-01"),
]


def ask(affair: str, provider: str, item: str, day: date) -> law.Decision:
    """One question by the first body of a former row."""
    kind = tables.former_rows()[affair].requesters[0]
    return law.may_ask(kind, affair, provider, item, day)


@pytest.mark.parametrize(("affair", "provider", "item", "first"), BEGINS)
def test_refused_the_day_before_and_allowed_on_the_day(
    affair: str, provider: str, item: str, first: str
) -> None:
    """令和元年法律17号, 令和3年法律37号, 令和2年法律40号, 令和4年法律104号: each has its day."""
    day = date.fromisoformat(first)
    before = ask(affair, provider, item, day - ONE_DAY)
    refused = {"not-yet-in-force", "provider-not-in-row", "item-not-in-row"}
    assert not before.allowed
    assert before.reason in refused
    assert before.article == CITED
    for later in (day, date(2024, 5, 26)):
        assert ask(affair, provider, item, later) == law.Decision(True, CITED, affair, "permitted")


def test_what_a_change_left_alone_goes_on() -> None:
    """Row 9 was reworded on 2024-04-24, rows 10 and 14 on 2024-04-01: the rest stands."""
    for day in (date(2024, 3, 31), date(2024, 4, 1), date(2024, 4, 23), date(2024, 4, 24)):
        assert ask("9", "都道府県知事等", "生活保護関係情報", day).allowed
        assert ask("10", "都道府県知事", "障害者関係情報", day).allowed
        assert ask("14", "都道府県知事", "障害児入所支援情報", day).allowed


def test_row_27_gains_the_forest_environment_tax_on_2024_01_01() -> None:
    """平成31年法律3号: the affair is another from that day, who may be asked is not."""
    row = tables.former_rows()["27"]
    assert row.affair_on(date(2023, 12, 31))[0] == "地方税の賦課徴収"
    assert "森林環境税" in row.affair_on(date(2024, 1, 1))[0]
    question = ("市町村長", "27", "市町村長", "地方税関係情報")
    for day, has in ((date(2023, 12, 31), False), (date(2024, 1, 1), True)):
        assert law.may_ask(*question, day).allowed
        assert ("森林環境税" in explain.prose(question, day, "ja")) is has
        assert ("forest" in explain.prose(question, day, "en")) is has


def test_the_change_of_table_on_2024_05_27() -> None:
    """令和5年法律48号: a number means another row from that day; each table cites itself."""
    last, first = date(2024, 5, 26), date(2024, 5, 27)
    former_tax = ("市町村長", "27", "市町村長", "地方税関係情報")
    tax = ("市町村長", "48", "市町村長", "地方税関係情報")
    assert law.may_ask(*former_tax, last) == law.Decision(True, CITED, "27", "permitted")
    after = law.may_ask(*former_tax, first)
    assert (after.allowed, after.article) == (False, "法第19条第8号・命令第2条")
    assert law.may_ask(*tax, first).allowed
    assert law.may_ask(*tax, last) == law.Decision(False, CITED, "48", "requester-not-in-row")


def test_numbers_of_one_table_alone_are_rows_of_that_table_alone() -> None:
    """56-2 and 7-2 are rows of the former table, 173 and 173-2 of the one in force."""
    old, new = date(2024, 5, 26), date(2024, 5, 27)
    for affair in set(tables.former_rows()) - set(tables.provision_rows()):
        decision = law.may_ask("市町村長", affair, *REGISTER, new)
        assert decision == law.Decision(False, who_may_ask.ARTICLE, affair, "not-in-table")
    for affair in set(tables.provision_rows()) - set(tables.former_rows()):
        decision = law.may_ask("都道府県知事", affair, *REGISTER, old)
        assert decision == law.Decision(False, CITED, affair, "not-in-table")
    assert "56-2" not in tables.provision_rows()
    assert "173" not in tables.former_rows()


def test_the_first_day_of_which_the_whole_table_is_proven() -> None:
    """2022-01-11: the day before, what has no proven start answers that, with what is known."""
    question = ("27", "内閣総理大臣", "公的給付支給等口座登録簿関係情報")
    first = date(2022, 1, 11)
    assert ask(*question, first).allowed
    before = ask(*question, first - ONE_DAY)
    assert before == law.Decision(False, CITED, "27", "not-proven-for-this-day")
    (known,) = former.what_is_known(*question)
    assert known.seen == (date(2022, 1, 11), date(2024, 4, 24))
    assert known.valid_from is None
    assert ask("27", "市町村長", "地方税関係情報", first - ONE_DAY).allowed


def test_absence_is_not_proven_before_2022_01_11() -> None:
    """What no text has may have been removed: refused as not in the row only from that day on."""
    for day, reason in (
        (date(2022, 1, 10), "not-proven-for-this-day"),
        (date(2022, 1, 11), "provider-not-in-row"),
    ):
        assert ask("27", "国税庁長官", "地方税関係情報", day).reason == reason
    assert former.what_is_known("27", "国税庁長官", "地方税関係情報") == ()
    assert former.what_is_known("999", "国税庁長官", "地方税関係情報") == ()


@pytest.mark.parametrize(
    ("affair", "day", "reason"),
    [
        ("36", date(2017, 11, 13), "not-in-table"),
        ("21", date(2022, 1, 10), "not-proven-for-this-day"),
        ("21", date(2022, 1, 11), "not-in-table"),
    ],
)
def test_a_deleted_row_is_proven_deleted_as_far_as_it_was_seen(
    affair: str, day: date, reason: str
) -> None:
    """Row 36 was 削除 in 2015 and in 2022, row 21 is seen so from 2022 on."""
    decision = law.may_ask("市町村長", affair, *REGISTER, day)
    assert decision == law.Decision(False, CITED, affair, reason)


def test_a_row_whose_affair_is_not_proven_proves_nothing_before_2022() -> None:
    """Row 56-2: cells equal to 2015, but the affair's wording is not."""
    assert not tables.former_rows()["56-2"].proven
    question = ("56-2", "市町村長", "妊娠の届出情報")
    assert ask(*question, date(2022, 1, 10)).reason == "not-proven-for-this-day"
    assert ask(*question, date(2022, 1, 11)).allowed


@pytest.mark.parametrize(
    ("day", "article", "row", "reason"),
    [
        (date(2015, 10, 4), "法附則第1条第5号", None, "not-yet-in-force"),
        (date(2015, 10, 5), "法附則第1条第5号", None, "network-not-yet"),
        (date(2017, 7, 17), "法附則第1条第5号", None, "network-not-yet"),
        (date(2017, 7, 18), CITED, None, "network-not-yet"),
        (date(2017, 11, 12), CITED, None, "network-not-yet"),
        (date(2017, 11, 13), CITED, "27", "permitted"),
    ],
)
def test_the_stages_of_the_network(day: date, article: str, row: str | None, reason: str) -> None:
    """情報連携: nothing before 2015-10-05, not yet, a trial from 2017-07-18, then 2017-11-13."""
    decision = law.may_ask("市町村長", "27", "市町村長", "地方税関係情報", day)
    assert decision == law.Decision(reason == "permitted", article, row, reason)


def test_the_stages_follow_each_other_without_a_gap() -> None:
    """Each stage begins the day after the one before it, and says where it comes from."""
    stages = network_stages()
    for one, after in pairwise(stages):
        assert one.valid_to is not None
        assert one.valid_to + ONE_DAY == after.valid_from
    assert [one.operates for one in stages] == [False, False, True]
    assert all(one.source for one in stages)
    assert stages[-1].valid_to is None


def test_the_pension_service_is_not_proven_to_have_taken_part_before_its_own_day() -> None:
    """法附則第3条の2第2項: barred to a day by 2017-11-30 that is not at hand."""
    question = ("27", "日本年金機構", "年金給付関係情報")
    barred = ask(*question, date(2017, 11, 30))
    assert barred == law.Decision(False, "法附則第3条の2第2項", "27", "not-proven-for-this-day")
    assert ask(*question, date(2017, 12, 1)).allowed
    assert ask("27", "厚生労働大臣", "年金給付関係情報", date(2017, 11, 30)).allowed


def test_disability_information_had_no_assessment_of_a_child_in_it() -> None:
    """Row 10 of the former table lists it beside 障害者関係情報; the order in force includes it."""
    day = date(2024, 5, 26)
    assert ask("27", "都道府県知事", "身体障害者手帳情報", day).allowed
    assert not ask("27", "都道府県知事", "児童の調査・判定情報", day).allowed
    assert ask("10", "都道府県知事", "児童の調査・判定情報", day).allowed
    assert law.may_ask(
        "市町村長", "48", "都道府県知事", "児童の調査・判定情報", date(2024, 5, 27)
    ).allowed


def test_parts_of_a_name_are_proven_where_its_definition_is() -> None:
    """Before 2022-01-11 row 27 gives 障害者関係情報; which parts that had is not proven."""
    early, day = date(2022, 1, 10), date(2022, 1, 11)
    handbook = ("27", "都道府県知事", "身体障害者手帳情報")
    assert ask("27", "都道府県知事", "障害者関係情報", early).allowed
    assert ask(*handbook, early).reason == "not-proven-for-this-day"
    assert ask(*handbook, day).allowed
    assert ask("27", "健康保険組合", "医療保険給付の支給情報", early).allowed


def test_items_of_the_former_table_are_decided_by_the_row_alone() -> None:
    """平成26年内閣府・総務省令7号 is not held: the answer says that the row decided."""
    ask_item = ("municipality-mayor", "27", "any", "municipality-mayor")
    day = date(2023, 1, 1)
    allowed = law.may_ask_item(*ask_item, "municipal-tax", subject="spouse", day=day)
    assert allowed == law.Decision(True, CITED, "27", "permitted-by-row")
    refused = law.may_ask_item(*ask_item, "receiving-account", subject="spouse", day=day)
    assert refused == law.Decision(False, CITED, "27", "item-not-in-row")
    early = law.may_ask_item(*ask_item, "municipal-tax", subject="spouse", day=date(2017, 11, 12))
    assert early.reason == "network-not-yet"
    assert categories_of("地方税関係情報") == ("local-tax",)
    with pytest.raises(law.UnknownNameError, match="no item"):
        law.may_ask_item(*ask_item, "blood-type", subject="spouse", day=day)


def test_no_exchange_is_judged_by_the_row_alone() -> None:
    """An exchange needs row and article: on a former day it is refused as not held."""
    from renkei.law.judging_exchanges import ExchangeFacts, judge_exchange

    city = law.Party("city-a", "municipality-mayor", law.Assessment.PUBLISHED)
    other = law.Party("city-b", "municipality-mayor", law.Assessment.PUBLISHED)
    facts = ExchangeFacts(
        city, other, "27", "any", ("municipal-tax",), "claimant", date(2023, 1, 1)
    )
    assert judge_exchange(facts) == law.Decision(False, CITED, "27", "item-level-not-held")


def test_what_a_row_gives_is_of_the_table_of_the_day() -> None:
    """規則5号2条: an ordinance affair is measured by the row in force on the day."""
    day = date(2024, 5, 26)
    assert who_may_ask.row_gives("74", "市町村長", "地方税関係情報", day).article == CITED
    gives = who_may_ask.row_gives("106", "市町村長", "地方税関係情報", day + ONE_DAY)
    assert gives.article == who_may_ask.ARTICLE
    for affair in ("21", "173"):
        deleted = who_may_ask.row_gives(affair, "市町村長", "地方税関係情報", day)
        assert deleted == law.Decision(False, CITED, affair, "not-in-table")
    with pytest.raises(law.UnknownNameError, match="no row"):
        who_may_ask.row_gives("999", "市町村長", "地方税関係情報", day)


def test_todays_questions_do_not_look_at_former_rows() -> None:
    """The youngest table comes first and holds its own rows only."""
    young, *older = who_may_ask.spread_tables().tables
    assert young.instead is None
    assert set(young.rows) == set(tables.provision_rows())
    assert [one.valid_from for one in older] == [
        date(2022, 1, 11), date(2017, 11, 13), date(2017, 7, 18), date(2015, 10, 5)
    ]  # fmt: skip


def test_every_former_cell_has_its_days_and_known_names() -> None:
    """Each row and exchange names known kinds, carries its proof, and ends with the table."""
    kinds, categories = tables.kinds(), tables.categories()
    rows = tables.former_rows().values()
    assert len(rows) == 133
    for row in rows:
        assert row.table == tables.FORMER
        assert row.valid_to == date(2024, 5, 26)
        assert row.deleted or (row.act_en and row.affair_en and row.requesters), row.row
        for one in row.exchanges:
            assert one.seen, row.row
            assert one.proven or one.valid_from == date(2022, 1, 11), row.row
            assert set(one.providers) <= set(kinds), row.row
            assert set(one.categories) <= set(categories), row.row
    assert sum(len(row.exchanges) for row in rows) == 420
