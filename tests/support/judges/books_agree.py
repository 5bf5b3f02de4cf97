"""Do all parties' records of every exchange agree, each there once? Sentences that say no."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from books import EXCHANGE, RECEIPT, Books, Row, by

from renkei.crypto.digests import log_entry
from renkei.crypto.merkle import leaf_hash

TERMS = ("office", "affair", "sub_affair", "items", "subject", "commitment", "entry_hash")
"""What A and B record alike; `permit_digest`, `valid_until` and the answer's are looked at, too."""
ENDS = {"provided", "no-data", "withheld", "refused"}
"""Ends that both sides know."""


def exchanges_agree(books: Books) -> list[str]:
    """What is wrong with any exchange; empty where every one ended exactly once."""
    return [
        *_asked_once(books),
        *_permitted_once(books),
        *_provided_once(books),
        *_receipts_once(books),
        *_filed_once(books),
    ]


def _name(row: Row) -> str:
    return f"{row['institution'] if 'institution' in row else row['requester']} {row['tx']}"


def _asked_once(books: Books) -> Iterator[str]:
    for tx, number in Counter(one["tx"] for one in books.asked).items():
        if number != 1:
            yield f"{tx}: asked {number} times"
    for one in books.asked:
        if one["state"] != "closed" or one["outcome"] not in ENDS:
            yield f"{_name(one)}: {one['state']}, outcome {one['outcome']}"
        if one["request"] is not None or one["permit"] is not None:
            yield f"{_name(one)}: ended, but request or permit is still kept"
        held = json.loads(one["content"]) if one["content"] else []
        items = [item["item"] for item in held]
        if bool(items) != (one["outcome"] == "provided") or len(items) != len(set(items)):
            yield f"{_name(one)}: {one['outcome']} with content {items}"


def _permitted_once(books: Books) -> Iterator[str]:
    permits = by(books.permits, lambda row: (row["requester"], row["tx"]))
    leaves = by(books.leaves_of(EXCHANGE), _key_of_record)
    for one in books.sent():
        key = (one["institution"], one["tx"])
        there, logged = permits.pop(key, []), leaves.pop(key, [])
        if len(there) != 1 or len(logged) != 1:
            yield f"{_name(one)}: {len(there)} permits, {len(logged)} log entries"
            continue
        for field in ("provider", "commitment", "request_digest", "valid_until"):
            if there[0][field] != one[field]:
                yield f"{_name(one)}: {field} differs at linkage"
        yield from _record_agrees(one, logged[0])
    for key in [*permits, *leaves]:
        yield f"{key}: linkage has a permit or log entry that nobody asked for"


def _key_of_record(leaf: Row) -> tuple[str, str]:
    record = json.loads(leaf["record"])
    return record["requester"], record["tx"]


def _record_agrees(one: Row, leaf: Row) -> Iterator[str]:
    record = json.loads(leaf["record"])
    entry = log_entry(leaf["kind"], leaf["record"], leaf["salt"])
    if leaf["entry"] != entry or leaf["hash"] != leaf_hash(entry):
        yield f"{_name(one)}: the log entry is not that of its record"
    if leaf["hash"] != one["entry_hash"]:
        yield f"{_name(one)}: the log entry is not the one promised"
    asked_at = datetime.fromisoformat(record["asked_at"]).replace(tzinfo=None)
    wanted = {
        **{field: one[field] for field in ("provider", "office", "affair", "sub_affair")},
        "subject": one["subject"],
        "items": one["items"].split(" "),
        "commitment": b64encode(one["commitment"]).decode(),
        "request_digest": b64encode(one["request_digest"]).decode(),
        "allowed": True,
    }
    differing = [field for field, value in wanted.items() if record[field] != value]
    if asked_at != datetime.fromisoformat(one["asked_at"]):
        differing.append("asked_at")
    for field in differing:
        yield f"{_name(one)}: {field} differs in the log"


