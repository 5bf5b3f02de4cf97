"""Everything the network keeps about requests, taken apart to single values, and what they tell."""

import base64
import binascii
import hmac
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from looking import named_rows, tables

from renkei.crypto.encoding import join
from renkei.kit.location import Location

DIGEST_BYTES = 32
_JWS = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KEY = re.compile(r"[A-Za-z0-9+/_-]{42,44}={0,1}")
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One case as only the requester knows it: which transactions belong together."""

    number: str
    requester: str
    transactions: frozenset[str]


def values(place: str, held: Any) -> Iterator[tuple[str, str]]:
    """Every single value in a column, a JSON text or a signed message, with where it stands."""
    if isinstance(held, bytes):
        yield place, held.hex()
        try:
            held = held.decode()
        except UnicodeDecodeError:
            return
    if isinstance(held, dict):
        for name, inner in held.items():
            yield from values(f"{place}.{name}", inner)
    elif isinstance(held, list):
        yield place, json.dumps(held)
        for inner in held:
            yield from values(place, inner)
    elif isinstance(held, str):
        yield place, held
        yield from _inside(place, held)
    elif held is not None:
        yield place, repr(held)


def _inside(place: str, text: str) -> Iterator[tuple[str, str]]:
    if text.startswith(("{", "[")):
        try:
            yield from values(place, json.loads(text))
        except ValueError:
            return
    elif _JWS.fullmatch(text):
        for part in text.split(".")[:2]:
            plain = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            yield from values(f"{place}.signed", json.loads(plain))
    elif place.endswith(".tx") and text.count("-") == 4:
        yield f"{place}.milliseconds", text[:13]


def kept(database: Location | Path) -> Iterator[tuple[str, str | None, list[tuple[str, str]]]]:
    """Every row of every table: the table, the transaction it is about, and all its values."""
    for table in tables(database):
        for row in named_rows(database, f'SELECT * FROM "{table}"'):
            found = [one for name in row for one in values(f"{table}.{name}", row[name])]
            about = {value for place, value in found if place.endswith(".tx")}
            yield table, about.pop() if len(about) == 1 else None, found


def by_transaction(database: Location | Path) -> dict[str, set[tuple[str, str]]]:
    """All that is kept about each request, from all tables together."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for _, tx, held in kept(database):
        if tx is not None:
            found[tx] |= {(place, value) for place, value in held if value != tx}
    return found


def digests(database: Location | Path) -> set[bytes]:
    """Every value of 32 bytes, or 33 with a kind before it, in any column or field."""
    found: set[bytes] = set()
    for _, _, held in kept(database):
        for _, value in held:
            if re.fullmatch(r"[0-9a-f]{64,66}", value) and len(value) != 65:
                found.add(bytes.fromhex(value)[-DIGEST_BYTES:])
            elif _KEY.fullmatch(value):
                plain = value.translate(str.maketrans("-_", "+/")).rstrip("=")
                try:
                    found.add(base64.b64decode(plain + "=" * (-len(plain) % 4)))
                except binascii.Error:
                    continue
    return {one for one in found if len(one) == DIGEST_BYTES}


# -- what repeats --------------------------------------------------------------------------------


def giveaways(records: dict[str, set[tuple[str, str]]], cases: Iterable[Case]) -> list[str]:
    """Values that repeat across records of one case and of no other like it.

    Alike are cases of one requester, office, affair and day: whoever knows only these must not be
    able to tell which requests belong together.
    """
    groups: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        for tx in case.transactions & records.keys():
            facts = dict(records[tx])
            day = facts["leaf.record.asked_at"][:10]
            group = (
                *(case.requester, facts["leaf.record.office"], facts["leaf.record.affair"]),
                day,
            )
            groups[group][case.number].append(tx)
    found = []
    for group, members in groups.items():
        repeated = {
            number: {
                value
                for value, count in Counter(v for tx in txs for v in records[tx]).items()
                if count > 1
            }
            for number, txs in members.items()
        }
        shown = Counter(value for several in repeated.values() for value in several)
        found += [
            f"{group}: only in case {number} repeats {place} = {value}"
            for number, several in repeated.items()
            for place, value in sorted(several)
            if shown[place, value] == 1
        ]
    return found


def shared_secrets(records: dict[str, set[tuple[str, str]]]) -> list[str]:
    """Values of 32 bytes that stand in the records of more than one request."""
    where: dict[str, set[str]] = defaultdict(set)
    for tx, held in records.items():
        for place, value in held:
            if re.fullmatch(r"[0-9a-f]{64}", value) or _KEY.fullmatch(value):
                where[value].add(tx)
                where[f"{place} {value}"].add(tx)
    return sorted(text for text, at in where.items() if len(at) > 1 and " " in text)


# -- what can be guessed -------------------------------------------------------------------------


def plain_guesses(value: str) -> Iterator[bytes]:
    """Digests a guesser would try of a value alone."""
    texts = [
        *(value, f'"{value}"', f"income={value}", f"total-income:{value}", f"{value}円"),
        *(f"{value} yen", f"{value}\n", f"renkei case v1{value}"),
        f'{{"name":"total-income","value":{value},"unit":"yen"}}',
    ]
    for text in texts:
        yield sha256(text.encode()).digest()
    if value.isdigit():
        number = int(value)
        for size in (4, 8):
            yield sha256(number.to_bytes(size, "big")).digest()
            yield sha256(number.to_bytes(size, "little")).digest()


def guesses_with(value: str, tx: str, party: str) -> Iterator[bytes]:
    """Digests a guesser would try of a value with what everybody can read beside it."""
    text = value.encode()
    for label in ("renkei case v1", "renkei officer v1", "renkei consent v1"):
        joined = join(label, tx, value)
        yield sha256(joined).digest()
        yield hmac.digest(tx.encode(), joined, "sha256")
        yield hmac.digest(party.encode(), joined, "sha256")
    yield sha256(tx.encode() + text).digest()
    yield sha256(text + tx.encode()).digest()
    yield sha256(tx.encode() + b"|" + text).digest()
    yield hmac.digest(tx.encode(), text, "sha256")
    yield hmac.digest(party.encode(), text, "sha256")
