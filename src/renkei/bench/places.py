"""Databases for the length of a measurement, on either kind of engine (計測用のデータベース)."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from renkei.kit.database.engines import engine_at
from renkei.kit.location import Location, located

Make = Callable[[str], Location]
"""Makes an empty place of a name; names of one block differ."""


@contextmanager
def places(admin: Location | Path) -> Iterator[Make]:
    """Makes places in a folder, or on a server by its administrator's; the end takes them away.

    Nothing may be open there any more at the end. Raises DatabaseError.
    """
    at, run = located(admin), secrets.token_hex(4)
    engine, made = engine_at(at), list[str]()

    def make(name: str) -> Location:
        place = engine.new_place(at.place, f"bench_{run}_{name}")
        made.append(place)
        return Location(at.engine, place)

    try:
        yield make
    finally:
        for place in made:
            engine.drop_place(at.place, place)
