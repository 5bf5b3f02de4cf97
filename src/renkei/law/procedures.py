"""Procedures a desk knows, each with the sub-affairs it may ask under (手続, 法22条2項).

Which papers an item makes unnecessary is municipal practice, not law: every such entry is marked
``practice``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal

import msgspec

from renkei.law import tables
from renkei.law.bodies import UnknownNameError
from renkei.law.in_force import counts


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper the person need not bring once `items` were provided (添付書類の省略)."""

    ja: str
    en: str
    items: tuple[str, ...]
    source: Literal["practice"]


class Remaining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper practice still asks for."""

    ja: str
    en: str


class Affair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the provision table with one of its sub-affairs."""

    row: str
    sub_affair: str


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One procedure as a desk offers it (手続)."""

    id: str
    ja: str
    en: str
    act_ja: str
    deciding_ja: str
    affairs: tuple[Affair, ...]
    papers: tuple[Paper, ...]
    note_ja: str
    note_en: str
    valid_from: date
    valid_to: date | None
    source: str
    remaining: tuple[Remaining, ...] = ()


@cache
def procedures() -> Mapping[str, Procedure]:
    """All procedures by id."""
    return {one.id: one for one in tables.read("generated/procedures.json", tuple[Procedure, ...])}


def procedure(identity: str) -> Procedure:
    """The procedure called `identity` ("child-allowance"); raises `UnknownNameError`."""
    try:
        return procedures()[identity]
    except KeyError:
        raise UnknownNameError(
            f"no procedure is called {identity!r}; see `renkei law procedures`"
        ) from None


@cache
def by_affair() -> Mapping[tuple[str, str], tuple[Procedure, ...]]:
    """All procedures that rest on a row and sub-affair, e.g. ("106", "108-1") (事務から手続)."""
    found: dict[tuple[str, str], tuple[Procedure, ...]] = {}
    for one in procedures().values():
        for affair in one.affairs:
            key = (affair.row, affair.sub_affair)
            found[key] = (*found.get(key, ()), one)
    return found


def rests_on(identity: str, row: str, sub_affair: str, day: date) -> bool:
    """Whether `identity` names a procedure of this row and sub-affair on `day`."""
    return any(
        one.id == identity and counts(one, day) for one in by_affair().get((row, sub_affair), ())
    )


def resolved(identity: str | None, row: str, sub_affair: str) -> Procedure | None:
    """The procedure a request was made for: the one it names, else the only one it can be.

    None where none is named and several rest on the affair: then nobody knows which it was.
    """
    possible = by_affair().get((row, sub_affair), ())
    if identity is not None:
        return next((one for one in possible if one.id == identity), None)
    return possible[0] if len(possible) == 1 else None


def papers_spared(identity: str, provided: frozenset[str]) -> tuple[Paper, ...]:
    """The papers of a procedure that the items really `provided` replace (法22条2項).

    A paper is spared once one of its items was provided; asking alone spares nothing.
    """
    return tuple(one for one in procedure(identity).papers if provided.intersection(one.items))
