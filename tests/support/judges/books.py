"""Every party's records of a country, read from the files as they stand, to be compared."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from looking import named_rows as read_rows

from renkei.sandbox.country import Country, open_existing

Row = dict[str, Any]
K = TypeVar("K", bound=Hashable)
EXCHANGE, RECEIPT = 1, 2
"""Kinds of log entries that stand for exchanges."""


def by(rows: Iterable[Row], key: Callable[[Row], K]) -> dict[K, list[Row]]:
    """Rows under a key each; a key has as many rows as there are."""
    found: dict[K, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Books:
    """The records of all parties; rows of institutions carry theirs as `institution`."""

    country: Country
    cases: list[Row]
    asked: list[Row]
    provided: list[Row]
    receipts: list[Row]
    codes: list[Row]
    permits: list[Row]
    noted: list[Row]
    leaves: list[Row]
    lines: list[Row]
    portal_receipts: list[Row]

    @classmethod
    def read(cls, folder: Path) -> "Books":
        """Read them; they need not be of one moment, so read them when nothing moves."""
        country = open_existing(folder)
        names = [plan.party for plan in country.institutions()]

        def each(table: str) -> list[Row]:
            query = f"SELECT * FROM {table}"
            return [
                row | {"institution": name}
                for name in names
                for row in read_rows(country.database(name), query)
            ]

        def of(party: str, query: str) -> list[Row]:
            return read_rows(country.database(party), query)

        return cls(
            country=country,
            cases=each("desk_case"),
            asked=each("asked"),
            provided=each("provided"),
            receipts=each("receipt"),
            codes=each("code"),
            permits=of("linkage", "SELECT * FROM permit"),
            noted=of("linkage", "SELECT * FROM receipt"),
            leaves=of("linkage", "SELECT * FROM leaf ORDER BY seq"),
            lines=of("portal", "SELECT * FROM line ORDER BY leaf"),
            portal_receipts=of("portal", "SELECT * FROM receipt ORDER BY leaf"),
        )

    def sent(self) -> list[Row]:
        """Requests that were to be sent: those that A's own rules did not refuse."""
        return [one for one in self.asked if one["refused_by"] != "requester"]

    def leaves_of(self, kind: int) -> list[Row]:
        """The log's entries of one kind."""
        return [leaf for leaf in self.leaves if leaf["kind"] == kind]


def still_open(folder: Path) -> dict[str, int]:
    """What is not worked off yet, counted by what it is; empty when every outbox is empty.

    Only what exchanges owe: that the Commission has compared everything is `not_compared`.
    """
    country = open_existing(folder)
    found: dict[str, int] = defaultdict(int)

    def count(party: str, what: str, query: str) -> None:
        found[f"{party}: {what}"] += read_rows(country.database(party), query)[0]["n"]

    for plan in country.institutions():
        name = plan.party
        count(name, "asked, not closed", "SELECT count(*) n FROM asked WHERE state <> 'closed'")
        count(name, "answers kept", "SELECT count(*) n FROM provided WHERE answer IS NOT NULL")
        count(name, "receipts owed", "SELECT count(*) n FROM receipt WHERE state = 'owed'")
    count("linkage", "entries pending", "SELECT count(*) n FROM leaf WHERE position IS NULL")
    logged = "SELECT count(*) n FROM leaf WHERE kind = {}"
    exchanges = read_rows(country.database("linkage"), logged.format(EXCHANGE))[0]["n"]
    receipts = read_rows(country.database("linkage"), logged.format(RECEIPT))[0]["n"]
    count("portal", "lines to file", f"SELECT {exchanges} - count(*) n FROM line")
    count("portal", "receipts to file", f"SELECT {receipts} - count(*) n FROM receipt")
    count("linkage", "feed to be acknowledged", "SELECT count(*) n FROM feed")
    stated = f"SELECT {exchanges} - coalesce(max(exchange_entries), 0) n FROM "
    count("oversight", "entries without statement", f"{stated} statement WHERE handed")
    return {what: number for what, number in found.items() if number}


def not_compared(folder: Path) -> dict[str, int]:
    """What the Commission has not compared yet: records of both sides beside the log."""
    country = open_existing(folder)
    held = sum(
        read_rows(country.database(plan.party), "SELECT count(*) n FROM entry")[0]["n"]
        for plan in country.institutions()
    )
    query = f"SELECT {held} - count(*) n FROM entry WHERE state = 'agreed'"
    left = read_rows(country.database("oversight"), query)[0]["n"]
    return {"oversight: records to compare": left} if left else {}
