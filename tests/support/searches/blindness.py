"""P4: the network keeps nothing that opens, converts or links requests that have ended."""

import base64
import binascii
import contextlib
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from judging import hold, rows_of
from letters import payload
from looking import stored_bytes
from weathering import Weathering

HANDLES = 24
"""A value of at least so many characters or bytes can tell one record from all others."""


def check_blind(weather: Weathering) -> None:
    """The network keeps nothing that opens, converts or links requests that have ended."""
    kept = rows_of(weather, "linkage", "SELECT tx FROM permit WHERE reply IS NOT NULL")
    hold("P4", not kept, f"the network keeps boxes of {len(kept)} permits that ran out")
    hold("P4", not rows_of(weather, "linkage", "SELECT 1 FROM feed"), "the feed is not emptied")
    stored = stored_bytes(weather.world.country.database("linkage"))
    for value in _boxes(weather):
        hold("P4", value not in stored, "a box or a point of an ended request is still stored")
    places: dict[bytes, set[tuple[str, str]]] = defaultdict(set)
    for table in ("permit", "leaf"):
        for row in rows_of(weather, "linkage", f"SELECT * FROM {table}"):
            key = _transaction(row)
            for value in _handles(row) if key else ():
                places[value].add(key)
    for value, keys in places.items():
        hold("P4", len(keys) == 1, f"{value[:20]!r} stands with {len(keys)} requests: {keys}")


def _boxes(weather: Weathering) -> set[bytes]:
    """Every box and every point that reached or left the network in a request or the feed."""
    found: set[bytes] = set()
    for one in weather.world.carried:
        if one.receiver != "linkage" or one.path not in ("/permit", "/feed"):
            continue
        said = payload(one.answer or b"") or {}
        for part in (payload(one.letter), said, *said.get("lines", [])):
            for name in ("code", "provider_seed", "portal_seed"):
                box = (part or {}).get(name)
                if isinstance(box, dict):
                    found |= {base64.b64decode(box["data"]), box["data"].encode()}
            if (part or {}).get("portal_code"):
                found |= {base64.b64decode(part["portal_code"]), part["portal_code"].encode()}
    return found


def _transaction(row: dict[str, Any]) -> tuple[str, str] | None:
    record = json.loads(row["record"]) if row.get("record") else row
    return (record["requester"], record["tx"]) if "tx" in record else None


def _handles(row: dict[str, Any]) -> Iterator[bytes]:
    """Values long enough to be a handle on somebody; no names of laws and offices."""
    record = json.loads(row["record"]) if row.get("record") else {}
    named = {"article", "affair", "sub_affair", "office", "consent_digest", "asked_at"}
    named |= {"requester", "provider", "sender", "tx", "reason", "subject", "items", "at"}
    # Receipts of one batch share its digest: that is when they were sent, not whose they are.
    named |= {"batch_digest"}
    for name, value in [*row.items(), *record.items()]:
        if name in named or name in ("record", "reply", "valid_until"):
            continue
        if isinstance(value, str) and len(value) >= HANDLES:
            with contextlib.suppress(binascii.Error):
                value = base64.b64decode(value, validate=True)
        if isinstance(value, bytes) and len(value) >= HANDLES:
            yield value