def _provided_once(books: Books) -> Iterator[str]:
    provided = by(books.provided, lambda row: (row["requester"], row["tx"]))
    for one in books.sent():
        there = provided.pop((one["institution"], one["tx"]), [])
        if [row["institution"] for row in there] != [one["provider"]]:
            yield f"{_name(one)}: recorded by {[row['institution'] for row in there]} as provider"
            continue
        other = there[0]
        same = (*TERMS, "permit_digest", "valid_until", "asked_at", "outcome", "answer_digest")
        for field in same:
            if other[field] != one[field]:
                yield f"{_name(one)}: {field} differs at {one['provider']}"
        if not other["received"] or other["answer"] is not None:
            yield f"{_name(one)}: {one['provider']} does not know that it was received"
    for key in provided:
        yield f"{key}: a provider has a record that nobody asked for"


def _receipts_once(books: Books) -> Iterator[str]:
    own = by(books.receipts, lambda row: (row["requester"], row["tx"], row["institution"]))
    noted = by(books.noted, lambda row: (row["requester"], row["tx"], row["sender"]))
    leaves = by(
        books.leaves_of(RECEIPT),
        lambda row: (*_key_of_record(row), json.loads(row["record"])["sender"]),
    )
    for one in books.sent():
        for side in (one["institution"], one["provider"]):
            key = (one["institution"], one["tx"], side)
            mine, there, logged = own.pop(key, []), noted.pop(key, []), leaves.pop(key, [])
            if (len(mine), len(there), len(logged)) != (1, 1, 1):
                yield (
                    f"{_name(one)}: of {side} {len(mine)} receipts, {len(there)} at linkage, "
                    f"{len(logged)} log entries"
                )
                continue
            record = json.loads(logged[0]["record"])
            said = (mine[0]["state"], mine[0]["outcome"], mine[0]["digest"], mine[0]["commitment"])
            if said != ("noted", one["outcome"], one["answer_digest"], one["commitment"]):
                yield f"{_name(one)}: the receipt of {side} differs from the record"
            logs = (record["outcome"], record["digest"], record["commitment"])
            if logs != (said[1], *(b64encode(value).decode() for value in said[2:])):
                yield f"{_name(one)}: the receipt of {side} differs in the log"
            if there[0]["leaf"] != logged[0]["seq"]:
                yield f"{_name(one)}: the receipt of {side} names another log entry"
    for key in [*own, *noted, *leaves]:
        yield f"{key}: a receipt for no exchange"


def _filed_once(books: Books) -> Iterator[str]:
    filings = ((EXCHANGE, "line", books.lines), (RECEIPT, "receipt", books.portal_receipts))
    for kind, what, rows in filings:
        filed = by(rows, lambda row: row["seq"])
        for leaf in books.leaves_of(kind):
            # A line's number follows from the place in the log: numbers of rows may have gaps.
            placed = leaf["position"] is not None
            there = filed.pop(leaf["position"] + 1, []) if placed else []
            if len(there) != 1:
                yield f"entry {leaf['seq']}: {len(there)} times at the portal as {what}"
                continue
            for field, value in (("leaf", leaf["position"]), ("record", leaf["record"]),
                                 ("salt", leaf["salt"])):  # fmt: skip
                if there[0][field] != value:
                    yield f"entry {leaf['seq']}: {field} differs at the portal"
        for seq in filed:
            yield f"entry {seq}: the portal has a {what} that is not in the log"


def told_is_there(books: Books, cases: dict[str, frozenset[str]]) -> list[str]:
    """What desks were told is recorded and is not: cases with their exchanges, by case number."""
    wrong = []
    opened = {one["case_number"] for one in books.cases}
    asked = by(books.asked, lambda row: row["case_number"])
    for number, exchanges in cases.items():
        if number not in opened:
            wrong.append(f"{number}: the desk was told of a case that is not there")
        if {one["tx"] for one in asked[number]} != exchanges:
            wrong.append(f"{number}: the desk was told of other exchanges than are there")
    return wrong
