"""Whoever lies about a record or a box is caught by somebody else within a minute, and named.

Real processes; each lie is told by one of them, with its own keys, among honest others.
"""

import asyncio
import contextlib
import time
from typing import Any

import own_case
import sqlalchemy as sa
from by_hand import A
from lying import MINUTE_SECONDS, LyingCountry, Reader

from renkei.crypto.digests import entry_hash
from renkei.kit.database import connect
from renkei.sandbox.desk import LONGEST_WAIT_SECONDS, at_desk
from renkei.wire.comparing import verify_all
from renkei.wire.deriving import departures
from renkei.wire.entries import ExchangeRecord, read_entry
from renkei.wire.institution.messages import Entries, EntriesOf, Shown
from renkei.wire.linkage.log import Feed, Records
from renkei.wire.linkage.permit import Permit, StrippedRequest

PROVIDER = "receiving-accounts"


async def ask(country: LyingCountry, number: str) -> Any:
    """The parent's city asks a lawful question about the parent; gives the ended exchange."""
    async with at_desk(country.country, A) as desk:
        case = await own_case.ask(
            desk,
            case_number=number,
            office="child-support",
            officer="officer-7",
            affair="106",
            sub_affair="108-1",
            items=["receiving-account"],
            subject="claimant",
            person=country.country.manifest.persons["parent"][A],
            provider=PROVIDER,
            wait_seconds=LONGEST_WAIT_SECONDS,
        )
        until = time.monotonic() + MINUTE_SECONDS
        while not case.settled:
            assert time.monotonic() < until, "the case did not settle"
            await asyncio.sleep(0.3)
            case = await desk.case(number)
    return case.exchanges[0]


async def compared(country: LyingCountry, tx: str) -> None:
    """Wait until both bodies' words on an exchange were compared."""

    def agreed() -> bool:
        rows = country.rows("oversight", f"SELECT state FROM entry WHERE tx = '{tx}'")
        return rows == [("agreed",), ("agreed",)]

    await country.until(agreed, "the records are not compared")


def insider(country: LyingCountry, party: str, statement: str, key: Any) -> None:
    """Somebody with the database in hand changes one row of it, beside the process."""
    with connect(country.country.database(party)) as connection:
        assert connection.execute(sa.text(statement), {"key": key}).rowcount == 1


def evidence(country: LyingCountry, found: dict[str, Any], *kinds: Any, aud: str) -> list[Any]:
    """The signed messages of these kinds in a finding, as a third party reads them."""
    party, read = country.party(A), []
    for raw in found["evidence"]:
        with contextlib.suppress(Exception):
            read.append(party.read_inside(raw.decode(), kinds, aud=aud))
    return read


async def test_honest_lines_say_what_was_signed(lying: LyingCountry) -> None:
    """Nobody lies: the file verifies, says what was signed, and nobody has found anything."""
    asked = await ask(lying, "HONEST-1")
    assert asked.outcome == "provided"
    async with Reader(lying) as reader:
        report = verify_all([await reader.stated(asked.tx)], lying.anchors)
    assert report.witnessed
    held = {one.name: one.holds for one in report.checks}
    assert held["lines-as-signed"]
    assert "inquirers-keys" not in held
    await compared(lying, asked.tx)
    assert lying.findings() == []


async def test_old_records_that_insiders_touch_are_found(lying: LyingCountry) -> None:
    """Edited at A or at B, deleted at both, deleted at the network: each is named, by the log."""
    asked = [await ask(lying, f"OLD-{number}") for number in range(4)]
    for one in asked:
        await compared(lying, one.tx)
    edited, ended, gone, lost = (one.tx for one in asked)
    insider(lying, A, "UPDATE asked SET items = 'pension-benefit' WHERE tx = :key", edited)
    insider(lying, PROVIDER, "UPDATE provided SET reason = 'no-data' WHERE tx = :key", ended)
    insider(lying, A, "DELETE FROM asked WHERE tx = :key", gone)
    insider(lying, PROVIDER, "DELETE FROM provided WHERE tx = :key", gone)
    leaves = lying.rows("linkage", "SELECT seq, record FROM leaf WHERE kind = 1")
    (seq,) = (seq for seq, record in leaves if lost.encode() in record)
    insider(lying, "linkage", "UPDATE leaf SET record = NULL, salt = NULL WHERE seq = :key", seq)

    def found() -> dict[tuple[str, str], dict[str, Any]] | None:
        kinds = ("record-changed", "record-vanished")
        held = [one for one in lying.findings() if one["kind"] in kinds]
        by = {(one["kind"], one["subject"]): one for one in held}
        return by if len(by) >= 5 else None

    by = await lying.until(found, "not all is found")
    named = {key: one["possible"] for key, one in by.items()}
    leaf = next(one["subject"] for key, one in by.items() if key[1].startswith("linkage leaf"))
    assert named == {
        ("record-changed", f"{A} requester {A} {edited}"): [A],
        ("record-changed", f"{PROVIDER} provider {A} {ended}"): [PROVIDER],
        ("record-vanished", f"{A} requester {A} {gone}"): [A],
        ("record-vanished", f"{PROVIDER} provider {A} {gone}"): [PROVIDER],
        ("record-vanished", leaf): ["linkage"],
    }
    # What a body signed then and what it signs now are two digests of one ended record.
    changed = by["record-changed", f"{A} requester {A} {edited}"]
    letters = evidence(lying, changed, Entries, EntriesOf, aud="oversight")
    digests = [
        one.record_digest
        for letter in letters
        for one in letter.message.entries
        if one.tx == edited and one.outcome is not None
    ]
    assert [letter.message.sender for letter in letters] == [A, A]
    assert len(set(digests)) == 2


