"""Which body may ask which for which information: the rows of the table (法19条8号, 命令2条).

`may_ask` answers for the table's row: asker, affair, asked, kind of information. Which item about
whom is the article's matter: `permitted_items_and_persons`. An exchange needs both.

A day falls to one table, or to a time whose answers are not those of a table that is proven whole:
then the index has a function `instead` of rows. The former table is read when a day of it is asked
about, or a number that no row has now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.bodies import (
    UnknownNameError,
    body_names,
    category_names,
    narrower_bodies,
    narrower_categories,
)
from renkei.law.decision_and_reasons import Decision
from renkei.law.payers import members
from renkei.law.periods import NetworkStage, network_stages

Question = tuple[str, str, str, str]
Instead = Callable[[Question, date], Decision]
ARTICLE: Final = "法第19条第8号・命令第2条"  # as the table's citation says


class _Row(msgspec.Struct, frozen=True, gc=False):
    """A row spread out for look-up: every narrower body and category it covers."""

    number: str
    valid_from: date
    valid_to: date | None
    deleted: bool
    requesters: frozenset[str]
    providers: frozenset[str]
    pairs: Mapping[tuple[str, str], tuple[date, date | None]]


class _Table(msgspec.Struct, frozen=True, gc=False):
    valid_from: date
    citation: str
    rows: Mapping[str, _Row]
    instead: Instead | None = None


class Index(msgspec.Struct, frozen=True, gc=False):
    """The tables spread out for look-up, the youngest first (命令2条の表・別表第二)."""

    bodies: Mapping[str, str]
    categories: Mapping[str, str]
    tables: tuple[_Table, ...]
    known_rows: frozenset[str]


Parts = Callable[[str], frozenset[str]]


def _spread(row: tables.ProvisionRow, parts: Parts = narrower_categories) -> _Row:
    pairs: dict[tuple[str, str], tuple[date, date | None]] = {}
    for exchange in row.exchanges:
        start, end = exchange.valid_from or row.valid_from, exchange.valid_to
        providers = {p for kind in exchange.providers for p in _asked(kind, row)}
        items = {c for one in exchange.categories for c in parts(one)}
        items -= set(exchange.without)
        for pair in ((p, c) for p in providers for c in items):
            known = pairs.get(pair, (start, end))
            pairs[pair] = (min(start, known[0]), max(end, known[1]) if end and known[1] else None)
    return _Row(
        row.row,
        row.valid_from,
        row.valid_to,
        row.deleted,
        frozenset(r for kind in row.requesters for r in narrower_bodies(kind)),
        frozenset(p for p, _ in pairs),
        pairs,
    )


def _asked(kind: str, row: tables.ProvisionRow) -> frozenset[str]:
    """The bodies of a kind; of an open class also whoever pays what it is named for."""
    paying = members().get(kind, frozenset()) if row.table == tables.CURRENT else frozenset()
    return narrower_bodies(kind) | paying


def index_of(file: tables.ProvisionFile, stages: tuple[NetworkStage, ...] = ()) -> Index:
    """Spread out a provision file; a further table is taken as data, without a line of code.

    Each table needs its days and `held`; each row the id of its table. Days of a stage in which the
    network did not operate answer that. A table with `proven_from` has rows in a file of its own.
    """
    known = frozenset(row.row for row in file.rows)
    spread: list[_Table] = []
    for table in file.tables:
        rows = {row.row: _spread(row) for row in file.rows if row.table == table.id}
        whole = _Table(table.valid_from, table.citation, rows)
        if not table.held:
            instead = _always(table.citation, "table-not-held")
            spread.append(_Table(table.valid_from, table.citation, {}, instead))
        elif table.proven_from is None:
            spread.append(whole)
        else:
            proven = _by(_former_index(table, known, narrower_categories))
            partly = _as_far_as_proven(_former_index(table, known, _parts_proven))
            spread.append(_Table(table.proven_from, table.citation, {}, proven))
            spread.append(_Table(table.valid_from, table.citation, {}, partly))
    opened = min((one.valid_from for one in stages if one.operates), default=date.min)
    spread = [
        msgspec.structs.replace(one, valid_from=max(one.valid_from, opened)) for one in spread
    ]
    spread += [
        _Table(one.valid_from, one.article, {}, _always(one.article, "network-not-yet"))
        for one in stages
        if not one.operates
    ]
    spread.sort(key=lambda one: one.valid_from, reverse=True)
    return Index(body_names(), category_names(), tuple(spread), known)


def _always(article: str, reason: str) -> Instead:
    refused = Decision(False, article, None, reason)
    return lambda question, day: refused


@cache
def _parts_proven(name: str) -> frozenset[str]:
    """A kind of information with its parts, where the cell of the former table that defines it
    is proven from the table's first day; else the kind alone.
    """
    first = next(table for table in tables.provision().tables if table.id == tables.FORMER)
    cells = (one for row in tables.former_rows().values() for one in row.exchanges)
    for cell in cells:
        if name in cell.defines and cell.proven and cell.valid_from == first.valid_from:
            return narrower_categories(name)
    return frozenset({name})


def _former_index(table: tables.Table, known: frozenset[str], parts: Parts) -> Callable[[], Index]:
    """The former table alone, spread out when it is first asked."""

    @cache
    def within() -> Index:
        rows = {number: _spread(row, parts) for number, row in tables.former_rows().items()}
        alone = (_Table(table.valid_from, table.citation, rows),)
        return Index(body_names(), category_names(), alone, known.union(rows))

    return within


def _by(within: Callable[[], Index]) -> Instead:
    return lambda question, day: decide(within(), question, day)


def _as_far_as_proven(within: Callable[[], Index]) -> Instead:
    """What single cells prove of a table on a day of which the whole is not proven.

    A cell without its day is not proven to have been absent, nor is what no text at hand has.
    """

    def decided(question: Question, day: date) -> Decision:
        index, affair = within(), question[1]
        (table,) = index.tables
        decision = decide(index, question, day)
        for name in (question[0], question[2]):
            kind = tables.kinds()[index.bodies[name]]
            if kind.active_from is not None and day < kind.active_from:
                return Decision(False, kind.active_source, affair, "not-proven-for-this-day")
        row = table.rows.get(affair)
        gone = row is not None and row.deleted and day >= row.valid_from
        if decision.allowed or gone:
            return decision
        return Decision(False, table.citation, affair, "not-proven-for-this-day")

    return decided


@cache
def spread_tables() -> Index:
    """The packaged tables, spread out once (命令2条の表・別表第二)."""
    return index_of(tables.provision(), network_stages())


def may_ask(requester: str, affair: str, provider: str, item: str, day: date) -> Decision:
    """Whether the table's row lets `requester` ask `provider` for `item` (法19条8号, 命令2条).

    Bodies and information by id or Japanese name, `affair` the row ("106"), `day` the day of
    asking in Asia/Tokyo. Raises `UnknownNameError` for a name the tables do not hold.
    """
    return decide(spread_tables(), (requester, affair, provider, item), day)


def decide(index: Index, question: Question, day: date) -> Decision:
    """`may_ask` over a given index; `question` is requester, affair, provider, item (命令2条)."""
    requester, affair, provider, item = question
    try:
        asking = index.bodies[requester]
        asked = index.bodies[provider]
        wanted = index.categories[item]
    except KeyError:
        raise _unknown(index, question) from None
    if affair not in index.known_rows and affair not in tables.former_rows():
        raise _unknown(index, question)
    for table in index.tables:
        if day >= table.valid_from:
            break
    else:
        return Decision(False, table.citation, None, "not-yet-in-force")
    if table.instead is not None:
        return table.instead(question, day)
    article = table.citation
    row = table.rows.get(affair)
    if row is None or row.deleted:
        return Decision(False, article, affair, "not-in-table")
    if day < row.valid_from:
        return Decision(False, article, affair, "not-yet-in-force")
    if row.valid_to is not None and day > row.valid_to:
        return Decision(False, article, affair, "no-longer-in-force")
    if asking not in row.requesters:
        return Decision(False, article, affair, "requester-not-in-row")
    days = row.pairs.get((asked, wanted))
    if days is None:
        reason = "item-not-in-row" if asked in row.providers else "provider-not-in-row"
        return Decision(False, article, affair, reason)
    if day < days[0]:
        return Decision(False, article, affair, "not-yet-in-force")
    if days[1] is not None and day > days[1]:
        return Decision(False, article, affair, "no-longer-in-force")
    return Decision(True, article, affair, "permitted")


def _unknown(index: Index, question: Question) -> UnknownNameError:
    requester, affair, provider, item = question
    for name, known, what, where in (
        (requester, index.bodies, "kind of body", "names"),
        (provider, index.bodies, "kind of body", "names"),
        (item, index.categories, "information", "names"),
        (affair, index.known_rows, "row of the provision table", "search"),
    ):
        if name not in known:
            return UnknownNameError(f"no {what} is called {name!r}; see `renkei law {where}`")
    raise AssertionError("every name is known")


def row_gives(affair: str, provider: str, item: str, day: date) -> Decision:
    """Whether the row names `provider` with `item`, whoever asks (命令2条の表第三欄・第四欄).

    What an ordinance affair may ask is measured by this (規則5号2条3項・4項).
    """
    row = tables.rows_on(day).get(affair)
    asking = row.requesters[0] if row is not None and row.requesters else provider
    return may_ask(asking, affair, provider, item, day)
