"""What runs out is said before it does: the directory, the own certificate (稼働状況)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from inprocess import built
from running import RESIDENTS, RunningCountry
from typer.testing import CliRunner

from renkei.cli import app
from renkei.kit.certificates import held_until
from renkei.kit.config import ConfigError
from renkei.run.health import ask, ending
from renkei.sandbox.building import open_existing

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
FAR = datetime.now(UTC) + timedelta(days=60)


@dataclass
class Holding:
    """A party as far as its alarms look at it."""

    directory_ends_at: datetime | None

    def now(self) -> datetime:
        """Its clock."""
        return NOW


def told(directory: timedelta | None, certificate: datetime = FAR) -> list[tuple[str, int]]:
    """The alarms of a party whose directory holds that long."""
    party: Any = Holding(None if directory is None else NOW + directory)
    return [(one.kind, one.count) for one in ending(party, certificate)()]


def test_the_days_left_are_an_alarm_when_they_are_few() -> None:
    """A week before the directory ends, and when it has ended, there is an alarm with the days."""
    assert told(timedelta(days=8)) == []
    assert told(None) == []
    assert told(timedelta(days=6, hours=23)) == [("directory-ends", 6)]
    assert told(timedelta(hours=-1)) == [("directory-ends", 0)]
    soon = datetime.now(UTC) + timedelta(days=3, hours=1)
    assert told(timedelta(days=8), soon) == [("certificate-ends", 3)]


def test_until_when_a_certificate_holds() -> None:
    """The end of a certificate is read from it; outside its time it is none."""
    country = open_existing(built(RESIDENTS))
    config = country.config("linkage")
    now = datetime.now(UTC)
    ends = held_until(config.tls.certificate, now)
    assert timedelta(days=80) < ends - now <= timedelta(days=90)
    for moment in (ends, now - timedelta(days=30)):
        with pytest.raises(ConfigError, match="have another one issued"):
            held_until(config.tls.certificate, moment)


async def test_health_says_what_is_left(country: RunningCountry) -> None:
    """Every process says until when its directory and its certificate hold."""
    health = await ask(country.country.config("linkage"))
    assert health.directory_ends_at is not None
    assert timedelta(days=10) < health.directory_ends_at - health.now <= timedelta(days=30)
    assert health.certificate_ends_at is not None
    assert health.certificate_ends_at > datetime.now(UTC)


def test_status_says_the_days(country: RunningCountry) -> None:
    """`renkei status` shows for each process for how many days its directory is in force."""
    done = CliRunner().invoke(app, ["status", "--folder", str(country.folder)])
    lines = [line for line in done.output.splitlines() if not line.startswith(" ")]
    assert lines
    assert all("directory for " in line and " more days" in line for line in lines)
