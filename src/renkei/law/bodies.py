"""Names of bodies and of information, and which wider kind each belongs to (機関・情報の名称).

A name is an id ("municipality-mayor") or the Japanese name ("市町村長"). An unknown name is an
error, never a refusal: a refusal would say the law speaks about something it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from renkei.law import tables


class UnknownNameError(LookupError):
    """No body, information or affair has this name; the message says how to list the names."""


@cache
def body_names() -> Mapping[str, str]:
    """Every accepted name of a body (id, Japanese name, alias) to its id."""
    return _names((k.id, k.ja, k.aliases) for k in tables.kinds().values())


@cache
def category_names() -> Mapping[str, str]:
    """Every accepted name of a kind of information to its id."""
    return _names((c.id, c.ja, c.aliases) for c in tables.categories().values())


def _names(entries: Iterable[tuple[str, str, tuple[str, ...]]]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for identity, ja, aliases in entries:
        for name in (identity, ja, *aliases):
            if names.setdefault(name, identity) != identity:
                raise tables.TableError(f"the name {name!r} belongs to two entries")
    return names


def body(name: str) -> str:
    """The id of the body called `name`; raises `UnknownNameError`."""
    try:
        return body_names()[name]
    except KeyError:
        raise UnknownNameError(
            f"no kind of body is called {name!r}; see `renkei law names`"
        ) from None


def category(name: str) -> str:
    """The id of the information called `name`; raises `UnknownNameError`."""
    try:
        return category_names()[name]
    except KeyError:
        raise UnknownNameError(
            f"no information is called {name!r}; see `renkei law names`"
        ) from None


@cache
def narrower_bodies(kind: str) -> frozenset[str]:
    """`kind` and every kind that belongs to it, by the Act's own definitions."""
    return _narrower(kind, {k.id: k.part_of for k in tables.kinds().values()})


@cache
def narrower_categories(category_id: str) -> frozenset[str]:
    """`category_id` and every kind of information its definition includes."""
    return _narrower(category_id, {c.id: c.part_of for c in tables.categories().values()})


def _narrower(root: str, part_of: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found = {root}
    while True:
        more = {k for k, wider in part_of.items() if k not in found and found.intersection(wider)}
        if not more:
            return frozenset(found)
        found |= more
