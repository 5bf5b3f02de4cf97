"""Receipts owed to the network (受領・提供の通知の送信箱)."""

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from renkei.kit.database.statements import Prepared
from renkei.roles.institution.store.tables import RECEIPT
from renkei.wire.linkage.permit import Receipt

_OWE: Final = Prepared(RECEIPT.insert())
_OWED: Final = (
    sa.select(*(RECEIPT.c[name] for name in Receipt.__struct_fields__))
    .where(RECEIPT.c.state == "owed")
    .order_by(RECEIPT.c.tx)
    .limit(bindparam("most"))
)
_SETTLE: Final = Prepared(
    RECEIPT.update()
    .where(RECEIPT.c.requester == bindparam("of"), RECEIPT.c.tx == bindparam("this"))
    .values(state=bindparam("new"))
)


def owe(connection: Connection, receipt: Receipt) -> None:
    """Put a receipt into the outbox; one per exchange and side."""
    _OWE.run(connection, {**msgspec.structs.asdict(receipt), "state": "owed"})


def owed(connection: Connection, limit: int) -> list[Receipt]:
    """Receipts not noted by the network yet, oldest first."""
    return [Receipt(**row._mapping) for row in connection.execute(_OWED, {"most": limit})]


def settle(connection: Connection, keys: list[tuple[str, str]], state: str) -> None:
    """Mark receipts `noted` or `rejected`; keys are requester and tx."""
    if keys:
        rows = [{"of": requester, "this": tx, "new": state} for requester, tx in keys]
        _SETTLE.run_all(connection, rows)
