"""Telling what an operator can mend from every other failure: a full disk, a server that is away.

Sources: https://www.sqlite.org/rescode.html,
https://www.postgresql.org/docs/15/errcodes-appendix.html.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from renkei.kit.limits import StorageAway, StorageFull, TurnedAway

# Out of space is SQLITE_FULL. A quota or a limit on file sizes (EDQUOT, EFBIG) is an I/O error to
# SQLite: of writing, of growing the file shared in memory, of preallocating.
_FULL: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
    }
)
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_STATE: Final = "53100"
_AWAY_STATES: Final = ("08", "57P0", "53300", "55P03", "25P03")
"""SQLSTATEs, by their beginnings: connection lost, server stopping, no connection left, no lock in
time, a session ended for standing still in its transaction."""
_DEPTH: Final = 8


def told(error: BaseException) -> BaseException:
    """The error itself, or what the operator can mend where that is behind it, however deep."""
    cause: BaseException | None = error
    for _ in range(_DEPTH):
        if cause is None:
            return error
        found = _mendable(cause)
        if found is not None:
            found.__cause__ = error
            return found
        cause = getattr(cause, "orig", None) or cause.__cause__
    return error


def _mendable(error: BaseException) -> TurnedAway | None:
    if isinstance(error, sqlite3.Error):
        return StorageFull() if getattr(error, "sqlite_errorcode", None) in _FULL else None
    if isinstance(error, OSError):
        return StorageFull() if error.errno in _NO_SPACE else None
    if hasattr(error, "sqlstate"):
        return _by_state(error, error.sqlstate)
    return None


def _by_state(error: BaseException, state: str | None) -> TurnedAway | None:
    if state == _FULL_STATE:
        return StorageFull()
    if state is None:
        # The driver's own word: the connection is gone, whatever the server would have said.
        return StorageAway() if type(error).__name__ == "OperationalError" else None
    return StorageAway() if state.startswith(_AWAY_STATES) else None
