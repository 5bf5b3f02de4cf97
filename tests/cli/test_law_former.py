"""`renkei law` on days of the former table (法別表第二), and its rows by name."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from renkei.cli.law import app

RUN = CliRunner()
TAX = {
    "requester": "市町村長",
    "affair": 27,
    "provider": "市町村長",
    "item": "地方税関係情報",
    "date": "2023-04-01",
}
ACCOUNT = TAX | {"provider": "内閣総理大臣", "item": "公的給付支給等口座登録簿関係情報"}
ITEM = {"row": 27, "item": "municipal-tax", "provider": "市町村長", "date": "2023-04-01"}


def answers(command: str, *lines: object) -> list[dict[str, Any]]:
    """The answers of a command to JSON Lines."""
    done = RUN.invoke(app, [command], input="\n".join(json.dumps(one) for one in lines))
    assert done.exit_code == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_decide_cites_the_table_in_force_on_the_day() -> None:
    """A proven day, a day before the network, and an unproven one with what is known."""
    proven, trial, unproven, nothing = answers(
        "decide",
        TAX,
        TAX | {"date": "2017-07-18"},
        ACCOUNT | {"date": "2021-12-31"},
        TAX | {"date": "2019-04-01", "provider": "国税庁長官"},
    )
    row = {"article": "法別表第二", "row": "27"}
    assert proven == {"allowed": True, **row, "reason": "permitted"}
    assert trial == {
        "allowed": False, "article": "法別表第二", "row": None, "reason": "network-not-yet"
    }  # fmt: skip
    known = {"row": "27", "seen": ["2022-01-11", "2024-04-24"], "valid_from": None}
    unproven_answer = {"allowed": False, **row, "reason": "not-proven-for-this-day"}
    assert unproven == unproven_answer | {"known": [known | {"valid_to": None}]}
    assert nothing == unproven_answer | {"known": []}


def test_decide_item_says_that_the_row_decided() -> None:
    """Items are not held: allowed by the row, with `level`; a name of no table is an error."""
    allowed, words, refused, unknown = answers(
        "decide-item",
        ITEM,
        ITEM | {"item": "地方税関係情報", "requester": "市町村長"},
        ITEM | {"item": "受取口座"} | {"item": "receiving-account"},
        ITEM | {"item": "blood-type"},
    )
    by_row = {
        "allowed": True,
        "article": "法別表第二",
        "reason": "permitted-by-row",
        "conditions_open": [],
        "level": "row",
    }
    assert allowed == words == by_row
    assert refused == by_row | {"allowed": False, "reason": "item-not-in-row"}
    assert unknown["line"] == 4
    assert "blood-type" in unknown["error"]


def test_a_deleted_row_is_refused_at_the_level_of_items_too() -> None:
    """Row 21 has nobody who asks; the answer is that of the row."""
    (answer,) = answers("decide-item", ITEM | {"row": "21"})
    assert (answer["allowed"], answer["reason"]) == (False, "not-in-table")


def test_today_the_sub_affair_and_the_person_are_wanted() -> None:
    """What may be left out on former days is asked for by name since 2024-05-27."""
    (answer,) = answers("decide-item", ITEM | {"row": "106", "date": "2026-04-01"})
    assert "sub_affair and subject" in answer["error"]


@pytest.mark.parametrize("place", ["former-27", "旧27の項", "旧別表第二の二十七の項", "former 27"])
def test_show_finds_a_former_row_by_its_name(place: str) -> None:
    """A former row shows its table, the affair before, what was proven, and that items are not."""
    done = RUN.invoke(app, ["show", place])
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("row\tformer-27\t")
    assert "旧別表第二" in lines[1]
    assert "before\t地方税法 地方税の賦課徴収\t～2023-12-31" in lines
    assert sum("stood before" in line for line in lines) == 1
    assert lines[-1].startswith("items\tnot held")
    assert RUN.invoke(app, ["show", "27"]).stdout.splitlines()[0].startswith("row\t27\t")


def test_show_of_a_deleted_and_of_no_former_row() -> None:
    """A deleted row says so; a wrong name lists what there is."""
    assert RUN.invoke(app, ["show", "former-36"]).stdout.splitlines()[0].endswith("deleted")
    for wrong in ("former-122", "former-108条", "former-"):
        done = RUN.invoke(app, ["show", wrong])
        assert done.exit_code == 2
        assert "former-1 to former-121" in done.stderr


def test_search_marks_former_rows() -> None:
    """A former row is a kind of hit of its own, named so that `show` finds it."""
    told = RUN.invoke(app, ["search", "石炭鉱業年金基金"]).stdout.splitlines()
    hits = [line.split("\t")[:2] for line in told]
    assert ["former row", "former-73"] in hits
    assert RUN.invoke(app, ["show", "former-73"]).exit_code == 0


def test_explain_says_what_is_not_proven() -> None:
    """In both languages: neither may nor may not, but not proven."""
    question = ["市町村長", "27", "内閣総理大臣", "公的給付支給等口座登録簿関係情報"]
    told = RUN.invoke(app, ["explain", *question, "--date", "2021-12-31"]).stdout
    assert "求めることができたか分かりません" in told
    assert "is not proven to have been allowed to ask" in told
    late = RUN.invoke(app, ["explain", "市町村長", "173", *question[2:], "--date", "2023-01-01"])
    assert late.exit_code == 0
    assert "173の項の" in late.stdout
