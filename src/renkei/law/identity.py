"""Whether somebody's number and identity are verified, or what is still missing (本人確認).

Law: 法16条, 令12条, 規則1～3条, 6～11条. Facts in, answer out: each part is completed by one row of
the table or by none. What is not stated does not hold; a recognised kind needs its decision named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Final, Literal

import msgspec

from renkei.law.bodies import UnknownNameError
from renkei.law.identity_tables import (
    MOVED_ABROAD,
    PARTS,
    Agreement,
    Agrees,
    Channel,
    Member,
    Part,
    Way,
    Who,
    Whose,
    circumstances,
    evidence,
    ways,
)
from renkei.law.in_force import in_force

Reason = Literal["verified", "still-missing", "day-not-held"]
Why = Literal[
    "not-of-this-case",
    "not-valid",
    "issue-day-not-stated",
    "issued-on-another-day",
    "decision-not-named",
    "copy-not-enough",
    "does-not-agree",
    "circumstance-not-stated",
]
"""Why a paper or measure that was given completes nothing."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper that was shown or sent, or a measure that was taken (提示・措置).

    `valid` on the day; `agrees`: what was compared and found equal; `decision`: which decision of a
    body that uses numbers recognises the kind; `label` tells two papers of one kind apart.
    """

    kind: str
    valid: bool
    agrees: frozenset[Agrees]
    whose: Whose = "person"
    copy: bool = False
    issued: date | None = None
    decision: str = ""
    label: str = ""


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """All that a verification is judged by: day, who comes and how, what is given and stated."""

    day: date
    who: Who
    channel: Channel
    shown: tuple[Shown, ...] = ()
    stated: frozenset[str] = frozenset()


class Check(msgspec.Struct, frozen=True):
    """A part that is complete, with the row, its article and the kinds it rests on (確認済み)."""

    part: Part
    way: str
    article: str
    by: tuple[str, ...]


class Want(msgspec.Struct, frozen=True):
    """So many more of these kinds, each of which must agree in this (不足の書類)."""

    kinds: tuple[str, ...]
    whose: Whose
    count: int
    agree: Agreement
    copy: bool


class Completion(msgspec.Struct, frozen=True):
    """A smallest set that completes a part: what to bring or do, and what to state (補完)."""

    way: str
    article: str
    wants: tuple[Want, ...]
    stated: tuple[str, ...]


class Missing(msgspec.Struct, frozen=True):
    """A part that is not complete and every smallest set that would do; none: no row has one."""

    part: Part
    sets: tuple[Completion, ...]


class Uncounted(msgspec.Struct, frozen=True):
    """Something given that completes nothing, and why (数えないもの)."""

    kind: str
    whose: Whose
    why: Why
    article: str


class Verification(msgspec.Struct, frozen=True):
    """The answer: verified by articles, or what is missing (本人確認の結果)."""

    verified: bool
    reason: Reason
    checks: tuple[Check, ...]
    missing: tuple[Missing, ...]
    uncounted: tuple[Uncounted, ...]


def verify_identity(presented: Presented) -> Verification:
    """Whether number and identity are verified on a day (法16条, 令12条1項・2項).

    An unknown kind or circumstance raises `UnknownNameError`. For a day on which no row is held the
    answer is `day-not-held`, never a verification.
    """
    _known(presented)
    held = in_force(ways(), presented.day)
    if not held:
        return Verification(False, "day-not-held", (), (), ())
    fitting = [w for w in held if presented.who in w.who and presented.channel == w.channel]
    open_ways = [way for way in fitting if not presented.stated.intersection(way.unless)]
    checks: list[Check] = []
    missing: list[Missing] = []
    for part in PARTS[presented.who]:
        rows = [way for way in open_ways if part in way.parts]
        check = next((one for way in rows if (one := _check(way, part, presented))), None)
        if check is not None:
            checks.append(check)
        else:
            missing.append(Missing(part, _smallest(rows, presented)))
    uncounted = _uncounted(open_ways, presented)
    reason: Reason = "still-missing" if missing else "verified"
    return Verification(not missing, reason, tuple(checks), tuple(missing), uncounted)


def _known(presented: Presented) -> None:
    for one in presented.shown:
        if one.kind not in evidence():
            raise UnknownNameError(
                f"there is no paper or measure {one.kind!r}; see `renkei law identity --papers`"
            )
    for name in sorted(presented.stated):
        if name not in circumstances():
            raise UnknownNameError(
                f"there is no circumstance {name!r}; see `renkei law identity --papers`"
            )


def _agrees(agree: Agreement, shown: Shown, abroad: bool) -> bool:
    """Whether enough was found equal; of who moved abroad only the birth counts (規則2条3項)."""
    return _AGREEMENTS[agree](shown.agrees, abroad)


def _number(found: frozenset[Agrees], abroad: bool) -> bool:
    return "number" in found


def _identity(found: frozenset[Agrees], abroad: bool) -> bool:
    return "name" in found and ("birth" in found or ("address" in found and not abroad))


_AGREEMENTS: Final[Mapping[Agreement, Callable[[frozenset[Agrees], bool], bool]]] = {
    "none": lambda found, abroad: True,
    "number": _number,
    "identity": _identity,
    "number-and-identity": lambda found, abroad: (
        _number(found, abroad) and _identity(found, abroad)
    ),
    "office": lambda found, abroad: {"office-name", "office-address"} <= found,
}


def _fault(shown: Shown, member: Member, stated: frozenset[str]) -> Why | None:
    """Why something of a right kind does not count for a member; None: it counts."""
    kind = evidence()[shown.kind]
    if not shown.valid:
        return "not-valid"
    if kind.issued_from is not None and shown.issued is None:
        return "issue-day-not-stated"
    if shown.issued is not None and not (
        (kind.issued_from or shown.issued) <= shown.issued <= (kind.issued_to or shown.issued)
    ):
        return "issued-on-another-day"
    if kind.decision and not shown.decision.strip():
        return "decision-not-named"
    if shown.copy and kind.form == "paper" and not member.copy:
        return "copy-not-enough"
    abroad = MOVED_ABROAD in stated and member.whose == "person"
    return None if _agrees(member.agree, shown, abroad) else "does-not-agree"


def _distinct(shown: Sequence[Shown]) -> list[Shown]:
    """One of each paper: what stands twice counts once."""
    found: dict[tuple[str, str, str, str], list[Shown]] = {}
    for one in shown:
        found.setdefault((one.kind, one.whose, one.label, one.decision), []).append(one)
    return [one for same in found.values() for one in dict.fromkeys(same)]


_Places = tuple[Shown | None, ...]


def _placed(way: Way, presented: Presented) -> list[_Places]:
    """Every way to put what counts into the row's places that fills as many as can be."""
    places = [member for member in way.members for _ in range(member.count)]
    counting = [
        [
            one
            for one in _distinct(presented.shown)
            if one.kind in member.kinds
            and one.whose == member.whose
            and _fault(one, member, presented.stated) is None
        ]
        for member in places
    ]
    every = list(_fill(counting, ()))
    most = max(sum(one is not None for one in filled) for filled in every)
    return [filled for filled in every if sum(one is not None for one in filled) == most]


