"""What the Commission decides: whether records agree, openings hold, a directory is fit (検査).

Pure. Every function says in plain words what is wrong, as the detail of a finding; nothing wrong
gives an empty list or None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from renkei.crypto import account_tree, codes, digests, merkle, sum_tree
from renkei.crypto.errors import CryptoError, ProofError
from renkei.crypto.merkle import TreeHead
from renkei.crypto.sum_tree import Account, Sum
from renkei.roles.oversight.rules.culprits import Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.wire.deriving import terms_digest
from renkei.wire.entries import ExchangeRecord
from renkei.wire.history import UNASSIGNED_PLACE, decode_path
from renkei.wire.institution.messages import InstitutionEntry
from renkei.wire.linkage.log import LoggedRecord
from renkei.wire.portal.messages import AccountState, Opening, Standing

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
GUESSES_A_DAY: Final = 20
"""Failed comparisons by one body at one other in a day; each tenfold is a new finding."""
GUESSES_EVERYWHERE_A_DAY: Final = 100
"""Failed comparisons of one body in a day, wherever it tried."""
FAILED_COMPARISONS: Final = "comparisons that failed"
USUAL_DOUBTS: Final = 20
"""One in so many comparisons is in doubt where a body acquires for everybody on its file."""
DECIDED_DOUBTS: Final = f"doubts decided by papers, beyond one in {USUAL_DOUBTS}"
COUNT_MISSING: Final = "the ledger does not show an account that it showed before"
UNREPORTED: Final = "the portal files the leaf as unassigned and has not reported that"

# -- guesses -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One body's word on how often another one's attributes fitted nobody there on one day."""

    by: str
    about: str
    failed: int
    letter: bytes
    what: str = FAILED_COMPARISONS


def guessing(told: Sequence[Told], day: date, letters: int) -> list[Finding]:
    """Who tried out attributes of a day: at one body, or here and there (照合の試行).

    It rests on the word of whoever compared: either that one says what is not, or the other tried.
    """
    findings = []
    for one in told:
        level = _level(one.failed, GUESSES_A_DAY)
        if level:
            detail = f"{one.by} says: {one.failed} {one.what} by {one.about} on {day}"
            subject = f"{one.about} at {one.by} on {day}, {one.what}: {level} or more"
            matter = Matter(speaker=one.about, tellers=(one.by,))
            findings.append(finding_on(Ground.GUESSING, matter, subject, (one.letter,), detail))
    for about in sorted({one.about for one in told}):
        words = sorted(
            (one for one in told if one.about == about and one.what == FAILED_COMPARISONS),
            key=lambda one: -one.failed,
        )
        failed, level = sum(one.failed for one in words), 0
        if len(words) > 1:
            level = _level(failed, GUESSES_EVERYWHERE_A_DAY)
        if level:
            shown = tuple(one.letter for one in words[:letters])
            detail = f"{len(words)} letters: {failed} comparisons of {about} that failed on {day}"
            subject = f"{about} everywhere on {day}: {level} or more"
            matter = _tellers(about, words, failed - level)
            ground = Ground.GUESSING_EVERYWHERE
            findings.append(finding_on(ground, matter, subject, shown, detail))
    return findings


