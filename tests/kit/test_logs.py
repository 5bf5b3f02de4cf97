"""Logs cannot carry a person."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from renkei.kit import logs

# Synthetic: fails the real check digit.
NUMBER = "123456789012"
FULL_WIDTH = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


@contextmanager
def configured(path: Path | None) -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.configure(role="linkage", path=path)
    try:
        yield
    finally:
        structlog.reset_defaults()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "logs" / "role.jsonl"
    with configured(path):
        yield path


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_are_json_with_role_and_time(log: Path) -> None:
    """Each event is one JSON object with role, level and UTC time, in a file of mode 0600."""
    logs.get_logger().info("listening", port=8443)
    (line,) = lines(log)
    assert line["event"] == "listening"
    assert (line["role"], line["level"], line["port"]) == ("linkage", "info", 8443)
    assert str(line["timestamp"]).endswith("Z")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_unlisted_fields_are_dropped(log: Path) -> None:
    """A field that is not on the list leaves a marker, neither its value nor its name."""
    logs.get_logger().info("acquired", resident_name="Yamada Hanako (synthetic)", count=1)
    text = log.read_text(encoding="utf-8")
    assert "Yamada" not in text
    assert "resident_name" not in text
    assert lines(log)[0][logs.DROPPED] == 1
    assert lines(log)[0]["count"] == 1


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        NUMBER[:11],
        FULL_WIDTH,
        "1234-5678-9012",
        "1234 5678 9012",
        "１２３４－５６７８－９０１２",
        f"x{NUMBER}y",
        "1_2_3_4_5_6_7_8_9_0_1_2",
        int(NUMBER),
    ],
)
def test_long_digit_runs_are_masked(log: Path, written: str | int) -> None:
    """Eleven digits or more are masked in a listed field, with separators and full-width too."""
    logs.get_logger().info("refused", reason=written)
    assert lines(log)[0]["reason"] in {"•••", "x•••y"}


def test_short_numbers_and_transaction_ids_stay(log: Path) -> None:
    """Ports, counts, times and transaction ids are not masked."""
    tx = "01890a5d-ac96-774b-bcce-b302099a8057"
    digits = "01890123-1234-7123-8123-123456789012"
    logs.get_logger().info("asked", tx=tx, reason=digits, milliseconds=12.5, port=50123)
    line = lines(log)[0]
    assert (line["tx"], line["reason"]) == (tx, digits)
    assert (line["milliseconds"], line["port"]) == (12.5, 50123)


@given(
    prefix=st.text(alphabet="ab ", max_size=210),
    digits=st.text(alphabet="0123456789", min_size=11, max_size=40),
)
def test_no_run_survives_anywhere(prefix: str, digits: str) -> None:
    """Wherever a run stands, also across the cut of long values, eleven digits never remain."""
    kept = logs.without_personal_data(None, "", {"reason": prefix + digits})["reason"]
    assert sum(character.isdigit() for character in kept) < 11
    assert len(kept) <= logs.VALUE_CHARACTERS_LIMIT


def test_exceptions_leave_type_and_place_only(log: Path) -> None:
    """An exception's message, which may quote data, is not logged; its type and lines are."""
    try:
        raise ValueError("Yamada Hanako (synthetic)")
    except ValueError:
        logs.get_logger().exception("incident", incident="bcdf")
    text = log.read_text(encoding="utf-8")
    assert "Yamada" not in text
    line = lines(log)[0]
    assert line["exception"] == "ValueError"
    assert "test_logs.py" in str(line["places"])


def test_objects_are_named_not_shown(log: Path) -> None:
    """Bytes, containers and objects appear as their type's name."""
    logs.get_logger().info("x", code=b"secret", reason=["Yamada"], key={"a": "Yamada"})
    assert "Yamada" not in log.read_text(encoding="utf-8")
    assert lines(log)[0]["code"] == "<bytes>"


def test_libraries_pass_the_same_filter(log: Path) -> None:
    """What a library logs appears as its name and place, without its words."""
    logging.getLogger("some.library").warning("could not store Yamada %s", NUMBER)
    text = log.read_text(encoding="utf-8")
    assert "Yamada" not in text
    assert "some.library" in text


def test_before_configuration_nothing_reaches_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without configuration the log goes to standard error: standard output is for results."""
    structlog.reset_defaults()
    logs.get_logger().warning("early")
    structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "early" in captured.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_does_not_reach_the_caller() -> None:
    """Where no line can be written, logging returns as ever, and the lost lines are counted."""
    with configured(Path("/dev/full")):
        for number in range(3):
            logs.get_logger().warning("refused", count=number)
        assert logs.lost() == 3


def test_lost_lines_are_confessed_when_there_is_room_again(tmp_path: Path) -> None:
    """The first line after a full disk says how many are missing; none is cut in two."""
    path = tmp_path / "role.jsonl"
    program = (
        "import resource, signal, sys; from pathlib import Path; from renkei.kit import logs\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "logs.configure(role='linkage', path=Path(sys.argv[1]))\n"
        "log = logs.get_logger()\n"
        "log.info('before')\n"
        "size = Path(sys.argv[1]).stat().st_size\n"
        "most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, most))\n"
        "log.info('lost'); log.info('lost')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))\n"
        "log.info('after')\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    raw = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    half = [line for line in raw if not line.endswith("}")]
    assert [len(line) for line in half] == [20], "what was left of the disk took 20 bytes"
    whole = [json.loads(line) for line in raw if line not in half]
    assert [line["event"] for line in whole] == ["before", "log-lines-lost", "after"]
    assert (whole[1]["count"], whole[1]["role"]) == (2, "linkage")


def test_no_value_ends_its_line(log: Path) -> None:
    """Half a surrogate pair, which has no UTF-8, costs one character and not the line."""
    logs.get_logger().info("refused", reason="a\ud800b")
    assert lines(log)[0]["reason"] == "a?b"


def test_standard_error_that_is_gone_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose standard error was closed goes on, and counts."""
    with configured(None):
        monkeypatch.setattr("sys.stderr", None)
        logs.get_logger().warning("early")
        monkeypatch.undo()
        assert logs.lost() == 1