def _fill(counting: Sequence[Sequence[Shown]], taken: _Places) -> Iterator[_Places]:
    if len(taken) == len(counting):
        yield taken
        return
    names = {_name(one) for one in taken if one is not None}
    for one in counting[len(taken)]:
        if _name(one) not in names:
            yield from _fill(counting, (*taken, one))
    yield from _fill(counting, (*taken, None))


def _name(one: Shown) -> tuple[str, str, str, str]:
    return one.kind, one.whose, one.label, one.decision


def _check(way: Way, part: Part, presented: Presented) -> Check | None:
    """The part as this row completes it, or None."""
    if not presented.stated.issuperset(way.stated):
        return None
    filled = _placed(way, presented)[0]
    by = tuple(one.kind for one in filled if one is not None)
    return Check(part, way.id, way.article, by) if len(by) == len(filled) else None


def _smallest(rows: Sequence[Way], presented: Presented) -> tuple[Completion, ...]:
    """What completes a part, without sets that contain another; the fewest things first."""
    every = [one for way in rows for one in _completions(way, presented)]
    alone = [one for one in every if len(one.wants) == 1 and one.wants[0].count == 1]
    found: list[Completion] = []
    for whole in every:
        one = _narrowed(whole, [other for other in alone if other.way != whole.way])
        if all(want.kinds for want in one.wants) and not any(_within(o, one) for o in found):
            found = [other for other in found if not _within(one, other)]
            found.append(one)
    return tuple(sorted(found, key=_amount))


