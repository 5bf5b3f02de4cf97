"""The promises, judged from outside: what travelled, what stands in the databases, who may verify.

P1 no shared identifier travels, P2 no legal basis no exchange, P3 every judged request stands in
the person's account, P4 the network is blind; and every exchange ends exactly once. Nothing here
asks the product's own rules, but for the verifier a person uses.
"""

import itertools
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec
from allowed import article_of, is_withheld
from blindness import check_blind
from judging import PromiseBroken, hold, rows_of
from letters import leaves, payload
from stormy import Carried
from weathering import CITIES, Weathering, template

from renkei.wire.history import Anchors
from renkei.wire.verifying import verify

DIGITS = re.compile(r"\d{11,}")
HELD = {"linkage", "individual-number", "portal", *CITIES}
OPENED = "/openings"
"""The Commission opens random entries in memory: there alone the portal's codes travel."""
GAVE_UP = {"lapsed", "not-received"}
FINAL = {"provided", "no-data", "withheld", "refused"}

__all__ = ["Judge", "PromiseBroken"]


@dataclass
class Secrets:
    """What may not travel: numbers, resident codes, names, addresses; and codes."""

    numbers: set[str]
    texts: list[str]

    @classmethod
    def of(cls, weather: Weathering) -> "Secrets":
        """From J-LIS's register."""
        rows = weather.world.rows(
            "individual-number",
            "SELECT individual_number, resident_code, name, address FROM resident",
        )
        numbers = {one for row in rows for one in row[:2]}
        return cls(numbers, sorted({one for row in rows for one in row[2:]}))


