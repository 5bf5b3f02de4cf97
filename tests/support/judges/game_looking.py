"""Whatever in the books of honest parties is not as it should be, beside a round without lies.

Nothing here asks the product's own rules: what is lawful a human wrote down in `allowed`.
"""

import contextlib
import json
from collections.abc import Iterator
from typing import Literal

from allowed import article_of, is_withheld
from game_books import (
    EXCHANGE,
    RECEIPT,
    Books,
    Key,
    Row,
    Wrong,
    base64_of,
    by_case,
    key_of,
)
from game_country import A, B, GameRound
from letters import payload
from weathering import CITIES, template

SAME = (
    *("provider", "tx", "office", "affair", "sub_affair", "items", "subject", "procedure"),
    *("consent_digest", "conditions", "officer", "case_digest", "epoch", "commitment"),
)
"""What a record repeats of what was signed, under the same name."""
GAVE_UP = ("lapsed", "not-received")


class Looked:
    """What is wrong in the books of everybody but the liar, beside a round in which nobody lied."""

    def __init__(self, played: GameRound, liar: str | None, told: Books) -> None:
        self.country = played.world.country
        self.books = Books(self.country.folder)
        self.told = told
        self.liar = liar
        self.persons = self.country.manifest.persons
        troubles = [one for one in played.bus.troubles if one.at == "oversight"]
        self._away = {one.task for one in troubles}
        """What the Commission could not do at some time."""
        self._parties = {name: node.party for name, node in played.world.nodes.items()}
        self.accounts = template().accounts

    def honest(self, party: str) -> bool:
        """Whether a party's book is that of an honest one."""
        return party != self.liar

    @property
    def cities(self) -> list[str]:
        """The honest ones."""
        return [city for city in CITIES if self.honest(city)]

    def tag_of(self, city: str, person: str | None) -> str | None:
        """Who a person on a city's file is in the stories."""
        return next((tag for tag, ids in self.persons.items() if ids.get(city) == person), None)

    def records(self) -> Iterator[tuple[str, Row]]:
        """Every record of an exchange in the book of an honest network and of an honest portal."""
        if self.honest("linkage"):
            yield from (("linkage", record) for record in self.books.logged(EXCHANGE))
        if self.honest("portal"):
            for line in self.books.lines():
                with contextlib.suppress(ValueError):
                    yield "portal", json.loads(line["record"])

    def found(self) -> list[Wrong]:
        """Everything."""
        return [
            *self._orders(),
            *self._asked(),
            *self._provided(),
            *self._once(),
            *self._receipts(),
            *self._unchanged(),
            *self._told_of(),
            *self._directories(),
        ]

    # -- what desks ordered ----------------------------------------------------------------------

    def _orders(self) -> Iterator[Wrong]:
        """Every order of an honest desk ended as it does where nobody lies."""
        for city in self.cities:
            now, before = by_case(self.books, city), by_case(self.told, city)
            for case, wanted in before.items():
                got = now.get(case)
                if got is None:
                    yield Wrong("missing", city, "order", f"{case} was not asked")
                    continue
                key = (city, got["tx"])
                ends = [one["outcome"] for one in (wanted, got)]
                if got["state"] != "closed":
                    text = f"{case} has not ended: {got['state']}"
                    yield Wrong("missing", city, "order", text, key)
                elif got["content"] != wanted["content"] and got["outcome"] == "provided":
                    yield Wrong("false", city, "content", f"{case} got other content", key)
                elif ends[0] != ends[1] or got["reason"] != wanted["reason"]:
                    text = f"{case} ended {ends[1]} {got['reason']}, not {ends[0]}"
                    yield Wrong("missing", city, "order", text, key)

    # -- what was signed, and what stands --------------------------------------------------------

    def _asked(self) -> Iterator[Wrong]:
        """What an honest city asked for is what every record and the provider says it asked for."""
        by_key: dict[Key, list[tuple[str, Row]]] = {}
        for where, record in self.records():
            by_key.setdefault(key_of(record), []).append((where, record))
        for city in self.cities:
            for row in self.books.of(city, "asked"):
                key = (city, row["tx"])
                records = by_key.pop(key, [])
                for where, record in records:
                    yield from self._as_signed(where, key, record, payload(row["signed"].encode()))
                if row["entry_hash"] is not None:
                    yield from self._is_logged(key, row, {where for where, _ in records})
                yield from self._other_side(key, row)
            for key, records in by_key.items():
                if key[0] == city:
                    where = records[0][0]
                    yield Wrong("false", where, "record", "a request that nobody made", key)

    @staticmethod
    def _as_signed(where: str, key: Key, record: Row, signed: Row) -> Iterator[Wrong]:
        wrong = [name for name in SAME if record.get(name) != signed.get(name)]
        wrong += ["asked_at"] if record["asked_at"] != signed["at"] else []
        wrong += ["portal_box"] if record.get("portal_box") != signed["portal_seed"] else []
        if wrong:
            yield Wrong("false", where, "record", f"not what was signed: {', '.join(wrong)}", key)

    def _is_logged(self, key: Key, row: Row, where: set[str]) -> Iterator[Wrong]:
        """What was judged stands in the log, and with whoever it was about."""
        if self.honest("linkage") and "linkage" not in where:
            yield Wrong("false", "linkage", "record", "judged, and in no log", key)
        if self.honest("portal"):
            tag = self.tag_of(key[0], row["person"])
            yield from self._with_person(key, tag)

    def _with_person(self, key: Key, tag: str | None) -> Iterator[Wrong]:
        """A request is a line of its person's account, and of nobody else's."""
        codes = [
            line["code"] for line in self.books.lines() if key_of(json.loads(line["record"])) == key
        ]
        if not codes:
            # What was not handed over the portal knows that it lacks: it gives out no ledger of it.
            known = self._awaited(key) or not self._stood_for(key)
            kind: Literal["false", "missing"] = "missing" if known else "false"
            yield Wrong(kind, "portal", "line", "judged, and in nobody's account", key)
        elif codes[0] is None:
            yield Wrong("false", "portal", "line", "a line that belongs to nobody", key)
        elif tag is not None and codes[0] != self.accounts[tag]:
            yield Wrong("false", "portal", "line", f"not in the account of {tag}", key)

    def _awaited(self, key: Key) -> bool:
        """Whether the Commission waits for this entry, and has an alarm that the log is away."""
        held = [one for one in self.books.of("oversight", "entry") if key_of(one) == key]
        promised = any(one["state"] == "promised" for one in held)
        return self.honest("oversight") and promised and bool({"witness", "locate"} & self._away)

    def _stood_for(self, key: Key) -> bool:
        """Whether the portal has given out a ledger of the part of the log in which this stands."""
        given = max((row["log_size"] for row in self.books.of("portal", "root")), default=0)
        at = [one["position"] for one in self.books.logged(EXCHANGE) if key_of(one) == key]
        return not at or at[0] is None or at[0] < given

    def _other_side(self, key: Key, row: Row) -> Iterator[Wrong]:
        """What an honest provider has on record of it is the same exchange."""
        provider = row["provider"]
        if provider not in CITIES or not self.honest(provider):
            return
        there = [one for one in self.books.of(provider, "provided") if key_of(one) == key]
        if not there:
            if row["outcome"] in ("provided", "no-data", "withheld"):
                yield Wrong("false", provider, "provision", "answered, and not on record", key)
            return
        names = ("affair", "sub_affair", "items", "subject", "office", "commitment")
        names = (*names, "entry_hash", "conditions")
        wrong = [name for name in names if there[0][name] != row[name]]
        person = self.persons[self.tag_of(key[0], row["person"]) or ""].get(provider)
        if there[0]["person"] not in (None, person):
            wrong.append("person")
        ends = (row["outcome"], there[0]["outcome"])
        if row["state"] == "closed" and ends[0] != ends[1] and ends[0] not in GAVE_UP:
            wrong.append(f"outcome {ends[0]} and {ends[1]}")
        if wrong:
            yield Wrong("false", provider, "provision", f"differs: {', '.join(wrong)}", key)

    # -- what was provided -----------------------------------------------------------------------

    def _provided(self) -> Iterator[Wrong]:
        """An honest provider gives what the law allows, and whoever it is about sees it."""
        records = {key_of(one): one for _, one in self.records()}
        for city in self.cities:
            for row in self.books.of(city, "provided"):
                key, record = key_of(row), records.get(key_of(row))
                if self.honest("linkage") and record is None:
                    yield Wrong("false", city, "provision", "without a record in the log", key)
                if record is not None and row["outcome"] == "provided":
                    lawful = article_of(record) is not None and not is_withheld(record)
                    if not (lawful and record["allowed"]):
                        yield Wrong("false", city, "provision", "without basis", key)
                if self.honest("portal") and row["outcome"] == "provided":
                    yield from self._with_person(key, self.tag_of(city, row["person"]))
                if key[0] in self.cities:
                    asked = [one["tx"] for one in self.books.of(key[0], "asked")]
                    if key[1] not in asked:
                        yield Wrong("false", city, "provision", "nobody asked", key)

    def _once(self) -> Iterator[Wrong]:
        """No exchange stands twice in one book."""
        seen: set[tuple[str, Key]] = set()
        for where, record in self.records():
            if (where, key_of(record)) in seen:
                yield Wrong("false", where, "record", "stands twice", key_of(record))
            seen.add((where, key_of(record)))
        if self.honest("portal"):
            counted: dict[bytes | None, int] = {}
            for line in self.books.lines():
                record = json.loads(line["record"])
                if line["signed"] is not None:
                    signed = payload(line["signed"].encode())
                    yield from self._as_signed("portal", key_of(record), record, signed)
                counted[line["code"]] = counted.get(line["code"], 0) + 1
            for row in self.books.of("portal", "account"):
                if row["count"] != counted.get(row["code"], 0):
                    yield Wrong("false", "portal", "account", "counts other lines than it has")

    # -- receipts --------------------------------------------------------------------------------

    def _receipts(self) -> Iterator[Wrong]:
        """What an honest city said of an end stands in the log once, as it said it."""
        said: dict[tuple[str, str, str], tuple[str, str | None]] = {}
        for city in self.cities:
            for row in self.books.of(city, "receipt"):
                end = (row["outcome"], base64_of(row["digest"]))
                said[city, row["requester"], row["tx"]] = end
                if row["state"] != "noted":
                    text = f"a receipt is {row['state']}"
                    yield Wrong("missing", city, "receipt", text, key_of(row))
        logged = self.books.logged(RECEIPT) if self.honest("linkage") else self._filed_receipts()
        seen: set[tuple[str, str, str]] = set()
        for one in logged:
            name = (one["sender"], *key_of(one))
            if name in seen:
                yield Wrong("false", "linkage", "receipt", "stands twice", key_of(one))
            seen.add(name)
            if one["sender"] in self.cities and said.get(name) != (one["outcome"], one["digest"]):
                yield Wrong("false", "linkage", "receipt", "not what was said", key_of(one))
        for name in said.keys() - seen:
            yield Wrong("missing", "linkage", "receipt", "not in the log", name[1:])

    def _filed_receipts(self) -> list[Row]:
        if not self.honest("portal"):
            return []
        return [json.loads(row["record"]) for row in self.books.of("portal", "receipt")]

    # -- what nobody should have touched ---------------------------------------------------------

    def _told_of(self) -> Iterator[Wrong]:
        """What J-LIS compared of people in the stories, the portal tells them."""
        if not self.honest("individual-number"):
            return
        people = {
            row["resident_code"]: self.accounts.get(row["persona"] or "")
            for row in self.books.of("individual-number", "resident")
        }
        wanted = [
            (people[row["resident_code"]], *(row[name] for name in NOTICE), row["count"])
            for row in self.books.of("individual-number", "notice")
            if people.get(row["resident_code"]) is not None
        ]
        told = [
            (row["code"], *_named(row["names"]), row["affair"], row["verdict"], row["count"])
            for row in self.books.of("portal", "comparison")
        ]
        for one in wanted:
            if one not in told:
                text = f"not told of: {' '.join(map(str, one[1:]))}"
                yield Wrong("missing", "portal", "comparison", text)
        for one in told:
            if one[0] in people.values() and one not in wanted:
                text = f"told of what was not: {' '.join(map(str, one[1:]))}"
                yield Wrong("false", "portal", "comparison", text)

    def _directories(self) -> Iterator[Wrong]:
        """Honest parties hold the newest directory, and one content of each version."""
        held: dict[int, str] = {}
        for name, party in self._parties.items():
            if not self.honest(name):
                continue
            if party.directory_version < 2:
                yield Wrong("missing", name, "directory", "holds no newer directory")
            said = repr(sorted(party.directory.entries.items()))
            if held.setdefault(party.directory_version, said) != said:
                text = f"another version {party.directory_version} than others"
                yield Wrong("false", name, "directory", text)

    def _own(self, row: Row) -> bool:
        """Whether a row tells of what the liar itself had compared: it may ask what it likes."""
        return self.liar in (row.get("institution"), *_named(row.get("names")))

    def _unchanged(self) -> Iterator[Wrong]:
        """Files on people, codes, cases, findings of honest parties: as where nobody lies."""
        for party, table, names in TABLES:
            if not self.honest(party):
                continue
            now, before = (
                [_part(row, names) for row in books.of(party, table) if not self._own(row)]
                for books in (self.books, self.told)
            )
            for row in now:
                if row not in before:
                    text = f"a row of {table}: {_shown(row)}"
                    yield Wrong("false", party, table, text)
            for row in before:
                if row not in now:
                    text = f"no row of {table}: {_shown(row)}"
                    yield Wrong("missing", party, table, text)