def _narrowed(one: Completion, alone: Sequence[Completion]) -> Completion:
    """Without the kinds that would do alone by another row: two papers where one is enough."""
    if sum(want.count for want in one.wants) + len(one.stated) == 1:
        return one
    wants = []
    for want in one.wants:
        enough = [
            other
            for other in alone
            if set(other.stated) <= set(one.stated)
            and _serves(msgspec.structs.replace(want, kinds=()), other.wants[0])
            and not set(want.kinds) <= set(other.wants[0].kinds)
        ]
        spared = {kind for other in enough for kind in other.wants[0].kinds}
        wants.append(
            msgspec.structs.replace(want, kinds=tuple(k for k in want.kinds if k not in spared))
        )
    return msgspec.structs.replace(one, wants=tuple(wants))


def _amount(one: Completion) -> int:
    return sum(want.count for want in one.wants) + len(one.stated)


def _completions(way: Way, presented: Presented) -> Iterator[Completion]:
    """What a row still wants; nothing where it wants the receiver or person to be another."""
    stated = tuple(one for one in way.stated if one not in presented.stated)
    if not all(circumstances()[one].offered for one in stated):
        return
    places = [member for member in way.members for _ in range(member.count)]
    for filled in _placed(way, presented):
        empty = [place for place, one in zip(places, filled, strict=True) if one is None]
        wants = tuple(
            Want(member.kinds, member.whose, empty.count(member), member.agree, member.copy)
            for member in way.members
            if member in empty
        )
        yield Completion(way.id, way.article, wants, stated)


def _within(small: Completion, large: Completion) -> bool:
    """Whether whoever brings and states `large` has brought and stated `small`."""
    return set(small.stated) <= set(large.stated) and any(
        all(_serves(given, want) for given, want in zip(some, small.wants, strict=True))
        for some in permutations(large.wants, len(small.wants))
    )


def _serves(given: Want, want: Want) -> bool:
    both = ("number", "identity") if given.agree == "number-and-identity" else ()
    return (
        set(given.kinds) <= set(want.kinds)
        and given.whose == want.whose
        and want.agree in ("none", given.agree, *both)
        and given.count >= want.count
        and (want.copy or not given.copy)
    )


def _uncounted(rows: Sequence[Way], presented: Presented) -> tuple[Uncounted, ...]:
    """What was given and completes nothing here, each with the first reason that a row has."""
    found: list[Uncounted] = []
    for one in _distinct(presented.shown):
        why = _why(rows, one, presented)
        if why is not None:
            found.append(Uncounted(one.kind, one.whose, why, _why_article(one, why)))
    return tuple(found)


def _why(rows: Sequence[Way], one: Shown, presented: Presented) -> Why | None:
    """Why no row counts it; None where one does and only wants more beside it."""
    faults: list[Why] = []
    for way in rows:
        for member in way.members:
            if one.kind not in member.kinds or one.whose != member.whose:
                continue
            fault = _fault(one, member, presented.stated)
            if fault is None and presented.stated.issuperset(way.stated):
                return None
            faults.append(fault or "circumstance-not-stated")
    return faults[0] if faults else "not-of-this-case"


def _why_article(one: Shown, why: Why) -> str:
    kind = evidence()[one.kind]
    return kind.validity_article if why == "not-valid" else kind.article