async def test_a_portal_that_says_that_good_boxes_do_not_open_is_found(
    lying: LyingCountry,
) -> None:
    """The requester shows the seed, and the Commission makes the box again: the portal lied."""
    lying.turn("portal", "shut-boxes")
    asked = await ask(lying, "SHUT-1")
    assert asked.outcome == "provided", "the provider has made the box again, and it was right"
    (found, *_) = await lying.until(lambda: lying.findings("false-evidence"), "it is not found")
    assert found["possible"] == ["portal"]
    assert "so it opens" in found["detail"]
    assert lying.findings("unassigned") == []
    (feed,) = evidence(lying, found, Feed, aud="portal")
    (request,) = evidence(lying, found, StrippedRequest, aud="linkage")
    (line,) = feed.message.lines
    assert (feed.message.sender, request.message.sender) == ("linkage", A)
    assert line.portal_seed.digest == request.message.portal_seed, "it had the box that was signed"


async def test_a_box_that_the_portal_could_not_open_gets_no_data(lying: LyingCountry) -> None:
    """The provider makes the box again and provides nothing; the Commission names the requester."""
    lying.turn(A, "broken-box")
    asked = await ask(lying, "BROKEN-1")
    assert (asked.outcome, asked.reason) == ("refused", "portal-box")
    answers = f"SELECT outcome, reason, article FROM provided WHERE tx = '{asked.tx}'"
    assert lying.rows(PROVIDER, answers) == [("refused", "portal-box", None)]
    (found, *_) = await lying.until(lambda: lying.findings("unassigned"), "it is not found")
    assert found["possible"] == [A]
    (request,) = evidence(lying, found, StrippedRequest, aud="linkage")
    (shown,) = evidence(lying, found, Shown, aud="oversight")
    party, about = lying.party(PROVIDER), (A, asked.tx)
    made = party.seal_seed("portal", "portal-seed", about, shown.message.seed, 1)  # type: ignore[arg-type]
    assert made.digest != request.message.portal_seed, "anybody can make the box again, and see"


async def test_a_network_that_rewrites_what_it_promises_is_found_at_once(
    lying: LyingCountry,
) -> None:
    """By the requester, before any data flows; the portal, the Commission and the file follow."""
    lying.turn("linkage", "rewritten-record")
    asked = await ask(lying, "REWRITTEN-1")
    assert (asked.outcome, asked.reason) == ("refused", "record-differs")
    assert lying.rows(PROVIDER, f"SELECT 1 FROM provided WHERE tx = '{asked.tx}'") == []
    (found, *_) = await lying.until(lambda: lying.findings("records-differ"), "it is not found")
    assert found["possible"] == ["linkage"]
    # The network's own permit promises an entry that no honest record of the request has.
    (request,) = evidence(lying, found, StrippedRequest, aud="linkage")
    (permit,) = evidence(lying, found, Permit, aud=A)
    (records,) = evidence(lying, found, Records, aud="oversight")
    logged = next(one for one in records.message.records if asked.tx.encode() in one.record)
    record = read_entry(logged.record, ExchangeRecord)
    assert permit.message.sender == records.message.sender == "linkage"
    assert entry_hash(logged.kind, logged.record, logged.salt) == permit.message.entry_hash
    assert departures(record, request.message, request.digest) == ["items"]
    await _departs(lying, asked.tx)


async def test_a_network_that_logs_another_record_than_it_promises_is_found(
    lying: LyingCountry,
) -> None:
    """The requester sees nothing wrong and data flows; portal, Commission and file find it."""
    lying.turn("linkage", "hidden-record")
    asked = await ask(lying, "HIDDEN-1")
    assert asked.outcome == "provided"
    await _departs(lying, asked.tx)
    (withheld, *_) = await lying.until(lambda: lying.findings("withheld-leaf"), "nobody missed it")
    assert withheld["possible"] == ["linkage"]


async def _departs(lying: LyingCountry, tx: str) -> None:
    """The portal has reported the record, the page marks it, and the file does not verify."""
    (found, *_) = await lying.until(lambda: lying.findings("record-departs"), "it is not reported")
    assert found["possible"] == ["linkage"]
    assert "items" in found["detail"]
    (request,) = evidence(lying, found, StrippedRequest, aud="linkage")
    assert (request.message.tx, request.message.items) == (tx, ["receiving-account"])
    async with Reader(lying) as reader:
        until = time.monotonic() + MINUTE_SECONDS
        file = await reader.file()
        while not any(tx.encode() in one.record for one in file.lines):
            assert time.monotonic() < until, "the line is in no file"
            await asyncio.sleep(0.3)
            file = await reader.file()
        _, page = await reader.get("/history?lang=en")
    report = verify_all([file], lying.anchors)
    (failed,) = [one for one in report.checks if one.holds is False]
    assert failed.name.startswith("lines-as-signed: line ")
    assert failed.why == "The network's record is not what was signed: items."
    assert "record differs from the request" in page.decode()
