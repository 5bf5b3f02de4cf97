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
    return {one.id: one for one in tables.read("procedures.json", tuple[Procedure, ...])}


def procedure(identity: str) -> Procedure:
    """The procedure called `identity` ("child-allowance"); raises `UnknownNameError`."""
    try:
        return procedures()[identity]
    except KeyError:
        raise UnknownNameError(
            f"no procedure is called {identity!r}; see `renkei law procedures`"
        ) from None


def papers_spared(identity: str, provided: frozenset[str]) -> tuple[Paper, ...]:
    """The papers of a procedure that the items really `provided` replace (法22条2項).

    A paper is spared once one of its items was provided; asking alone spares nothing.
    """
    return tuple(one for one in procedure(identity).papers if provided.intersection(one.items))
