"""Who may use individual numbers, and so acquire codes, for which affair (法9条, 別表)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.bodies import UnknownNameError, body, narrower_bodies
from renkei.law.decision_and_reasons import Decision

ARTICLE: Final = "法第9条第1項・別表"
QUASI_ARTICLE: Final = "法第9条第1項（準法定事務）・令第8条"
FORMER_TABLE: Final = "法旧別表第一"
HELD_FROM: Final = date(2024, 5, 27)  # 令和5年法律第48号: 別表第一 became 別表
FAMILY_REGISTER: Final = "family-register"
"""The one use that stands in the Act itself and in no row: codes of the family register."""
FAMILY_REGISTER_ARTICLE: Final = "法第9条第3項"
FAMILY_REGISTER_BODY: Final = "minister-of-justice"
DOMICILE_ARTICLE: Final = "法第21条の2第2項・令第27条の2"
DOMICILE_BODY: Final = "municipality-mayor"


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

    The same answer governs the acquisition of codes (法21条の2). `FAMILY_REGISTER` in place of a
    row is the Minister of Justice's own ground (法9条3項). Raises `UnknownNameError`.
    """
    using = body(body_kind)
    if affair == FAMILY_REGISTER:
        allowed = using == FAMILY_REGISTER_BODY
        reason = "permitted" if allowed else "use-not-in-table"
        return Decision(allowed, FAMILY_REGISTER_ARTICLE, None, reason)
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


def may_acquire(sender: str, affair: str, day: date, on_behalf_of: str | None = None) -> Decision:
    """Whether a body may have J-LIS fill an acquisition number, for itself or another (令27条の2).

    Kinds of body. The Minister of Justice acquires the codes of the family register only through
    the mayor of the registered domicile, and a mayor sends numbers on for nobody else
    (法21条の2第2項). Raises `UnknownNameError`.
    """
    if on_behalf_of is None:
        decision = may_use(sender, affair, day)
        if decision.allowed and affair == FAMILY_REGISTER:
            return Decision(False, DOMICILE_ARTICLE, None, "through-domicile-only")
        return decision
    if affair != FAMILY_REGISTER or body(sender) not in narrower_bodies(DOMICILE_BODY):
        return Decision(False, DOMICILE_ARTICLE, None, "not-on-behalf")
    return may_use(on_behalf_of, affair, day)


def may_use_quasi_statutory(body_kind: str, provision_row: str, day: date) -> Decision:
    """Whether `body_kind` may use numbers for a quasi-statutory affair (準法定事務, 法9条1項).

    Such affairs rest on notices, not on an act of their own (令8条); here they are the rows of
    the provision table marked so (161 and after), and the bodies those rows name.
    """
    using = body(body_kind)
    row = tables.provision_rows().get(provision_row)
    if row is None:
        raise UnknownNameError(f"no row of the provision table is called {provision_row!r}")
    if day < HELD_FROM:
        return Decision(False, FORMER_TABLE, None, "table-not-held")
    if not row.quasi_statutory:
        return Decision(False, QUASI_ARTICLE, provision_row, "use-not-in-table")
    if day < row.valid_from:
        return Decision(False, QUASI_ARTICLE, provision_row, "not-yet-in-force")
    if row.valid_to is not None and day > row.valid_to:
        return Decision(False, QUASI_ARTICLE, provision_row, "no-longer-in-force")
    if not any(using in narrower_bodies(kind) for kind in row.requesters):
        return Decision(False, QUASI_ARTICLE, provision_row, "use-not-in-table")
    return Decision(True, QUASI_ARTICLE, provision_row, "permitted")
