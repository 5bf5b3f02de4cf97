"""What the Commission decides: whether records agree, openings hold, a directory is fit (検査).

Pure. Every function says in plain words what is wrong, as the detail of a finding; nothing wrong
gives an empty list or None.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

import msgspec

from renkei.crypto import codes, digests, sum_tree
from renkei.crypto.errors import CryptoError, ProofError
from renkei.crypto.sum_tree import Account, Sum
from renkei.wire.directory import Directory
from renkei.wire.history import UNASSIGNED_PLACE, ExchangeRecord, decode_path
from renkei.wire.messages.directory import DirectoryEntry, DirectoryVersion
from renkei.wire.messages.oversight import AccountState, InstitutionEntry, LoggedRecord, Opening

EXCHANGE: Final = 1
LEDGER_ROOT: Final = 4
"""Kinds of log entries that are read here; the first byte of an entry."""

COSIGNATURE_AGE_LIMIT_SECONDS: Final = 120
"""An older cosignature is alarmed."""
COSIGN_AGAIN_SECONDS: Final = 30
"""A log that does not grow is cosigned anew after this long, so that the age stays telling."""
PROMISE_SECONDS: Final = 45
PROMISE_SETTLE_SECONDS: Final = 5
"""A promised leaf that is missing this long after the promise, twice this far apart, is withheld:
together less than the minute of the protocol."""
OTHER_SIDE_SECONDS: Final = 60
"""How long one side's ended record may stand alone before the other side's absence tells."""
DIRECTORY_DAYS_LIMIT: Final = 30
SKIPPED_VERSIONS_LIMIT: Final = 1_000
"""Numbers are used once: each proposal that was overtaken before it was signed leaves a gap, and a
number far away would leave none for later."""
CLOCK_SECONDS: Final = 300
COUNT_MISSING: Final = "the ledger does not show an account that it showed before"

FindingKind = Literal[
    "fork",
    "entries-differ",
    "withheld-leaf",
    "records-differ",
    "ledger-count",
    "ledger-fork",
    "ledger-old",
    "count-fell",
    "opening-failed",
    "unassigned",
    "unconfirmed-code",
    "false-evidence",
    "directory-refused",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be, with the signed bytes that show it (指摘事項).

    `subject` names what it is about: the same kind and subject is one finding, however often seen.
    """

    kind: FindingKind
    parties: tuple[str, ...]
    subject: str
    evidence: tuple[bytes, ...]
    detail: str


class LedgerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a ledger root in the log says; other fields are bound by the hash and left alone."""

    log_size: int
    root: bytes
    exchange_entries: int


# -- promises ------------------------------------------------------------------------------------


def promise_due(promised_at: datetime, seen_at: datetime) -> datetime:
    """When a promised leaf that is not in the log starts to count as missing (記録の約束).

    The promise's time is an institution's word, so it is held between two bounds of our own clock.
    """
    latest = seen_at + timedelta(seconds=PROMISE_SECONDS)
    earliest = seen_at + timedelta(seconds=PROMISE_SETTLE_SECONDS)
    return min(max(promised_at + timedelta(seconds=PROMISE_SECONDS), earliest), latest)


def is_withheld(missing_since: datetime, now: datetime) -> bool:
    """Whether a leaf stayed missing long enough after it was due: one bad moment is no finding."""
    return now - missing_since >= timedelta(seconds=PROMISE_SETTLE_SECONDS)


# -- records of three parties ----------------------------------------------------------------------

_WITHOUT_PROVIDER: Final = frozenset({"refused", "lapsed", "not-received"})
_GAVE_UP: Final = frozenset({"lapsed", "not-received"})


@dataclass(frozen=True, slots=True)
class Side:
    """One institution's word on an exchange, and who said it."""

    institution: str
    entry: InstitutionEntry


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found, and whether all three sides have said all they will."""

    differences: list[str]
    settled: bool


def logged_entry_hash(logged: LoggedRecord) -> bytes:
    """The leaf hash that a shown record and its salt really give (葉のハッシュ値)."""
    return digests.entry_hash(logged.kind, logged.record, logged.salt)


def compare(
    requester: Side | None, provider: Side | None, record: ExchangeRecord | None, *, waited: bool
) -> Comparison:
    """Compare both institutions' records with the network's (記録の照合, 法23条).

    `record` is the network's, None where it shows none for this leaf; `waited` says that a side
    that is None was asked late enough to have had its say.
    """
    sides = [side for side in (requester, provider) if side is not None]
    if record is None:
        return Comparison(["the network shows no record of an entry it logged"], True)
    found = [text for side in sides for text in _against_network(side, record)]
    if requester is not None and provider is not None:
        for name in ("entry_hash", "commitment"):
            if getattr(requester.entry, name) != getattr(provider.entry, name):
                found.append(f"requester and provider hold different values of {name}")
    if found:
        return Comparison(found, True)
    return _outcomes(requester, provider, record, waited=waited)


def _against_network(side: Side, record: ExchangeRecord) -> list[str]:
    entry, found = side.entry, []
    named = record.requester if entry.side == "requester" else record.provider
    if (entry.requester, entry.tx) != (record.requester, record.tx):
        found.append(f"the entry promised to {side.institution} is of another transaction")
    if named != side.institution:
        found.append(f"the network's record does not name {side.institution} as {entry.side}")
    if entry.commitment != record.commitment:
        found.append(f"the network's record has another commitment than {side.institution}")
    return found


def _outcomes(
    requester: Side | None, provider: Side | None, record: ExchangeRecord, *, waited: bool
) -> Comparison:
    asked = requester.entry.outcome if requester is not None else None
    answered = provider.entry.outcome if provider is not None else None
    if not record.allowed:
        if provider is not None:
            return Comparison(["the provider acted on a request the network refused"], True)
        wrong = asked not in (None, "refused")
        text = "the network refused what the requester says was answered"
        return Comparison([text] if wrong else [], wrong or asked is not None)
    if requester is None:
        text = "the requester shows no record of an exchange that the provider shows"
        return Comparison([text] if waited else [], waited)
    if provider is None:
        if asked is None or not waited:
            return Comparison([], False)
        text = "the provider shows no record of an answer that the requester shows"
        return Comparison([] if asked in _WITHOUT_PROVIDER else [text], True)
    if asked is None or answered is None:
        return Comparison([], False)
    if asked == answered or asked in _GAVE_UP:
        return Comparison([], True)
    return Comparison([f"the requester says {asked}, the provider says {answered}"], True)


# -- the ledger ------------------------------------------------------------------------------------


def check_account(state: AccountState, ledger: Sum, before: Account | None) -> str | None:
    """Check a sampled account: its path, and that it did not shrink since `before` (口座の検査)."""
    try:
        found = sum_tree.verify(ledger, state.place, decode_path(state.path))
    except CryptoError as error:
        return f"the path of a sampled account does not hold: {error}"
    claimed = Account(state.head, state.count)
    if found is None and before is not None:
        return COUNT_MISSING
    if found is not None and found != claimed:
        return "the path of a sampled account leads to another head or count than claimed"
    if before is None or found is None:
        return None
    if found.count < before.count:
        return f"the count of an account fell from {before.count} to {found.count}"
    if found.count == before.count and found.head != before.head:
        return "the head of an account changed and its count did not"
    return None


def check_opening(
    opening: Opening, record: ExchangeRecord, ledger: Sum, *, announced: bool
) -> str | None:
    """Check that a leaf stands in the one account it fits (抜取り検査).

    `announced`: the portal reported this leaf as one that does not open. The caller forgets
    opening and code at once; no text here repeats them.
    """
    if opening.number is None:
        if not announced:
            return "the portal files the leaf as unassigned and has not reported that"
        place = UNASSIGNED_PLACE
    else:
        if opening.blind is None or opening.code is None:
            return "the portal gives no opening of a leaf it has filed"
        wrong = _check_blind(opening.blind, opening.code, record)
        if wrong is not None:
            return wrong
        place = sum_tree.position(opening.code)
    return _check_place(opening, place, ledger)


def _check_blind(blind: bytes, code: bytes, record: ExchangeRecord) -> str | None:
    try:
        if not codes.commit_matches(record.commitment, record.requester, record.tx, blind):
            return "the opening does not fit the commitment of the record"
        point = codes.blind(blind, code)
    except CryptoError:
        return "the opening is no canonical scalar and element"
    if sha256(point).digest() != record.portal_digest:
        return "the leaf stands in the account of a code that it does not fit"
    return None


def _check_place(opening: Opening, place: bytes, ledger: Sum) -> str | None:
    try:
        found = sum_tree.verify(ledger, place, decode_path(opening.path))
    except CryptoError as error:
        return f"the account's path does not hold: {error}"
    if found != Account(opening.head, opening.count):
        return "the account of the leaf is not in the ledger as claimed"
    if opening.number is not None and opening.number > opening.count:
        return "the line has a higher number than its account has lines"
    if found.count == 0:
        return "the account of the leaf counts no line"
    return None


def ledger_sum(root: bytes, exchange_entries: int) -> Sum:
    """The ledger's root with its sum; raises `ProofError` for values that cannot be one."""
    if exchange_entries < 0:
        raise ProofError("the sum of a ledger is not negative")
    return Sum(root, exchange_entries)


