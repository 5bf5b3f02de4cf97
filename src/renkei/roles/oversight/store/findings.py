"""Findings, each with its evidence, and counted by kind and parties (指摘事項).

What is counted stands in rows of its own, one for all findings of a kind that the same parties can
have made: a summary costs the same for three and for three million.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.kit.clock import tokyo_day
from renkei.kit.database.statements import Prepared
from renkei.roles.oversight.rules.culprits import Finding
from renkei.roles.oversight.rules.grounds import ROWS
from renkei.roles.oversight.store.tables import FINDING, FINDINGS

DETAIL_CHARACTERS_LIMIT: Final = 500
SUBJECT_CHARACTERS_LIMIT: Final = 200
KEPT_A_DAY: Final = 100
"""Findings of one kind and parties whose evidence is kept in one day; later ones are counted, and
stand in the list without it."""
GROUPS_LIMIT: Final = 200
"""Groups of one kind where only that kind is asked for, the newest first."""
GROUPS_OF_A_KIND: Final = 20
"""Groups of each kind in the summary of all."""
FINDINGS_LIMIT: Final = 1_000
_REPORTED: Final = ("unassigned", "record-departs", "records-differ")
"""What a report of the portal about a leaf can come to, where it is not the portal's own lie."""
_REPORT: Final = Prepared(
    sa.select(FINDING.c.number)
    .where(
        sa.or_(*(FINDING.c.kind == kind for kind in _REPORTED)),
        FINDING.c.about == sa.bindparam("about"),
    )
    .limit(sa.literal(1, sa.Integer))
)
_LOST: Final = Prepared(
    sa.select(FINDING.c.about)
    .where(FINDING.c.kind == "lines-lost")
    .limit(sa.literal(FINDINGS_LIMIT, sa.Integer))
)
_ABOUT: Final = (
    sa.select(FINDING.c.number, FINDING.c.possible, FINDING.c.kept)
    .where(FINDING.c.kind == sa.bindparam("kind"), FINDING.c.about == sa.bindparam("about"))
    .order_by(FINDING.c.number)
)
_COUNTED: Final = ("count", "kept", "last_at", "newest", "day", "kept_on_day")
_INSERT: Final = FINDING.insert()
_NEW_GROUP: Final = FINDINGS.insert()
_SAME: Final = (
    FINDINGS.c.kind == sa.bindparam("of_kind"),
    FINDINGS.c.possible == sa.bindparam("of"),
)
_REGROUP: Final = (
    FINDINGS.update().where(*_SAME).values({name: sa.bindparam(f"new_{name}") for name in _COUNTED})
)
_GROUP: Final = sa.select(FINDINGS).where(*_SAME)
_UNGROUP: Final = FINDINGS.delete().where(*_SAME)
_FIRST: Final = FINDINGS.update().where(*_SAME).values(first_at=sa.bindparam("new_first_at"))
_IN_GROUP: Final = sa.select(
    sa.func.count().label("all"),
    sa.func.min(FINDING.c.found_at).label("first"),
    sa.func.max(FINDING.c.found_at).label("last"),
    sa.func.max(FINDING.c.number).label("newest"),
    sa.func.sum(sa.case((FINDING.c.kept, 1), else_=0)).label("kept"),
).where(FINDING.c.kind == sa.bindparam("of_kind"), FINDING.c.possible == sa.bindparam("of"))


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it stands in the list; evidence as text: signed notes and messages are text."""

    number: int
    kind: str
    possible: list[str]
    """Who can have done it, each alone."""
    excluded: list[str]
    """Who cannot, alone."""
    why: str
    """Why these and not those; empty for findings from before it was said."""
    subject: str
    detail: str
    found_at: datetime
    evidence: list[str]
    evidence_kept: bool
    """False where the evidence was left out, for there were too many such findings that day."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one kind that the same parties can have made (指摘事項の集計)."""

    kind: str
    possible: list[str]
    count: int
    with_evidence: int
    first_at: datetime
    last_at: datetime
    newest_subject: str
    newest_number: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, grouped; of a kind with very many groups the newest (総括)."""

    count: int
    kinds: dict[str, int]
    groups: list[Group]
    more_groups: int
    """Groups that are not shown."""


# -- writing -----------------------------------------------------------------------------------


def add(connection: Connection, finding: Finding, now: datetime) -> bool:
    """Write a finding; False where it stands there already.

    The same kind and subject with the same parties is one finding. Where a later look leaves fewer
    who can have done it, the finding says so from then on; where it points to others, it is
    another one.
    """
    about, wanted = finding.subject[:SUBJECT_CHARACTERS_LIMIT], list(finding.possible)
    named = {"kind": finding.kind, "about": about}
    rows = connection.execute(_ABOUT, named).all()
    if any(set(row.possible) == set(wanted) for row in rows):
        return False
    for row in rows:
        if set(wanted) < set(row.possible):
            _sharpen(connection, row, finding, now)
            return True
    group = (finding.kind, wanted)
    joined = connection.execute(_GROUP, _group(group)).one_or_none()
    kept = _has_room(joined, now)
    values = _row(finding, kept=kept)
    values["subject"] = about if not rows else _numbered(about, len(rows) + 1)
    number = connection.execute(
        _INSERT, values | {"about": about, "found_at": now}
    ).inserted_primary_key
    assert number is not None
    _count(connection, group, (joined, int(number[0])), now, kept=kept)
    return True


def _group(group: tuple[str, list[str]]) -> dict[str, Any]:
    return {"of_kind": group[0], "of": group[1]}


def _row(finding: Finding, *, kept: bool) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "possible": list(finding.possible),
        "excluded": list(finding.excluded),
        "ground": finding.ground.name,
        "evidence": finding.evidence if kept else (),
        "kept": kept,
        "detail": finding.detail[:DETAIL_CHARACTERS_LIMIT],
    }


def _numbered(about: str, number: int) -> str:
    ending = f" ({number})"
    return about[: SUBJECT_CHARACTERS_LIMIT - len(ending)] + ending


def _sharpen(connection: Connection, row: sa.Row[Any], finding: Finding, now: datetime) -> None:
    """Fewer parties can have done it: the finding moves to their group, with the new evidence."""
    before, after = list(row.possible), (finding.kind, list(finding.possible))
    joined = connection.execute(_GROUP, _group(after)).one_or_none()
    kept = _has_room(joined, now)
    update = FINDING.update().where(FINDING.c.number == row.number)
    connection.execute(update.values(**_row(finding, kept=kept)))
    _recount(connection, (finding.kind, before))
    _count(connection, after, (joined, row.number), now, kept=kept)


def _has_room(group: sa.Row[Any] | None, now: datetime) -> bool:
    """Whether the evidence of one more finding of a group is kept today."""
    return group is None or group.day != _day(now) or group.kept_on_day < KEPT_A_DAY


def _day(now: datetime) -> str:
    return tokyo_day(now).isoformat()


def _count(
    connection: Connection,
    group: tuple[str, list[str]],
    finding: tuple[sa.Row[Any] | None, int],
    now: datetime,
    *,
    kept: bool,
) -> None:
    """Count one more finding of a group: the group's row, if it has one, and the number."""
    (row, number), day = finding, _day(now)
    counted: dict[str, Any] = {"count": 1, "kept": int(kept), "last_at": now, "newest": number}
    counted |= {"day": day, "kept_on_day": int(kept)}
    if row is None:
        named = {"kind": group[0], "possible": group[1], "first_at": now}
        connection.execute(_NEW_GROUP, named | counted)
        return
    counted["count"] += row._mapping["count"]
    counted["kept"] += row.kept
    counted["newest"] = max(number, row.newest)
    counted["kept_on_day"] += row.kept_on_day if row.day == day else 0
    connection.execute(_REGROUP, _group(group) | _new(counted))


