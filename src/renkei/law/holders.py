"""Which body holds an item about a person (保有機関): by a place, by its kind, or not to be told.

The order names kinds of bodies; a request goes to one. The table says how the one is found: tax by
the place on 1 January, the resident record by the place now, a national register by its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables
from renkei.law.bodies import narrower_bodies, narrower_categories
from renkei.law.in_force import counts
from renkei.values.municipality_code import MunicipalityCode

Way = Literal["tax-residence", "residence", "prefecture", "welfare-office", "kind", "not-named"]
NoHolder = Literal["not-connected", "place-not-held", "holder-not-named"]
"""Why no body can be asked: none is connected, the place is not on file, or neither law nor file
says which body it is."""
GOVERNOR: Final = "prefecture-governor"
MAYOR: Final = "municipality-mayor"


class HolderRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dated row: providers as an item names them, and how the one that holds it is found.

    Empty `categories`: every kind of information; empty `kinds`: all the item's providers. `needs`
    is the fact that would tell, where none on file does; with `of_each` it is another one for each
    kind of information.
    """

    providers: tuple[str, ...]
    categories: tuple[str, ...] = ()
    by: Way
    kinds: tuple[str, ...] = ()
    needs: str | None = None
    of_each: bool = False
    article: str
    valid_from: date
    valid_to: date | None
    source: str


class Places(msgspec.Struct, frozen=True):
    """Municipality codes of a person's address now and on 1 January; None: not on file."""

    residence: MunicipalityCode | None
    tax_residence: MunicipalityCode | None


class Body(msgspec.Struct, frozen=True):
    """A body that takes part, as the directory has it; a municipality code where it has a place."""

    party: str
    kind: str
    municipality_code: MunicipalityCode | None


class Holder(msgspec.Struct, frozen=True):
    """The body that holds an item about a person, or why it is not to be told (保有機関)."""

    party: str | None
    why: NoHolder | None
    article: str


@cache
def holder_rules() -> tuple[HolderRule, ...]:
    """The table; of several rows that fit, the first counts."""
    return tables.read("holders.json", tuple[HolderRule, ...])


def rule_for(providers: Iterable[str], category: str, day: date) -> HolderRule | None:
    """The row for an item with these providers and kind of information; None: there is none.

    A row for exactly these providers goes before one for wider kinds: the article may give an item
    under one act alone, and so narrow a collective (健康保険法による… of the 医療保険者).
    An open class ("a body that by another law pays such a benefit") has none: see `payers`.
    """
    named = frozenset(providers)
    rows = [row for row in holder_rules() if _holds(row, category, day)]
    exact = (row for row in rows if frozenset(row.providers) == named)
    wider = (
        row
        for row in rows
        if named <= _kinds(row.providers) and (not row.kinds or named & _kinds(row.kinds))
    )
    return next(exact, None) or next(wider, None)


def _holds(row: HolderRule, category: str, day: date) -> bool:
    if not counts(row, day):
        return False
    return not row.categories or any(category in narrower_categories(c) for c in row.categories)


def holder(
    wanted: tuple[Sequence[str], str], places: Places, bodies: Sequence[Body], day: date
) -> Holder:
    """Who holds an item; `wanted` is its providers and kind of information (保有機関の特定)."""
    providers, category = wanted
    row = rule_for(providers, category, day)
    if row is None or row.by == "not-named":
        return Holder(None, "holder-not-named", row.article if row else "")
    kinds = _kinds(row.kinds or row.providers)
    found = _WAYS[row.by](places, [one for one in bodies if one.kind in kinds], bodies)
    party, why = found
    return Holder(party, why, row.article)


_Found = tuple[str | None, NoHolder | None]


def _kinds(names: Iterable[str]) -> frozenset[str]:
    return frozenset(kind for wide in names for kind in narrower_bodies(wide))


def _one(fitting: Sequence[Body]) -> _Found:
    """The only body that fits: of several nobody says which."""
    if len(fitting) == 1:
        return fitting[0].party, None
    return None, "holder-not-named" if fitting else "not-connected"


def _at(place: MunicipalityCode | None, fitting: Sequence[Body]) -> _Found:
    if place is None:
        return None, "place-not-held"
    return _one([one for one in fitting if one.municipality_code == place])


def _tax_residence(places: Places, fitting: Sequence[Body], bodies: Sequence[Body]) -> _Found:
    return _at(places.tax_residence, fitting)


def _residence(places: Places, fitting: Sequence[Body], bodies: Sequence[Body]) -> _Found:
    return _at(places.residence, fitting)


def _prefecture(places: Places, fitting: Sequence[Body], bodies: Sequence[Body]) -> _Found:
    if places.residence is None:
        return None, "place-not-held"
    prefecture = places.residence.prefecture
    governors = [one for one in fitting if one.kind in _kinds((GOVERNOR,))]
    return _one(
        [
            one
            for one in governors
            if one.municipality_code is not None and one.municipality_code.prefecture == prefecture
        ]
    )


def _welfare_office(places: Places, fitting: Sequence[Body], bodies: Sequence[Body]) -> _Found:
    """The municipality where it has a welfare office, the governor where it is known to have none.

    A municipality that is not connected may be either: then nobody is asked.
    """
    here = [one for one in bodies if one.municipality_code == places.residence]
    here = [one for one in here if one.kind in _kinds((MAYOR,))]
    with_office = [one for one in here if one in fitting]
    if places.residence is None or with_office or not here:
        return _at(places.residence, with_office)
    return _prefecture(places, fitting, bodies)


def _kind(places: Places, fitting: Sequence[Body], bodies: Sequence[Body]) -> _Found:
    return _one(fitting)


_WAYS: Final[Mapping[str, Callable[[Places, Sequence[Body], Sequence[Body]], _Found]]] = {
    "tax-residence": _tax_residence,
    "residence": _residence,
    "prefecture": _prefecture,
    "welfare-office": _welfare_office,
    "kind": _kind,
}
