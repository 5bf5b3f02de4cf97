"""Who may use individual numbers, and so acquire codes, for which affair (法9条, 別表)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.bodies import UnknownNameError, body, narrower_bodies
from renkei.law.decision import Decision

ARTICLE: Final = "法第9条第1項・別表"
FORMER_TABLE: Final = "法旧別表第一"
HELD_FROM: Final = date(2024, 5, 27)  # 令和5年法律第48号: 別表第一 became 別表


class _Row(msgspec.Struct, frozen=True, gc=False):
    valid_from: date
    valid_to: date | None
    bodies: frozenset[str]


@cache
def _rows() -> Mapping[str, _Row]:
    return {
        number: _Row(
            row.valid_from,
            row.valid_to,
            frozenset(b for kind in (*row.bodies, *row.delegates) for b in narrower_bodies(kind)),
        )
        for number, row in tables.use_rows().items()
    }


def may_use(body_kind: str, affair: str, day: date) -> Decision:
    """Whether `body_kind` may use individual numbers for row `affair` of the use table (法9条1項).

    The same answer governs the acquisition of codes (法21条の2). Raises `UnknownNameError`.
    """
    using = body(body_kind)
    row = _rows().get(affair)
    if row is None:
        raise UnknownNameError(f"the use table has no row {affair!r}; its rows are 1 to 137")
    if day < HELD_FROM:
        return Decision(False, FORMER_TABLE, None, "table-not-held")
    kind = tables.kinds()[using]
    if kind.use_from is not None and day < kind.use_from:
        return Decision(False, kind.use_source, affair, "not-yet-in-force")
    if day < row.valid_from:
        return Decision(False, ARTICLE, affair, "not-yet-in-force")
    if row.valid_to is not None and day > row.valid_to:
        return Decision(False, ARTICLE, affair, "no-longer-in-force")
    if using not in row.bodies:
        return Decision(False, ARTICLE, affair, "use-not-in-table")
    return Decision(True, ARTICLE, affair, "permitted")