def _new(values: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": one for name, one in values.items()}


def _recount(connection: Connection, group: tuple[str, list[str]]) -> None:
    """Count a group anew that has lost a finding to another one."""
    of = _group(group)
    left, row = connection.execute(_IN_GROUP, of).one(), connection.execute(_GROUP, of).one()
    if not left.all:
        connection.execute(_UNGROUP, of)
        return
    counted = {"count": left.all, "kept": left.kept, "last_at": left.last, "newest": left.newest}
    counted |= {"day": row.day, "kept_on_day": row.kept_on_day}
    connection.execute(_REGROUP, of | _new(counted))
    connection.execute(_FIRST, of | {"new_first_at": left.first})


# -- reading -----------------------------------------------------------------------------------


def every(
    connection: Connection,
    after: int = 0,
    limit: int = FINDINGS_LIMIT,
    *,
    kind: str | None = None,
    party: str | None = None,
) -> list[Found]:
    """Findings in order of their numbers, at most `limit` after a number.

    Only those of a kind, and only those that a party can have made, where these are given.
    """
    query = FINDING.select().where(FINDING.c.number > after)
    if kind is not None:
        query = query.where(FINDING.c.kind == kind)
    if party is not None:
        query = query.where(_names(FINDING.c.possible, party))
    query = query.order_by(FINDING.c.number).limit(min(limit, FINDINGS_LIMIT))
    return [_found(row) for row in connection.execute(query)]


def _found(row: sa.Row[Any]) -> Found:
    known = ROWS.get(row.ground) if row.ground is not None else None
    return Found(
        number=row.number,
        kind=row.kind,
        possible=row.possible,
        excluded=row.excluded,
        why=known.why if known is not None else "",
        subject=row.subject,
        detail=row.detail,
        found_at=row.found_at,
        evidence=[one.decode("utf-8", "backslashreplace") for one in row.evidence],
        evidence_kept=row.kept,
    )


def _names(column: sa.Column[Any], party: str) -> sa.ColumnElement[bool]:
    """Whether a list of parties, as it is stored, has this one."""
    return sa.type_coerce(column, sa.Text).contains(f'"{party}"', autoescape=True)


def summary(
    connection: Connection, *, kind: str | None = None, party: str | None = None
) -> Summary:
    """All findings, grouped by kind and parties, so that many of one bury no other.

    Only of a kind, and only those that a party can have made, where these are given.
    """
    wanted = [] if kind is None else [FINDINGS.c.kind == kind]
    wanted += [] if party is None else [_names(FINDINGS.c.possible, party)]
    total, number = sa.func.sum(FINDINGS.c.count).label("total"), sa.func.count().label("groups")
    counted = sa.select(FINDINGS.c.kind, total, number).where(*wanted).group_by(FINDINGS.c.kind)
    rows = connection.execute(counted.order_by(FINDINGS.c.kind)).all()
    most = GROUPS_OF_A_KIND if kind is None else GROUPS_LIMIT
    groups = [one for row in rows for one in _groups(connection, [*wanted, _of(row.kind)], most)]
    return Summary(
        count=sum(int(row.total) for row in rows),
        kinds={row.kind: int(row.total) for row in rows},
        groups=groups,
        more_groups=sum(row.groups for row in rows) - len(groups),
    )


def _of(kind: str) -> sa.ColumnElement[bool]:
    return FINDINGS.c.kind == kind


def _groups(
    connection: Connection, wanted: Sequence[sa.ColumnElement[bool]], most: int
) -> list[Group]:
    newest = FINDINGS.join(FINDING, FINDING.c.number == FINDINGS.c.newest)
    query = sa.select(FINDINGS, FINDING.c.subject).select_from(newest).where(*wanted)
    return [
        Group(
            kind=row.kind,
            possible=row.possible,
            count=row._mapping["count"],
            with_evidence=row.kept,
            first_at=row.first_at,
            last_at=row.last_at,
            newest_subject=row.subject,
            newest_number=row.newest,
        )
        for row in connection.execute(query.order_by(FINDINGS.c.newest.desc()).limit(most))
    ]


def count(connection: Connection) -> int:
    """How many findings there are."""
    found = connection.execute(sa.select(sa.func.sum(FINDINGS.c.count))).scalar_one()
    return int(found or 0)


def is_reported(connection: Connection, leaf: int) -> bool:
    """Whether the portal has reported a leaf, and that was not found to be its own lie."""
    return _REPORT.one(connection, {"about": f"leaf {leaf}"}) is not None


def is_said_lost(connection: Connection, leaf: int) -> bool:
    """Whether the portal has said that it lost lines from this leaf or an earlier one on."""
    starts = _LOST.all(connection)
    return any(int(one.rpartition(" ")[2]) <= leaf for (one,) in starts)