@dataclass
class Judge:
    """Judges one example; `travelled` after every step, `ended` once it has come to rest."""

    weather: Weathering
    looked: int = 0
    _secrets: Secrets = field(init=False)
    _seen: set[bytes] = field(default_factory=set)
    _final: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._secrets = Secrets.of(self.weather)

    # -- what is stored --------------------------------------------------------------------------

    def rows(self, party: str, query: str) -> list[dict[str, Any]]:
        """Rows of a database by column name."""
        return rows_of(self.weather, party, query)

    def codes(self) -> dict[str, set[bytes]]:
        """Every code by the database that holds it."""
        found = {
            city: {row["element"] for row in self.rows(city, "SELECT element FROM code")}
            for city in CITIES
        }
        accounts = self.rows("portal", "SELECT code FROM account WHERE code IS NOT NULL")
        return {**found, "portal": {row["code"] for row in accounts}}

    # -- after every step ------------------------------------------------------------------------

    def travelled(self) -> None:
        """P1 and exactly-once over what was carried since the last look."""
        new = self.weather.world.carried[self.looked :]
        self.looked += len(new)
        if not new:
            return
        codes = self.codes()
        every = set().union(*codes.values())
        for one, two in itertools.combinations(codes, 2):
            hold("P1", not codes[one] & codes[two], f"one code stands at {one} and at {two}")
        for one in new:
            self._answered_once(one)
            if not one.sender.endswith("-desk"):
                self._no_identifier(one, every)

    def _no_identifier(self, one: Carried, codes: set[bytes]) -> None:
        where = f"{one.sender} -> {one.receiver}{one.path}"
        for raw in (one.letter, one.answer or b""):
            if raw in self._seen:
                continue
            self._seen.add(raw)
            opened = one.path == OPENED and raw is one.answer
            for leaf in leaves(payload(raw)):
                if isinstance(leaf, bytes):
                    found = any(code in leaf for code in codes) and not opened
                    hold("P1", not found, f"a code travelled: {where}")
                    continue
                for run in DIGITS.findall(leaf):
                    parts = {run[at : at + n] for n in (11, 12) for at in range(len(run) - n + 1)}
                    hold("P1", not parts & self._secrets.numbers, f"a number travelled: {where}")
                named = any(text in leaf for text in self._secrets.texts)
                hold("P1", not named, f"a name or an address travelled: {where}")

    def _answered_once(self, one: Carried) -> None:
        """The network's reply and the provider's final answer never change (byte for byte)."""
        if one.status != 200 or one.path not in ("/permit", "/provide", "/attributes"):
            return
        said = payload(one.answer or b"")
        if said.get("state") in ("pending", "no-code"):
            return
        call = "/permit" if one.path == "/permit" else "/provide"
        key = (call, said["requester"], said["tx"])
        first = self._final.setdefault(key, one.answer or b"")
        hold("once", first == one.answer, f"{one.receiver} answered {key} in two ways")

    # -- at rest ---------------------------------------------------------------------------------

    def ended(self) -> None:
        """Everything, once nothing is under way any more."""
        self.travelled()
        log = self.log()
        self._exactly_once(log)
        self._lawful(log)
        self._in_the_ledger(log)
        self._verifies(log)
        check_blind(self.weather)
        self._quiet()

    def log(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The network's records of exchanges, by requester and transaction; each stands once."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.rows("linkage", "SELECT record, position FROM leaf WHERE kind = 1"):
            record = json.loads(row["record"])
            key = (record["requester"], record["tx"])
            hold("P3", key not in found, f"{key} stands twice in the log")
            hold("P3", row["position"] is not None, f"{key} is not integrated")
            found[key] = record
        return found

    def _quiet(self) -> None:
        weather, world = self.weather, self.weather.world
        hold("bug", not world.bugs, f"a door failed: {world.bugs!r}")
        hold("bug", not world.failed, f"background work failed: {world.failed!r}")
        # A network whose clock is wrong signs versions of the wrong time: that is found rightly.
        misdated = weather.wrong_clocks & {"linkage", "oversight"}
        just = {"directory-refused"} if misdated else set()
        noise = [one for one in weather.noise if one.get("kind") not in just]
        hold("bug", not noise, f"errors were logged: {noise!r}")
        findings = [
            one
            for one in self.rows("oversight", "SELECT kind, subject, detail FROM finding")
            if one["kind"] not in just
        ]
        hold("accused", not findings, f"weather alone was held against somebody: {findings}")
        found = self.rows("portal", "SELECT kind, detail FROM finding")
        hold("accused", not found, f"the portal found {found}")

    # -- exactly once ----------------------------------------------------------------------------

    def _exactly_once(self, log: dict[tuple[str, str], dict[str, Any]]) -> None:
        asked = {
            (city, row["tx"]): row
            for city in CITIES
            for row in self.rows(city, "SELECT * FROM asked")
        }
        given: dict[tuple[str, str], dict[str, Any]] = {}
        for city in CITIES:
            for row in self.rows(city, "SELECT * FROM provided"):
                key = (row["requester"], row["tx"])
                hold("once", key not in given, f"{key} was provided for twice")
                given[key] = {**row, "by": city}
        receipts = self._receipts()
        for key in log:
            hold("once", key in asked, f"{key} was judged and never recorded as asked")
        for key in given:
            hold("P2", key in log and log[key]["allowed"], f"{key} was answered without a permit")
        for key, row in asked.items():
            hold("once", row["state"] == "closed", f"{key} did not end: {row['state']}")
            hold("once", row["request"] is None and row["permit"] is None, f"{key} keeps boxes")
            self._judged(key, row, log.get(key))
            self._agree(key, row, given.get(key), receipts)
        for key, record in given.items():
            hold("once", record["outcome"] is not None, f"{key} is undecided at its provider")
            hold("once", record["answer"] is None, f"{key}: the answer is still kept")
        wanted = sum(
            row["outcome"] is not None and row["permit_digest"] is not None
            for row in asked.values()
        )
        owed = wanted + len(given)
        hold("once", sum(map(len, receipts.values())) == owed, f"{owed} receipts are due")
        noted = self.rows("linkage", "SELECT * FROM receipt")
        hold("once", len(noted) == owed, f"the network has {len(noted)} of {owed} receipts")
        entries = self.rows("linkage", "SELECT 1 FROM leaf WHERE kind = 2")
        hold("once", len(entries) == owed, f"the log has {len(entries)} of {owed} receipts")

    def _receipts(self) -> dict[tuple[str, str], dict[str, str]]:
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for city in CITIES:
            for row in self.rows(city, "SELECT * FROM receipt"):
                key = (row["requester"], row["tx"])
                hold("once", row["state"] == "noted", f"{city}'s receipt of {key}: {row['state']}")
                found[key][city] = row["outcome"]
        return found

    def _judged(self, key: Any, row: dict[str, Any], record: dict[str, Any] | None) -> None:
        """Who has a record at the network, and what the requester knows of it."""
        if row["refused_by"] == "requester":
            hold("once", record is None, f"{key}: refused at home, and judged")
        elif record is None:
            late = (row["outcome"], row["reason"]) == ("refused", "epoch")
            hold(
                "once", late, f"{key} ended as {row['outcome']} ({row['reason']}) without a record"
            )
        elif not record["allowed"]:
            ended = (row["outcome"], row["refused_by"])
            lapsed = row["outcome"] == "lapsed"
            hold("once", lapsed or ended == ("refused", "network"), f"{key}: refused, yet {ended}")

    def _agree(
        self, key: Any, row: dict[str, Any], given: dict[str, Any] | None, receipts: Any
    ) -> None:
        """Only outcomes that the design allows stand side by side."""
        ours, theirs = row["outcome"], given["outcome"] if given else None
        content = json.loads(row["content"]) if row["content"] else []
        hold(
            "once",
            bool(content) == (ours == "provided"),
            f"{key}: {ours} with {len(content)} items",
        )
        said = receipts.get(key, {})
        if row["permit_digest"] is not None:
            hold("once", said.get(key[0]) == ours, f"{key}: ended {ours}, receipt {said}")
        if given is None:
            early = ours in GAVE_UP or (ours == "refused" and row["refused_by"] != "provider")
            early = early or (ours == "refused" and row["reason"] == "epoch")
            hold("once", early, f"{key}: {ours}, and the provider knows nothing of it")
            return
        hold("once", said.get(given["by"]) == theirs, f"{key}: {theirs}, receipt {said}")
        agree = ours == theirs or ours == "not-received"
        hold("once", agree, f"{key}: the requester says {ours}, the provider {theirs}")
        if given["received"]:
            hold("once", ours in FINAL, f"{key}: received, and ended as {ours}")
        if given["person"]:
            self._right(key, row, given, content)

    def _right(self, key: Any, row: dict[str, Any], given: Any, content: list[Any]) -> None:
        """It is about the person who was asked about, and what arrived is what stands on file."""
        asked, world = set(row["items"].split(" ")), self.weather.world
        persons = world.country.manifest.persons
        tag = next(tag for tag, ids in persons.items() if ids.get(key[0]) == row["person"])
        person = persons[tag].get(given["by"])
        hold("P2", given["person"] == person, f"{key}: about {tag}, answered about another person")
        for item in content:
            kinds = {item["item"], "local-tax" if item["item"].endswith("-tax") else item["item"]}
            hold("P2", kinds & asked, f"{key}: {item['item']} was not asked for")
            held = world.rows(
                given["by"],
                "SELECT fields FROM copy WHERE person = :person AND item = :item",
                person=person,
                item=item["item"],
            )
            fields = json.loads(held[0][0]) if held else None
            hold("P2", fields == item["fields"], f"{key}: {item['item']} is not what is on file")

    # -- P2 --------------------------------------------------------------------------------------

    def _lawful(self, log: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Every permit, and every provision, had a row and two parties in good standing."""
        versions: dict[tuple[str, str, str], set[int]] = defaultdict(set)
        for one in self.weather.world.carried:
            if one.path not in ("/permit", "/provide", "/attributes"):
                continue
            said = payload(one.letter)
            said = payload(said["permit"].encode()) if "permit" in said else said
            requester = said.get("requester", said["sender"])
            call = "permit" if one.path == "/permit" else "provide"
            versions[call, requester, said["tx"]] |= one.versions
        for key, record in log.items():
            article = article_of(record)
            good = self._good(record, versions["permit", *key])
            if record["allowed"]:
                hold("P2", article is not None, f"{key}: a permit without basis: {record}")
                hold("P2", record["article"] == article, f"{key} cites {record['article']}")
                hold("P2", good, f"{key}: a permit for a party in no standing")
            elif record["reason"] not in ("stale",) and article is not None:
                bad = self._bad(record, versions["permit", *key])
                hold("P2", bad, f"{key}: lawful, and refused: {record['reason']}")
        for city in CITIES:
            for row in self.rows(city, "SELECT * FROM provided WHERE outcome = 'provided'"):
                key = (row["requester"], row["tx"])
                good = self._good(log[key], versions["provide", *key])
                hold("P2", good, f"{key}: provided to or by a party in no standing")
                hold("P2", not is_withheld(log[key]), f"{key}: provided what is withheld")

    def _good(self, record: dict[str, Any], versions: set[int]) -> bool:
        """Whether both parties stood well in one of the versions it may have gone by."""
        parties = {record["requester"], record["provider"]}
        standings = [self.weather.standings[one] for one in versions if one]
        return any(not parties & (one.suspended | one.unassessed) for one in standings)

    def _bad(self, record: dict[str, Any], versions: set[int]) -> bool:
        parties = {record["requester"], record["provider"]}
        standings = [self.weather.standings[one] for one in versions if one]
        return any(parties & (one.suspended | one.unassessed) for one in standings)

    # -- P3 --------------------------------------------------------------------------------------

    def _in_the_ledger(self, log: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Each judged request is one line, in the account of the person it was about."""
        persons = self.weather.world.country.manifest.persons
        lines = self.rows(
            "portal",
            "SELECT record, account.code AS code FROM line JOIN account ON account.id = account",
        )
        counted: Counter[bytes] = Counter()
        filed = set()
        for line in lines:
            record = json.loads(line["record"])
            key = (record["requester"], record["tx"])
            hold("P3", key not in filed, f"{key} has two lines")
            filed.add(key)
            ((person,),) = self.weather.world.rows(
                key[0], "SELECT person FROM asked WHERE tx = :tx", tx=key[1]
            )
            tag = next(tag for tag, ids in persons.items() if ids.get(key[0]) == person)
            hold("P3", line["code"] == template().accounts[tag], f"{key}: not {tag}'s account")
            counted[line["code"]] += 1
        missing = set(log) - filed
        hold("P3", not missing, f"judged, and in nobody's account: {missing}")
        hold("P3", filed == set(log), "a line that the log does not have")
        accounts = self.rows("portal", "SELECT code, count FROM account WHERE count > 0")
        sums = {row["code"]: row["count"] for row in accounts}
        hold("P3", sums == dict(counted), "the ledger counts otherwise than there are lines")
        if log:
            stated = self.rows(
                "oversight", "SELECT exchange_entries FROM statement ORDER BY log_size DESC LIMIT 1"
            )
            said = stated[0]["exchange_entries"] if stated else None
            hold("P3", said == len(log), f"the Commission states {said} of {len(log)} exchanges")

    def _verifies(self, log: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Everybody's download verifies, is witnessed and holds all lines."""
        world, node = self.weather.world, self.weather.world.nodes["portal"]
        anchors = msgspec.json.decode(
            (world.country.folder / "anchors.json").read_bytes(), type=Anchors
        )
        service = node.running.services["download"]
        total = 0
        for tag, code in template().accounts.items():
            file = self.weather.waits_for(service.file(code))
            report = verify(file, anchors)
            failed = [check for check in report.checks if check.holds is False]
            hold("P3", report.verified, f"{tag}'s history does not verify: {failed}")
            hold("P3", report.witnessed or not log, f"{tag}'s history is not witnessed")
            total += report.lines
        hold("P3", total == len(log), f"all histories have {total} lines, the log {len(log)}")
