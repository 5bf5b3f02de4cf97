"""The two levels of the provision table."""

from datetime import date

import msgspec
import pytest

from renkei import law
from renkei.law import tables, who_may_ask

DAY = date(2026, 4, 1)


def test_child_allowance_may_ask_local_tax() -> None:
    """A mayor may ask another mayor for local tax under row 106, by name or by id."""
    by_name = law.may_ask("市町村長", "106", "市町村長", "地方税関係情報", DAY)
    by_id = law.may_ask("municipality-mayor", "106", "municipality-mayor", "local-tax", DAY)
    assert by_name == by_id == law.Decision(True, "法第19条第8号・命令第2条", "106", "permitted")


def test_the_day_the_table_came_into_force() -> None:
    """Row 106 is another affair in the former table on its last day; this one on its first."""
    before = law.may_ask("市町村長", "106", "法務大臣", "戸籍関係情報", date(2024, 5, 26))
    after = law.may_ask("市町村長", "106", "法務大臣", "戸籍関係情報", date(2024, 5, 27))
    assert before == law.Decision(False, "法別表第二", "106", "requester-not-in-row")
    assert after.allowed


def test_tax_of_the_claimant_but_not_of_the_spouse() -> None:
    """Article 108 item 1 ロ lists the tax of claimant and child; the spouse's is refused by it."""
    ask = ("municipality-mayor", "106", "108-1", "municipality-mayor", "municipal-tax")
    allowed = law.may_ask_item(*ask, subject="claimant", day=DAY)
    refused = law.may_ask_item(*ask, subject="spouse", day=DAY)
    assert allowed == law.Decision(True, "命令第108条第1号ロ", "106", "permitted")
    assert refused == law.Decision(False, "命令第108条第1号ロ", "106", "subject-not-permitted")


def test_an_unknown_name_is_an_error_not_a_refusal() -> None:
    """A name outside the tables raises and says how to list the names."""
    with pytest.raises(law.UnknownNameError, match="renkei law names"):
        law.may_ask("町内会長", "106", "法務大臣", "戸籍関係情報", DAY)


def test_a_decision_is_not_a_truth_value() -> None:
    """Nobody can drop article and reason by testing a decision for truth."""
    with pytest.raises(TypeError):
        bool(law.may_use("municipality-mayor", "81", DAY))


def test_a_former_table_is_taken_as_data() -> None:
    """Give the former table rows and `held`, and its days are decided by it, citing it."""
    packaged = tables.provision()
    former, current = packaged.tables
    old = msgspec.structs.replace(
        packaged.rows[0],
        row="74",
        requesters=("municipality-mayor",),
        valid_from=date(2017, 11, 13),
        valid_to=date(2024, 5, 26),
        table=former.id,
    )
    held = msgspec.structs.replace(former, proven_from=None)
    index = who_may_ask.index_of(tables.ProvisionFile((held, current), (*packaged.rows, old)))
    question = ("市町村長", "74", "法務大臣", "戸籍関係情報")
    before = who_may_ask.decide(index, question, date(2024, 5, 26))
    assert before == law.Decision(True, "法別表第二", "74", "permitted")
    after = who_may_ask.decide(index, question, date(2024, 5, 27))
    assert after.article == "法第19条第8号・命令第2条"
    assert not after.allowed
    early = who_may_ask.decide(index, question, date(2017, 11, 12))
    assert early.reason == "not-yet-in-force"
    without = msgspec.structs.replace(former, held=False)
    index = who_may_ask.index_of(tables.ProvisionFile((without, current), packaged.rows))
    missing = who_may_ask.decide(
        index, ("市町村長", "74", "法務大臣", "戸籍関係情報"), date(2024, 5, 26)
    )
    assert missing == law.Decision(False, "法別表第二", None, "table-not-held")


def test_days_before_any_table_are_refused() -> None:
    """Before there were numbers nothing of the network was in force."""
    decision = law.may_ask("市町村長", "106", "法務大臣", "戸籍関係情報", date(2010, 1, 1))
    assert decision == law.Decision(False, "法附則第1条第5号", None, "not-yet-in-force")
    ask = ("municipality-mayor", "106", "108-1", "municipality-mayor", "municipal-tax")
    assert law.may_ask_item(*ask, subject="claimant", day=date(2010, 1, 1)) == decision
