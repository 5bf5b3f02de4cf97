"""Who is signed in: one mechanism for every door where people come in (セッション).

A session is a random token in the browser and what it stands for in this process's memory: it ends
with the process, by signing out, by signing in as somebody else, after a time without use, and
after its longest time whatever happens. Signing in never fails for want of room. Where room is
short the one who takes most of it gives way, first with sessions that were opened and never used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Generic, TypeVar

Who = TypeVar("Who")
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Bounds of the sessions of one door; units last."""

    idle_seconds: int = 30 * 60
    """After this time without use a session ends."""
    longest_seconds: int = 4 * 60 * 60
    """After this time it ends even in use: somebody else may sit there by now."""
    warning_seconds: int = 10 * 60
    """From this time before its longest time a page warns that use no longer helps."""
    sessions_per_client: int = 100
    """One address: a desk, a household, or a building behind one address."""
    sessions: int = 5_000


@dataclass(frozen=True, slots=True)
class Session(Generic[Who]):
    """Somebody signed in: as whom, until when, and what they may do besides (閲覧者)."""

    token: str
    who: Who
    ends_at: datetime
    """When it ends if it is not used again."""
    ends_at_latest: datetime
    grants: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Session(ends_at={self.ends_at.isoformat()})"


@dataclass(slots=True)
class _Held(Generic[Who]):
    session: Session[Who]
    client: str
    used: bool = False


class Sessions(Generic[Who]):
    """All sessions of one door (セッション管理)."""

    def __init__(
        self,
        now: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        limits: SessionLimits | None = None,
    ) -> None:
        self._now = now
        self._randomness = randomness
        self.limits = limits or SessionLimits()
        self._held: dict[bytes, _Held[Who]] = {}  # in the order of their last use

    def __len__(self) -> int:
        return len(self._held)

    def open(
        self, who: Who, client: str, *, instead_of: str = "", grants: frozenset[str] = frozenset()
    ) -> Session[Who]:
        """Sign somebody in; the session the same browser had before ends (ログイン).

        `client` is the address they come from. The token is new, whatever the browser sent.
        """
        self.end(instead_of)
        self._drop_ended()
        self._make_room(client)
        now = self._now()
        latest = now + timedelta(seconds=self.limits.longest_seconds)
        token = self._randomness(TOKEN_BYTES).hex()
        session = Session(token, who, self._until(now, latest), latest, grants)
        self._held[_key(token)] = _Held(session, client)
        return session

    def find(self, token: str) -> Session[Who] | None:
        """The session a token stands for, unless it has ended; looking is not using."""
        held = self._held.get(_key(token))
        if held is None or held.session.ends_at <= self._now():
            return None
        return held.session

    def use(self, token: str) -> Session[Who] | None:
        """The session a token stands for, now that it is used: its end moves on (延長)."""
        session = self.find(token)
        if session is None:
            return None
        held = self._held.pop(_key(token))
        held.session = replace(session, ends_at=self._until(self._now(), session.ends_at_latest))
        held.used = True
        self._held[_key(token)] = held  # last in the order
        return held.session

    def end(self, token: str) -> None:
        """Sign out; twice is the same as once (ログアウト)."""
        self._held.pop(_key(token), None)

    def _until(self, now: datetime, latest: datetime) -> datetime:
        return min(now + timedelta(seconds=self.limits.idle_seconds), latest)

    def _drop_ended(self) -> None:
        now = self._now()
        self._held = {key: one for key, one in self._held.items() if one.session.ends_at > now}

    def _make_room(self, client: str) -> None:
        shares = Counter(held.client for held in self._held.values())
        if shares[client] >= self.limits.sessions_per_client:
            self._give_way(client)
        elif len(self._held) >= self.limits.sessions:
            self._give_way(max(shares, key=lambda one: shares[one]))

    def _give_way(self, client: str) -> None:
        """End one session of a client: the oldest that was never used, else the least used."""
        own = [(held.used, key) for key, held in self._held.items() if held.client == client]
        del self._held[min(own, key=lambda one: one[0])[1]]  # the first of its kind in the order


def _key(token: str) -> bytes:
    """Sessions are found by a digest: how long a comparison takes tells nothing of a token."""
    return sha256(token.encode()).digest()
