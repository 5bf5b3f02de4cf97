"""Who works alone for a party where several processes have its database (単独作業の席).

At most one process holds the seat. Each time that it takes it begins a term of its own, a number
above 0. A write that is made in a term happens in that term or not at all: the engine compares
when the write has the writers' lock, in the session that holds the seat.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from renkei.kit.database.errors import DatabaseError

_TERM: Final[ContextVar[int | None]] = ContextVar("term", default=None)


class Deposed(DatabaseError):
    """This process does not, or no longer, work alone; nothing was written."""


class Seat(Protocol):
    """What says whether this process is the one that works alone."""

    @property
    def term(self) -> int:
        """The number of the term that runs, 0 while another process has the seat."""
        ...


@contextmanager
def in_term(term: int | None) -> Iterator[None]:
    """Whatever is written in this block, or by tasks begun in it, belongs to a term (None: no)."""
    before = _TERM.set(term)
    try:
        yield
    finally:
        _TERM.reset(before)


def term_of_work() -> int | None:
    """The term that what is written now belongs to; None where any process may write it."""
    return _TERM.get()


def check_term(wanted: int | None, held: int) -> None:
    """Raise Deposed where work of one term would be written in another, or in none."""
    if wanted is not None and wanted != held:
        raise Deposed("another process works alone for this party now: nothing was written")