def unusual_doubts(decided: int, compared: int) -> int:
    """How many doubts papers decided beyond what a day of so many comparisons has anyway."""
    return max(0, decided - compared // USUAL_DOUBTS)


def _tellers(about: str, words: Sequence[Told], more: int) -> Matter:
    """Who tells; those whose word alone made it a finding have said more than there are `more`."""
    told: dict[str, int] = {}
    for one in words:
        told[one.by] = told.get(one.by, 0) + one.failed
    decisive = tuple(by for by, failed in told.items() if failed > more)
    others = tuple(by for by in told if by not in decisive)
    return Matter(speaker=about, tellers=decisive, other=others)


def _level(count: int, least: int) -> int:
    """The least, or the highest tenfold of it, that a count has reached; 0 for fewer."""
    if count < least:
        return 0
    level = least
    while count >= 10 * level:
        level *= 10
    return level


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
    ground: Ground | None = None
    """Who can have done it; None where what was signed has to tell."""


def logged_entry_hash(logged: LoggedRecord) -> bytes:
    """The leaf hash that a shown record and its salt really give (葉のハッシュ値)."""
    return digests.entry_hash(logged.kind, logged.record, logged.salt)


def compare(
    requester: Side | None,
    provider: Side | None,
    record: ExchangeRecord | None,
    *,
    entry_hash: bytes,
    waited: bool,
) -> Comparison:
    """Compare both institutions' records with the network's (記録の照合, 法23条).

    `record` is the network's of the entry with this hash, None where it shows none; `waited` says
    that a side that is None was asked late enough to have had its say. A side that holds another
    entry is not compared with this record, but with that of its own.
    """
    sides = [side for side in (requester, provider) if side is not None]
    if record is None:
        text = "the network shows no record of an entry it logged"
        return Comparison([text], True, Ground.NOT_SHOWN)
    own = [side for side in sides if side.entry.entry_hash == entry_hash]
    wrong = [text for side in own for text in compare_one(side, record)]
    if wrong:
        return Comparison(wrong, True)
    if len(own) < len(sides):
        text = "requester and provider hold different values of entry_hash"
        return Comparison([text], True, Ground.TWO_ENTRIES)
    return _outcomes(requester, provider, record, waited=waited)


def compare_one(side: Side, record: ExchangeRecord) -> list[str]:
    """What one side's word says otherwise than the network's record."""
    entry, wrong = side.entry, []
    named = record.requester if entry.side == "requester" else record.provider
    if (entry.requester, entry.tx) != (record.requester, record.tx):
        wrong.append(f"the entry promised to {side.institution} is of another transaction")
    if named != side.institution:
        wrong.append(f"the network's record does not name {side.institution} as {entry.side}")
    if entry.commitment != record.commitment:
        wrong.append(f"the network's record has another commitment than {side.institution}")
    if entry.request_digest not in (None, record.request_digest):
        wrong.append(f"the network's record is of another request than {side.institution} holds")
    if (entry.terms_digest is None) != (record.portal_box is None):
        wrong.append(f"the records of the network and {side.institution} are of two forms")
    elif entry.terms_digest is not None and entry.terms_digest != terms_digest(record):
        wrong.append(f"the network's record has other terms than {side.institution} holds")
    if entry.disputes:
        wrong.append(f"{side.institution} says that the network replied to something else")
    return wrong


def _outcomes(
    requester: Side | None, provider: Side | None, record: ExchangeRecord, *, waited: bool
) -> Comparison:
    asked = requester.entry.outcome if requester is not None else None
    answered = provider.entry.outcome if provider is not None else None
    if not record.allowed:
        return _refused(asked, provider)
    if requester is None:
        text = "the requester shows no record of an exchange that the provider shows"
        ground = Ground.REQUESTER_SILENT
        return Comparison([text], True, ground) if waited else Comparison([], False)
    if provider is None:
        if asked is None or not waited:
            return Comparison([], False)
        text = "the provider shows no record of an answer that the requester shows"
        missing = [] if asked in _WITHOUT_PROVIDER else [text]
        return Comparison(missing, True, Ground.PROVIDER_SILENT)
    if asked is None or answered is None:
        return Comparison([], False)
    if asked == answered or asked in _GAVE_UP:
        return Comparison([], True)
    text = f"the requester says {asked}, the provider says {answered}"
    return Comparison([text], True, Ground.OUTCOMES)


def _refused(asked: str | None, provider: Side | None) -> Comparison:
    """What both sides say of a request that the network's record refuses."""
    answered = asked not in (None, "refused")
    if provider is not None:
        ground = Ground.BOTH_DIFFER if answered else Ground.ACTED_ON_REFUSAL
        text = "the provider acted on a request the network refused"
        return Comparison([text], True, ground)
    text = "the network refused what the requester says was answered"
    ground = Ground.ANSWER_TO_REFUSAL
    return Comparison([text] if answered else [], answered or asked is not None, ground)


# -- the ledger ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What an account was when it was sampled; `head` None where only its count is known (既知)."""

    count: int
    head: bytes | None


def check_account(state: AccountState, ledger: Sum, before: Known | None) -> Account | str | None:
    """Check a sampled account: its path, and that it only grew since `before` (口座の検査).

    Gives the account, None where nothing stands there, or what is wrong.
    """
    try:
        found = sum_tree.verify(ledger, state.place, decode_path(state.path))
    except CryptoError as error:
        return f"the path of a sampled account does not hold: {error}"
    if before is None:
        return found
    if found is None:
        return COUNT_MISSING
    if found.count < before.count:
        return f"the count of an account fell from {before.count} to {found.count}"
    if before.head is None:
        return found
    heads = [TreeHead(one.count, one.head) for one in (before, found) if one.head is not None]
    try:
        merkle.verify_consistency(heads[0], heads[1], state.growth)
    except ProofError as error:
        return f"an account does not hold all lines that it held before: {error}"
    return found


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a leaf that was to be opened, and on whose account that can be."""

    ground: Ground
    why: str


def check_standing(standing: Standing, entry_hash: bytes, ledger: Sum) -> Wrong | None:
    """Check that an entry stands at its number in one account of the ledger (口座内の位置).

    All of it is signed and opens nothing: whoever has the record can check it too. Where the portal
    shows that it filed another record at this leaf, it can have been handed that.
    """
    try:
        found = sum_tree.verify(ledger, standing.place, decode_path(standing.path))
    except CryptoError as error:
        return Wrong(Ground.NOT_FILED, f"the account's path does not hold: {error}")
    if found is None:
        return Wrong(Ground.NOT_FILED, "the account of the leaf is not in the ledger")
    head = TreeHead(found.count, found.head)
    try:
        _check_line(standing, entry_hash, head)
    except ProofError as error:
        text = f"the leaf is not in the account it is said to be in: {error}"
        return Wrong(_filed_as(standing, head), text)
    return None


def _check_line(standing: Standing, entry_hash: bytes, head: TreeHead) -> None:
    line = account_tree.line_hash(standing.number, standing.leaf, entry_hash)
    account_tree.verify_line(line, standing.number, head, standing.inclusion)


def _filed_as(standing: Standing, head: TreeHead) -> Ground:
    """Whether the portal shows that it filed another record at this leaf, or contradicts itself."""
    if standing.filed is None:
        return Ground.NOT_FILED
    try:
        _check_line(standing, standing.filed, head)
    except ProofError:
        return Ground.NOT_FILED
    return Ground.OTHER_FILED


def check_opening(
    opening: Opening, standing: Standing, record: ExchangeRecord, *, announced: bool
) -> Wrong | None:
    """Check that a leaf stands in the account of the one code that it fits (抜取り検査).

    `announced`: the portal reported this leaf as one that does not open. The caller forgets
    opening and code at once; no text here repeats them.
    """
    if standing.place == UNASSIGNED_PLACE:
        return None if announced else Wrong(Ground.OPENING_WRONG, UNREPORTED)
    if opening.blind is None or opening.code is None:
        return Wrong(Ground.OPENING_WRONG, "the portal gives no opening of a leaf it has filed")
    wrong = _check_blind(opening.blind, opening.code, record)
    if wrong is None and sum_tree.position(opening.code) != standing.place:
        wrong = "the leaf stands in another account than that of its code"
    return Wrong(Ground.OPENING_WRONG, wrong) if wrong is not None else None


def _check_blind(blind: bytes, code: bytes, record: ExchangeRecord) -> str | None:
    try:
        if not codes.commit_matches(record.commitment, record.requester, record.tx, blind):
            return "the opening does not fit the commitment of the record"
        point = codes.blind(blind, code)
    except CryptoError:
        return "the opening is no canonical scalar and element"
    if sha256(point).digest() != record.portal_digest:
        return "the opening is of a code that the leaf does not fit"
    return None


def ledger_sum(root: bytes, exchange_entries: int) -> Sum:
    """The ledger's root with its sum; raises `ProofError` for values that cannot be one."""
    if exchange_entries < 0:
        raise ProofError("the sum of a ledger is not negative")
    return Sum(root, exchange_entries)
