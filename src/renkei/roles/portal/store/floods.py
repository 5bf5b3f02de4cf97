"""Finding who asks about one person without end (過剰な照会の検出).

Only accounts with as many lines as make a flood are looked into: all others cost nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.roles.portal.rules import FLOOD_LOOK_LINES, FLOOD_WITHIN, is_flood
from renkei.roles.portal.store import findings
from renkei.roles.portal.store.tables import LINE

DETAIL: Final = "{lines} requests of one inquirer about one person within {hours} hours."
_LATELY: Final = sa.select(LINE.c.names).where(
    LINE.c.account == sa.bindparam("account"),
    LINE.c.number > sa.bindparam("after"),
    LINE.c.number <= sa.bindparam("last"),
    LINE.c.filed_at > sa.bindparam("since"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line about to be filed: whose request it is, its leaf, the signed request."""

    requester: str
    leaf: int
    request: str | None


def report(
    connection: Connection, account: int, before: int, new: Sequence[Asked], now: datetime
) -> None:
    """A finding for each inquirer that reaches the limit with these lines of an account.

    `before` is how many lines the account had. The evidence is the newest request, signed.
    """
    part = {
        "account": account,
        "after": max(0, before - FLOOD_LOOK_LINES),
        "last": before,
        "since": now - FLOOD_WITHIN,
    }
    earlier = Counter(names[0].id for (names,) in connection.execute(_LATELY, part))
    newest = {one.requester: one for one in new}
    for requester, count in Counter(one.requester for one in new).items():
        total = earlier[requester] + count
        if is_flood(earlier[requester], total):
            text = DETAIL.format(lines=total, hours=FLOOD_WITHIN // timedelta(hours=1))
            last = newest[requester]
            found = findings.New("flood", last.leaf, (requester,), text)
            findings.add(connection, found, last.request, now)
