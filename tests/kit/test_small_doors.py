"""Clock, randomness, configuration, progress."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from renkei.kit.clock import ManualClock, SystemClock, tokyo_day
from renkei.kit.config import Config, ConfigError, load
from renkei.kit.progress import Progress
from renkei.kit.randomness import fraction, system_randomness


def test_tokyo_day_changes_at_15_utc() -> None:
    """The day of the law changes at midnight in Japan, which is 15:00 UTC."""
    assert tokyo_day(datetime(2024, 5, 26, 14, 59, 59, tzinfo=UTC)) == date(2024, 5, 26)
    assert tokyo_day(datetime(2024, 5, 26, 15, 0, tzinfo=UTC)) == date(2024, 5, 27)
    west = datetime(2024, 5, 26, 7, 0, tzinfo=timezone(timedelta(hours=-8)))
    assert tokyo_day(west) == date(2024, 5, 27)


def test_naive_times_are_refused() -> None:
    """An instant without a time zone has no day in Tokyo and is refused."""
    naive = datetime(2024, 5, 27)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        tokyo_day(naive)
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(naive)


def test_clocks_tell_utc() -> None:
    """The system's clock is aware, in UTC, and shifted by its offset; a manual one stands still."""
    shifted = SystemClock(3600).now() - SystemClock().now()
    assert timedelta(seconds=3599) < shifted < timedelta(seconds=3601)
    assert SystemClock().now().tzinfo is UTC
    clock = ManualClock(datetime(2025, 1, 1, tzinfo=UTC))
    clock.advance(90)
    assert clock.now() == clock.now() == datetime(2025, 1, 1, 0, 1, 30, tzinfo=UTC)


def test_randomness_has_the_asked_length() -> None:
    """System randomness gives exactly the bytes asked for, new ones each time, within bounds."""
    assert len(system_randomness(32)) == 32
    assert system_randomness(32) != system_randomness(32)
    for count in (0, -1, 70_000):
        with pytest.raises(ValueError, match="random bytes"):
            system_randomness(count)
    assert fraction(bytes) == 0
    assert 0.999 < fraction(lambda n: b"\xff" * n) < 1


class Inner(Config):
    port: int


class Sample(Config):
    role: str
    key: Path
    peers: tuple[Inner, ...] = ()
    offset_seconds: float = 0


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "role.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_configuration_is_typed(tmp_path: Path) -> None:
    """A file becomes one frozen struct, with relative paths read from the file's folder."""
    text = 'role = "linkage"\nkey = "keys/tls.key"\n[[peers]]\nport = 7\n'
    sample = load(write(tmp_path, text), Sample)
    assert sample == Sample(role="linkage", key=tmp_path / "keys/tls.key", peers=(Inner(port=7),))
    with pytest.raises(AttributeError):
        sample.role = "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('role = "a"\nkey = "k"\nrolle = 1', "unknown key rolle"),
        ('role = "a"\nkey = "k"\n[[peers]]\nport = 1\nprot = 2', r"unknown key peers\[0\]\.prot"),
        ('key = "k"', "key role is missing"),
        ('role = 5\nkey = "k"', "key role: Expected `str`"),
        ('role = "a"\nkey = ""', "key key: Expected a path"),
        ('role = "a"\nkey = 4', "key key: Expected `Path`"),
        ('role = "a"\nkey = "k"\n[[peers]]\nport = "x"', r"key peers\[0\]\.port"),
        ("role = ", "is not TOML"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    """A wrong configuration is refused with the file, the key and what to do."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load(path, Sample)
    assert str(path) in str(caught.value)


def test_unreadable_configurations_are_refused(tmp_path: Path) -> None:
    """A missing file, one that is not UTF-8 and one that is far too large are errors with names."""
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml", Sample)
    path = tmp_path / "role.toml"
    path.write_bytes(b"role = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path, Sample)
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load(path, Sample)


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress never touches standard output, and says nothing when quiet."""
    progress = Progress()
    with progress.step("building"):
        progress.say("half")
    Progress(quiet=True).say("nothing")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[:2] == ["building …", "half"]
    assert "nothing" not in captured.err


def test_progress_shows_a_failed_step() -> None:
    """A step that raises is shown as failed and still raises."""
    stream = io.StringIO()

    def failing() -> None:
        with Progress(stream=stream).step("starting"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert "starting: failed after" in stream.getvalue()
