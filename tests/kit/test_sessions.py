"""Sessions: they end by themselves, by signing out and by another sign-in; nobody is shut out."""

from datetime import UTC, datetime, timedelta

import pytest

from renkei.kit.pages.sessions import SessionLimits, Sessions
from renkei.kit.randomness import system_randomness

LIMITS = SessionLimits(
    idle_seconds=1_800, longest_seconds=7_200, sessions_per_client=10, sessions=30
)


class Clock:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 7, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The time it is."""
        return self.at

    def later(self, minutes: float) -> None:
        """Let minutes pass."""
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions[str]:
    """Sessions with small limits."""
    return Sessions(clock.now, system_randomness, LIMITS)


def test_use_puts_the_end_off(sessions: Sessions[str], clock: Clock) -> None:
    """A session lives half an hour from its last use, not from the sign-in."""
    token = sessions.open("a", "home").token
    clock.later(29)
    assert sessions.use(token) is not None
    clock.later(29)
    assert sessions.use(token) is not None
    clock.later(30)
    assert sessions.use(token) is None
    assert sessions.find(token) is None


def test_looking_is_not_using(sessions: Sessions[str], clock: Clock) -> None:
    """Finding out who is signed in does not keep them signed in."""
    token = sessions.open("a", "home").token
    clock.later(29)
    assert sessions.find(token) is not None
    clock.later(1)
    assert sessions.find(token) is None


def test_the_longest_time_holds_in_use(sessions: Sessions[str], clock: Clock) -> None:
    """However busy, a session ends after its longest time, and says so from the last use on."""
    opened = sessions.open("a", "home")
    for _ in range(7):
        clock.later(15)
        session = sessions.use(opened.token)
        assert session is not None
    assert session.ends_at == session.ends_at_latest == opened.ends_at_latest
    clock.later(15)
    assert sessions.use(opened.token) is None


def test_signing_in_again_ends_the_first_session(sessions: Sessions[str]) -> None:
    """Who looks as somebody else no longer holds the first one's session, under a new token."""
    first = sessions.open("a", "home").token
    second = sessions.open("b", "home", instead_of=first).token
    assert sessions.find(first) is None
    assert sessions.find(second) is not None
    assert first != second
    assert len(sessions) == 1


def test_signing_out_twice_is_once(sessions: Sessions[str]) -> None:
    """Signing out ends one session, and doing it again or with nonsense does nothing."""
    token, other = sessions.open("a", "home").token, sessions.open("b", "home").token
    for one in (token, token, "", "nonsense"):
        sessions.end(one)
    assert sessions.find(token) is None
    assert sessions.find(other) is not None


def test_a_thousand_sign_ins_of_one_browser_shut_nobody_out(sessions: Sessions[str]) -> None:
    """A browser that signs in again and again, keeping its cookie or not, costs others nothing."""
    reader = sessions.open("reader", "home").token
    kept = ""
    for _ in range(1_000):
        kept = sessions.open("restless", "café", instead_of=kept).token
    for _ in range(1_000):
        sessions.open("forgetful", "café")
    assert sessions.find(reader) is not None
    assert sessions.find(sessions.open("late", "library").token) is not None
    assert len(sessions) <= LIMITS.sessions_per_client + 2


def test_unused_sessions_give_way_first(sessions: Sessions[str]) -> None:
    """At one address a session in use outlives a thousand that were opened and never used."""
    reader = sessions.open("reader", "town hall").token
    sessions.use(reader)
    for _ in range(1_000):
        sessions.open("robot", "town hall")
    assert sessions.find(reader) is not None


def test_who_holds_most_gives_way(sessions: Sessions[str]) -> None:
    """Where all room is taken, the address with most sessions loses one, never a small one."""
    small = [sessions.open("small", f"home {n}").token for n in range(3)]
    for address in ("a", "b", "c"):
        for _ in range(9):
            sessions.open("many", address)
    assert len(sessions) == LIMITS.sessions
    last = sessions.open("last", "somewhere new").token
    assert len(sessions) == LIMITS.sessions
    assert all(sessions.find(token) is not None for token in (*small, last))


def test_a_session_does_not_show_itself(sessions: Sessions[str]) -> None:
    """Neither token nor person of a session gets into a log by accident."""
    session = sessions.open("somebody", "home")
    assert session.token not in repr(session)
    assert "somebody" not in repr(session)
