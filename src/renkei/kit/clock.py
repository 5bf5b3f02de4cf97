"""The time of day as a parameter; only this module asks the machine for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, shifted by a fixed offset.

    The offset lets the processes of one sandbox share a made-up date; ``run`` refuses it in a
    production profile.
    """

    def __init__(self, offset_seconds: float = 0) -> None:
        self._offset = timedelta(seconds=offset_seconds)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC) + self._offset


class ManualClock:
    """A clock for tests that stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self._instant = _aware(instant)

    def now(self) -> datetime:
        """Return the instant it was last set to, aware, in UTC."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Move to ``instant``, forwards or backwards."""
        self._instant = _aware(instant)

    def advance(self, seconds: float) -> None:
        """Move by ``seconds``."""
        self._instant += timedelta(seconds=seconds)


def tokyo_day(instant: datetime) -> date:
    """Return the calendar day in Japan on which ``instant`` falls: the day the law is read at."""
    return _aware(instant).astimezone(TOKYO).date()


def tokyo_midnight(day: date) -> datetime:
    """Return the instant at which a calendar day in Japan begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone: a naive one has no day in Tokyo")
    return instant.astimezone(UTC)