RESIDENT = (
    *("resident_code", "individual_number", "name", "common_name", "address", "earlier_addresses"),
    *("birth_date", "sex", "municipality_code", "link_seed", "persona"),
)
"""All but whether the portal has the code: that the portal's own numbers decide."""
NOTICE = ("institution", "office", "affair", "verdict")
TABLES = (
    *(
        (city, table, names)
        for city in (A, B)
        for table, names in (
            ("person", ("*",)),
            ("copy", ("*",)),
            ("code", ("person", "epoch", "element")),
            ("desk_case", ("case_number", "in_case")),
            ("consent", ("case_number", "person", "affair", "items")),
            ("statement", ("case_number", "officer", "conditions")),
            ("epoch_change", ("epoch",)),
        )
    ),
    ("individual-number", "resident", RESIDENT),
    ("individual-number", "notice", ("resident_code", *NOTICE)),
    ("portal", "comparison", ("code", "names", "affair", "verdict")),
    ("portal", "account", ("code", "in_set")),
    ("linkage", "epoch", ("institution", "epoch", "confirmed")),
)
"""Whose table, and which of its columns are the same whenever nobody lies."""


def _named(names: str | None) -> list[str]:
    """The parties that a row of the portal names."""
    return [one["id"] for one in json.loads(names)] if names is not None else []


def _part(row: Row, names: tuple[str, ...]) -> Row:
    return row if names == ("*",) else {name: row[name] for name in names}


def _shown(row: Row) -> str:
    values = (one.hex()[:16] if isinstance(one, bytes) else str(one)[:40] for one in row.values())
    return " ".join(values)[:200]
