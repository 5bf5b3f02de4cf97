"""How much of the law is held, and how much of that a test names or walks (網羅).

Which tests do is a data file; `tools/law_coverage.py` makes it from the tests and the law's text,
and a test fails where the file says anything else than they do.
"""

from __future__ import annotations

from functools import cache

import msgspec

from renkei.law import tables
from renkei.law.procedures import procedures


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One article of the order, or one provision of the Act that this package cites (条項)."""

    provision: str
    tests: tuple[str, ...]
    """The tests that name it or walk through it; none: it is held and untested."""


class Articles(msgspec.Struct, frozen=True):
    """How many provisions there are, and how many of them a test names or walks (条項の数)."""

    total: int
    tested: int


class Coverage(msgspec.Struct, frozen=True):
    """What the tables in force hold, each thing counted once (保有する法令の数)."""

    rows: int
    sub_affairs: int
    items: int
    procedures: int
    subjects: int
    articles: Articles


@cache
def provisions() -> tuple[Provision, ...]:
    """Every provision, first those of the Act, then the order's articles (命令3条～175条の2)."""
    return tables.read("generated/coverage.json", tuple[Provision, ...])


def coverage() -> Coverage:
    """The totals of the tables in force, ended and future lines among them (網羅の状況)."""
    subs = tables.sub_affairs().values()
    rows = [row for row in tables.provision_rows().values() if not row.deleted]
    tested = sum(bool(one.tests) for one in provisions())
    return Coverage(
        rows=len(rows),
        sub_affairs=len(subs),
        items=len({item.item for sub in subs for item in sub.items}),
        procedures=len(procedures()),
        subjects=len(tables.subjects()),
        articles=Articles(len(provisions()), tested),
    )


def untested() -> tuple[str, ...]:
    """The provisions that no test names or walks (未検証の条項)."""
    return tuple(one.provision for one in provisions() if not one.tests)
