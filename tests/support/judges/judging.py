"""What a judge of promises needs: a verdict with a name, and rows of a database as they stand."""

from typing import Any

from looking import named_rows
from weathering import Weathering


class PromiseBroken(AssertionError):
    """One of the promises does not hold; the text begins with its name."""


def hold(name: str, holds: object, why: str) -> None:
    """Raise where a promise does not hold."""
    if not holds:
        raise PromiseBroken(f"{name}: {why}")


def rows_of(weather: Weathering, party: str, query: str) -> list[dict[str, Any]]:
    """Rows of a party's database by column name."""
    return named_rows(weather.world.country.database(party), query)
