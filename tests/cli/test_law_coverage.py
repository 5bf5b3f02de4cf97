"""`renkei law coverage`: counts of the tables, marks of the tests (網羅)."""

import json
from pathlib import Path

import msgspec
import order_lines
import pytest
from typer.testing import CliRunner

import law_coverage
from renkei.cli.law import app
from renkei.law import coverage, procedures, tables

RUN = CliRunner()
TESTS = Path(__file__).resolve().parents[1]


def told(*options: str) -> str:
    """What the command prints."""
    done = RUN.invoke(app, ["coverage", *options])
    assert done.exit_code == 0
    return done.stdout


def test_the_counts_are_those_of_the_tables() -> None:
    """Each total is that of a table, and nothing else is told."""
    found = json.loads(told("--json"))
    lines = [item for sub in tables.sub_affairs().values() for item in sub.items]
    marked = [one.provision for one in coverage.provisions() if one.tests]
    assert found == {
        "rows": len(tables.provision_rows()),
        "sub_affairs": len(tables.sub_affairs()),
        "items": len({one.item for one in lines}),
        "procedures": len(procedures()),
        "subjects": len({subject for one in lines for subject in one.subjects}),
        "articles": {"total": len(coverage.provisions()), "tested": len(marked)},
    }
    assert 0 < found["articles"]["tested"] <= found["articles"]["total"]


def test_prose_tells_the_same_and_what_is_not_tested() -> None:
    """Without --json each count is a line, and each provision without a test is named."""
    found, said = json.loads(told("--json")), told().splitlines()
    assert f"sub-affairs\t{found['sub_affairs']}" in said
    assert f"tested\t{found['articles']['tested']}" in said
    missing = [line for line in said if line.startswith("not tested\t")]
    assert len(missing) == found["articles"]["total"] - found["articles"]["tested"]


def test_help_says_how_it_is_counted() -> None:
    """What counts as tested stands in the help."""
    said = " ".join(RUN.invoke(app, ["coverage", "--help"]).stdout.split())
    for words in ("second reading", "175-2", "a test names a function", "a test fails"):
        assert words in said


def test_every_article_of_the_order_is_counted_once() -> None:
    """命令3条～175条の2: the order's part has each article of the tables, no other, no two."""
    names = [one.provision for one in coverage.provisions()]
    assert len(names) == len(set(names))
    rows = {row.article for row in tables.provision_rows().values()}
    numbers = {sub.article for sub in tables.sub_affairs().values()} | rows
    spelled = {
        f"命令第{main}条" + (f"の{branch}" if branch else "")
        for main, _, branch in (one.partition("-") for one in numbers)
    }
    assert {one for one in names if one.startswith("命令")} == spelled


def test_the_acts_marks_are_what_the_tests_name() -> None:
    """The Act's part equals what tools/law_coverage.py reads; if not, run that tool."""
    made = {one: tuple(tests[: law_coverage.SHOWN]) for one, tests in law_coverage.act().items()}
    held = {one.provision: one.tests for one in coverage.provisions()}
    assert {one: tests for one, tests in held.items() if not one.startswith("命令")} == made
    assert made["法第19条第8号"] != ()


def test_every_test_that_is_named_is_there() -> None:
    """A mark names a test module, and where it names a test, one of that module."""
    for one in coverage.provisions():
        for mark in one.tests:
            module, _, name = mark.partition("::")
            text = (TESTS / module).read_text("utf-8")
            assert not name or f"def {name}(" in text, one.provision


@pytest.mark.skipif(order_lines.source() is None, reason="the source table is not at hand")
def test_the_orders_marks_are_what_the_second_reading_walks() -> None:
    """An article is marked if the second reading compares all of its 号 with the text."""
    source = order_lines.source()
    assert source is not None
    walked = law_coverage.order(source)
    held = {one.provision: list(one.tests) for one in coverage.provisions()}
    assert {one: tests for one, tests in held.items() if one.startswith("命令")} == walked


def test_what_the_second_reading_lets_pass_is_not_tested() -> None:
    """命令162条: held as a whole row, excused by the second reading, so it has no mark."""
    passed = {sub.article for sub in tables.sub_affairs().values() if law_coverage.excused(sub.id)}
    assert "162" in passed
    assert "108" not in passed
    assert {f"命令第{one}条" for one in passed} <= set(coverage.untested())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("法19条8号", ["法第19条第8号"]),
        ("法第21条第2項・第28条", ["法第21条第2項", "法第28条"]),
        ("法第21条の2第2項・令第27条の2", ["法第21条の2第2項"]),
        ("法第19条第8号・命令第2条", ["法第19条第8号"]),
        ("番号法9条3項・戸籍法119条の2", ["法第9条第3項"]),
        ("法附則第3条の2第2項", ["法附則第3条の2第2項"]),
        ("児童手当法7条1項", []),
        ("規則5号2条", []),
    ],
)
def test_citations_of_the_act_are_read(text: str, found: list[str]) -> None:
    """Only provisions of the Act are read, spelled out; other laws carry nothing over."""
    assert list(law_coverage.citations(text)) == found


def test_a_false_mark_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a test less, the tool makes another file: a mark cannot outlive its test."""
    folder = tmp_path / "law"
    folder.mkdir()
    text = 'from renkei import law\ndef test_a() -> None:\n    law.may_use("a", "1", None)\n'
    (folder / "test_one.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(law_coverage, "TESTS", tmp_path)
    assert law_coverage.act()["法第9条第1項"] == ["law/test_one.py::test_a"]
    (folder / "test_one.py").write_text(text.replace("may_use", "procedures"), encoding="utf-8")
    assert law_coverage.act()["法第9条第1項"] == []


def test_the_file_is_read_strictly() -> None:
    """A field that nobody knows is an error, not a mark."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            b'[{"provision": "x", "tests": [], "more": 1}]', type=tuple[coverage.Provision, ...]
        )
