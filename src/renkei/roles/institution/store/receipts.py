"""Receipts owed to the network (受領・提供の通知の送信箱)."""

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.institution.store.tables import RECEIPT
from renkei.wire.messages.exchange import Receipt


def owe(connection: Connection, receipt: Receipt) -> None:
    """Put a receipt into the outbox; one per exchange and side."""
    connection.execute(
        RECEIPT.insert().values(
            requester=receipt.requester,
            tx=receipt.tx,
            outcome=receipt.outcome,
            digest=receipt.digest,
            commitment=receipt.commitment,
            state="owed",
        )
    )


def owed(connection: Connection, limit: int) -> list[Receipt]:
    """Receipts not noted by the network yet, oldest first."""
    query = RECEIPT.select().where(RECEIPT.c.state == "owed").order_by(RECEIPT.c.tx).limit(limit)
    names = ("requester", "tx", "outcome", "digest", "commitment")
    return [
        Receipt(**{name: row._mapping[name] for name in names}) for row in connection.execute(query)
    ]


def settle(connection: Connection, keys: list[tuple[str, str]], state: str) -> None:
    """Mark receipts `noted` or `rejected`; keys are requester and tx."""
    if keys:
        connection.execute(
            RECEIPT.update()
            .where(sa.tuple_(RECEIPT.c.requester, RECEIPT.c.tx).in_(keys))
            .values(state=state)
        )
