"""Roots of the portal's ledger as logged, one per log size (台帳の根)."""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.linkage.store.log import append
from renkei.roles.linkage.store.tables import LEDGER
from renkei.wire.entries import LedgerRecord, write_entry

_FIND: Final = LEDGER.select().where(LEDGER.c.log_size == sa.bindparam("size"))
_ADD: Final = LEDGER.insert()


@dataclass(frozen=True, slots=True)
class Root:
    """A root the portal names for one log size, and the sum of its accounts' counts."""

    log_size: int
    root: bytes
    exchange_entries: int


def find(connection: Connection, log_size: int) -> Root | None:
    """The root logged for a size."""
    row = connection.execute(_FIND, {"size": log_size}).one_or_none()
    return Root(row.log_size, row.root, row.exchange_entries) if row is not None else None


def add(connection: Connection, root: Root, salt: bytes) -> None:
    """Write a root and its log entry; a second root for a size breaks the primary key."""
    values: dict[str, Any] = {
        "log_size": root.log_size,
        "root": root.root,
        "exchange_entries": root.exchange_entries,
    }
    leaf = append(connection, LedgerRecord.KIND, write_entry(LedgerRecord(**values)), salt)
    connection.execute(_ADD, {**values, "leaf": leaf})
