"""JSON Lines as a clerk's file has them: one answer a line, and words for what is wrong."""

import io
import json
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from renkei.cli import json_lines
from renkei.cli.json_lines import LONGEST_LINE_BYTES, JsonLines, Line, Wrong
from renkei.cli.law import app


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A question of two fields."""

    name: str
    day: date


READER = JsonLines(Asked)
GOOD = '{"name": "児童手当", "day": "2026-04-01"}'.encode()


def read(data: bytes) -> list[Line[Asked] | Wrong]:
    """Everything one file is read as."""
    return list(READER.read(io.BytesIO(data)))


def only_wrong(data: bytes) -> Wrong:
    """What is wrong with the second of three lines, the others being good."""
    first, second, third = read(GOOD + b"\n" + data + b"\n" + GOOD)
    assert isinstance(first, Line)
    assert isinstance(third, Line)
    assert (first.number, third.number) == (1, 3)
    assert isinstance(second, Wrong)
    assert second.line == 2
    return second


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "blank"),
        (b"  \t\r", "blank"),
        (b"x", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[1]", "not an object"),
        (b'{"name": "a"}', '"day" is missing'),
        (GOOD[:-1] + b', "extra": 1}', "not known: extra"),
        (GOOD[:-1] + b', "name": "b"}', 'the key "name" is given twice'),
        (GOOD.replace(b"04-01", b"02-30"), "no day of the calendar"),
        (GOOD.replace(b"2026-04-01", b"20260401"), "no day of the calendar"),
        (GOOD.replace(b'"2026-04-01"', b"20260401"), "no day of the calendar"),
        (b'{"name": 1, "day": "2026-04-01"}', '"name" must be text, not number'),
        (GOOD.decode().encode("cp932"), "Shift_JIS (CP932); save the file as UTF-8"),
        (b"\xff\xff{}", "not UTF-8"),
        (b"x" * (LONGEST_LINE_BYTES + 1), "longer than"),
        (b"x" * (3 * LONGEST_LINE_BYTES), "longer than"),
        (GOOD + b" " * LONGEST_LINE_BYTES, "longer than"),
    ],
)
def test_each_fault_has_its_words_and_its_line(line: bytes, words: str) -> None:
    """What is wrong is said in two languages with the line's number; its neighbours are read."""
    wrong = only_wrong(line)
    assert words in wrong.en
    assert wrong.ja
    assert "RFC3339" not in str(wrong)
    assert "byte 0" not in str(wrong)
    assert "2行目" in str(wrong)
    assert wrong.answer() == {"line": 2, "error": wrong.en, "error_ja": wrong.ja}


def test_a_byte_order_mark_is_no_fault() -> None:
    """The mark that Windows writes before UTF-8 is passed over, at the beginning of a file only."""
    (line,) = read(b"\xef\xbb\xbf" + GOOD + b"\r\n")
    assert isinstance(line, Line)
    assert line.value.day == date(2026, 4, 1)
    assert "not JSON" in only_wrong(b"\xef\xbb\xbf" + GOOD).en


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_for_every_line(encoding: str) -> None:
    """A file in the other Unicode form is told so on each line, whatever its bytes look like."""
    mark = "\ufeff".encode(encoding)
    found = read(mark + (GOOD.decode() + "\r\n" + GOOD.decode() + "\n").encode(encoding))
    assert found
    assert all(isinstance(one, Wrong) and "UTF-16" in one.en for one in found)


def test_a_line_of_the_longest_length_is_read() -> None:
    """The limit itself is allowed, with any line end."""
    full = GOOD + b" " * (LONGEST_LINE_BYTES - len(GOOD))
    for end in (b"", b"\n", b"\r\n"):
        (line,) = read(full + end)
        assert isinstance(line, Line)


def test_too_many_lines_end_with_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the most lines that are read comes one error, and nothing more is read."""
    monkeypatch.setattr(json_lines, "MOST_LINES", 3)
    found = read((GOOD + b"\n") * 6)
    assert [isinstance(one, Line) for one in found] == [True, True, True, False]
    assert isinstance(found[-1], Wrong)
    assert "at most 3 lines" in found[-1].en


@given(st.lists(st.binary(max_size=60).map(lambda one: one.replace(b"\n", b" ")), max_size=8))
def test_every_line_has_exactly_one_answer(lines: list[bytes]) -> None:
    """However broken a file is, there are as many answers as lines, numbered in order."""
    found = read(b"".join(line + b"\n" for line in lines))
    numbers = [one.number if isinstance(one, Line) else one.line for one in found]
    assert numbers == list(range(1, len(lines) + 1))


@pytest.mark.parametrize("command", [["decide"], ["explain", "--lang", "en"]])
def test_every_command_answers_each_line(command: list[str]) -> None:
    """Blank and broken lines are answered by each command that reads JSON Lines."""
    ask = {
        "requester": "市町村長",
        "affair": "106",
        "provider": "市町村長",
        "item": "地方税関係情報",
        "date": "2026-04-01",
    }
    lines = [json.dumps(ask), "", "x", json.dumps(ask | {"requester": "町内会長"}), json.dumps(ask)]
    done = CliRunner().invoke(app, command, input="\n".join(lines) + "\n")
    said = done.stdout.splitlines()
    assert len(said) == len(lines)
    assert [str(number) in one for number, one in zip((2, 3, 4), said[1:4], strict=True)] == [
        True,
        True,
        True,
    ]
    assert said[0] == said[4]
