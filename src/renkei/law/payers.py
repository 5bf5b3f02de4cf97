"""Who pays a benefit that an article names only by its payer (他の法令による給付の支給者).

Some cells of the order name no body, but whoever pays a benefit under the act they name "or another
law". Which body that is follows from the benefit: the order names it for the same benefit
elsewhere, or the benefit's own act does. A body outside that list is asked for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

import msgspec

from renkei.law import tables
from renkei.law.bodies import narrower_bodies
from renkei.law.in_force import counts


class Payer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated row: benefits, the kinds of bodies that pay them, the kind of information."""

    items: tuple[str, ...]
    providers: tuple[str, ...]
    category: str
    article: str
    valid_from: date
    valid_to: date | None
    source: str


@cache
def payers() -> tuple[Payer, ...]:
    """The table."""
    return tables.read("payers.json", tuple[Payer, ...])


@cache
def payer_of(item: str, day: date) -> Payer | None:
    """Who pays a benefit on a day; None where nothing says so."""
    return next((one for one in payers() if item in one.items and counts(one, day)), None)


def is_open(kind: str) -> bool:
    """Whether a kind of body is a class that names nobody by itself (他の法令による…者)."""
    known = tables.kinds().get(kind)
    return known is not None and known.open_class


@cache
def paying(item: str) -> frozenset[str]:
    """Every kind of body that pays an item, on whatever day."""
    return frozenset(
        narrow
        for one in payers()
        if item in one.items
        for kind in one.providers
        for narrow in narrower_bodies(kind)
    )


def asked_for(item: str, providers: Iterable[str]) -> frozenset[str]:
    """Every kind of body that may be asked for an item of these providers (提供者の範囲)."""
    found = frozenset(narrow for kind in providers for narrow in narrower_bodies(kind))
    return found | paying(item) if any(is_open(kind) for kind in found) else found


@cache
def members() -> Mapping[str, frozenset[str]]:
    """Each open class with the kinds of bodies that pay any benefit an article gives it for."""
    found: dict[str, frozenset[str]] = {}
    for sub in tables.sub_affairs().values():
        for line in sub.items:
            for kind in filter(is_open, line.providers):
                found[kind] = found.get(kind, frozenset()) | paying(line.item)
    return MappingProxyType(found)