# -- the directory ---------------------------------------------------------------------------------


def check_directory(held: Directory, proposed: DirectoryVersion, now: datetime) -> list[str]:
    """Why the Commission does not countersign a version; empty where it does (機関台帳の連署)."""
    wrong = []
    last = held.version + SKIPPED_VERSIONS_LIMIT + 1
    if not held.version < proposed.version <= last:
        wrong.append(f"the version after {held.version} is {held.version + 1} to {last}")
    if not held.issued_at < proposed.at <= now + timedelta(seconds=CLOCK_SECONDS):
        wrong.append("the version was not signed after the one before it, or is of the future")
    if proposed.expires_at > proposed.at + timedelta(days=DIRECTORY_DAYS_LIMIT):
        wrong.append(f"a version runs out at most {DIRECTORY_DAYS_LIMIT} days after issue")
    if proposed.expires_at <= now:
        wrong.append("the version has run out already")
    wrong += _shared(proposed.entries)
    entries = {entry.party: entry for entry in proposed.entries}
    for party, before in held.entries.items():
        after = entries.get(party)
        if after is None:
            until = before.active_until
            if until is None or until > proposed.at.date().isoformat():
                wrong.append(f"{party} is left out and its end was not announced")
        else:
            wrong += _changes(before, after)
    return wrong


def _shared(entries: list[DirectoryEntry]) -> list[str]:
    """Names, keys and endpoints that more than one party has."""
    owners: dict[tuple[str, object], str] = {}
    wrong = []
    for entry in entries:
        things: list[tuple[str, object]] = [
            ("name", entry.party),
            ("DNS name", entry.dns_name),
            ("endpoint", (entry.host, entry.port)),
        ]
        things += [("key id", key.kid) for key in entry.signing_keys]
        things += [("signing key", key.public) for key in entry.signing_keys]
        things += [("agreement key", key.public) for key in entry.agreement_keys]
        for kind, value in things:
            owner = owners.setdefault((kind, value), entry.party)
            if owner != entry.party:
                wrong.append(f"{owner} and {entry.party} have the same {kind}")
        if any(key.kid.split(":", 1)[0] != entry.party for key in entry.signing_keys):
            wrong.append(f"{entry.party} lists a key id of another party")
    names = [entry.party for entry in entries]
    return wrong + [f"{name} is listed twice" for name in {n for n in names if names.count(n) > 1}]


def _changes(before: DirectoryEntry, after: DirectoryEntry) -> list[str]:
    """What may not change between two versions of one entry."""
    name, wrong = before.party, []
    if (before.role, before.kind) != (after.role, after.kind):
        wrong.append(f"{name} became another kind of body")
    if not before.epoch <= after.epoch <= before.epoch + 1:
        wrong.append(f"the code epoch of {name} may only rise, by one")
    keys = {key.kid: key.public for key in after.signing_keys}
    if any(keys.get(key.kid, key.public) != key.public for key in before.signing_keys):
        wrong.append(f"a key id of {name} got another key")
    periods = {key.period: key.public for key in after.agreement_keys}
    if any(periods.get(key.period, key.public) != key.public for key in before.agreement_keys):
        wrong.append(f"a key period of {name} got another key")
    return wrong
