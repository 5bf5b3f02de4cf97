"""Verifying a downloaded history with no network and no trust in the file (履歴の検証).

What is believed are the anchors alone: the log's key, the witness's and the Commission's. Each
check says what holds, or what does not and why; it names the line and the part it is about.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from renkei.crypto import account_tree, codes, merkle, sum_tree
from renkei.crypto.account_tree import PART_LINES, line_hash
from renkei.crypto.checkpoint import verify_checkpoint, verify_cosignature
from renkei.crypto.digests import element_digest, entry_hash
from renkei.crypto.errors import CryptoError, ProofError
from renkei.crypto.note import Note, NoteKey, parse_key, parse_note
from renkei.crypto.shared_proof import SharedProof
from renkei.law.procedures import procedures, resolved
from renkei.wire.as_signed import compared
from renkei.wire.entries import EntryKind, ExchangeRecord, ReceiptRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.framing import Anchor, read_anchored
from renkei.wire.history import (
    UNASSIGNED_PLACE,
    Anchors,
    HistoryFile,
    ProvenLine,
    ProvenReceipt,
    decode_path,
)
from renkei.wire.names import OVERSIGHT
from renkei.wire.portal.messages import AcceptedLoss, LedgerStatement

FAILURES_SHOWN: Final = 20
"""Lines and receipts named one by one when they fail; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: True it holds, False it does not, None it is not there."""

    name: str
    holds: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `verified`: nothing fails; `witnessed`: the Commission stands for it."""

    checks: list[Check]
    verified: bool
    witnessed: bool
    tree_size: int
    lines: int
    total: int
    """Lines of the account, whether or not all of its parts were given."""
    loss: AcceptedLoss | None = None
    """What the Commission states to be gone for good: then nothing here is the whole history."""


@dataclass(slots=True)
class _Run:
    """One verification under way."""

    file: HistoryFile
    checks: list[Check] = field(default_factory=list)
    records: dict[int, ExchangeRecord] = field(default_factory=dict)
    loss: AcceptedLoss | None = None

    def note(self, name: str, holds: bool | None, why: str) -> None:
        self.checks.append(Check(name, holds, why))

    def attempt(self, name: str, fits: str, work: Callable[[], None]) -> bool:
        """Record that `work` passes, or the reason that it gave."""
        try:
            work()
        except (CryptoError, WireError) as error:
            self.note(name, False, _reason(error))
            return False
        self.note(name, True, fits)
        return True

    def each(self, name: str, fits: str, failures: list[tuple[str, str]]) -> None:
        """One check if nothing failed; else one for each thing that did, up to a limit."""
        if not failures:
            self.note(name, True, fits)
        for one, why in failures[:FAILURES_SHOWN]:
            self.note(f"{name}: {one}", False, why)
        if len(failures) > FAILURES_SHOWN:
            self.note(name, False, f"and {len(failures) - FAILURES_SHOWN} more like this")


def _reason(error: CryptoError | WireError) -> str:
    return error.detail if isinstance(error, WireError) else str(error)


def verify(file: HistoryFile, anchors: Anchors) -> Report:
    """Check everything a file claims against the anchors (検証)."""
    run = _Run(file)
    head, cosigned = _checkpoint(run, anchors)
    log = _hashes(run, head) if head is not None else None
    hashes = [entry_hash(EntryKind.EXCHANGE, one.record, one.salt) for one in file.lines]
    _numbers(run)
    _records(run)
    if log is not None:
        _included(run, hashes, log)
    _bound(run)
    _signed(run, anchors)
    _account(run, hashes)
    _unassigned(run)
    _receipts(run, log)
    stated = _statement(run, anchors, cosigned)
    verified = all(check.holds is not False for check in run.checks)
    witnessed = cosigned and stated and verified
    lines = len(file.lines)
    return Report(run.checks, verified, witnessed, file.log_size, lines, file.total, run.loss)


# -- the log ---------------------------------------------------------------------------------


def _checkpoint(run: _Run, anchors: Anchors) -> tuple[merkle.TreeHead | None, bool]:
    """The head the log signed, and whether the witness cosigned it."""
    try:
        log, witness = parse_key(anchors.log_key), parse_key(anchors.witness_key)
        note = parse_note(run.file.checkpoint.encode())
        checkpoint = verify_checkpoint(note, log)
        if checkpoint.origin != anchors.log_origin:
            raise WireError("malformed", "The checkpoint is that of another log.")
        if checkpoint.head.size != run.file.log_size:
            raise WireError("malformed", "The checkpoint is of another size than the file says.")
        _only(note, log, witness)
    except (CryptoError, WireError) as error:
        run.note("checkpoint", False, _reason(error))
        run.note("cosignature", None, "Not looked at: the checkpoint itself does not hold.")
        return None, False
    run.note("checkpoint", True, f"The log signed its first {checkpoint.head.size} entries.")
    if len(note.signatures) == 1:
        run.note("cosignature", None, "Not witnessed: the Commission has not cosigned this.")
        return checkpoint.head, False
    holds = run.attempt(
        "cosignature",
        "The Commission has seen the log grow to this size and nothing else.",
        lambda: _ignore(verify_cosignature(note, witness)),
    )
    return checkpoint.head, holds


def _ignore(_: object) -> None:
    """The value is not needed, only that there was one."""


def _only(note: Note, log: NoteKey, witness: NoteKey) -> None:
    """A file's checkpoint has these two lines and no other: a spoilt name must not pass as none."""
    known = [(log.name, log.key_id), (witness.name, witness.key_id)]
    found = [(line.name, line.key_id) for line in note.signatures]
    if found not in (known[:1], known):
        raise WireError("malformed", "The checkpoint has a signature line of an unknown key.")


def _hashes(run: _Run, head: merkle.TreeHead) -> SharedProof | None:
    """The hashes that show every entry of this file in the log; None where they cannot."""
    file = run.file
    leaves = [one.leaf for one in file.lines] + [one.leaf for one in file.receipts]
    try:
        return SharedProof(leaves, head, file.log_hashes)
    except CryptoError as error:
        run.note("lines-in-log", False, f"The log is not shown to have these lines: {error}.")
        return None


def _included(run: _Run, hashes: list[bytes], log: SharedProof) -> None:
    failures = []
    for line, leaf in zip(run.file.lines, hashes, strict=True):
        try:
            log.verify(leaf, line.leaf)
        except CryptoError as error:
            failures.append((f"line {line.number}", f"Record, salt or proof is wrong: {error}."))
    run.each("lines-in-log", "Every line is an entry of the log.", failures)


# -- the person's lines ----------------------------------------------------------------------


def _numbers(run: _Run) -> None:
    """Lines are numbered 1, 2, 3 …, from the first of this part on, in the order of the log."""
    failures = []
    last = -1
    for expected, line in enumerate(run.file.lines, start=(run.file.part - 1) * PART_LINES + 1):
        if line.number != expected:
            failures.append((f"line {line.number}", f"Line {expected} is missing or moved."))
        if line.leaf <= last:
            failures.append((f"line {line.number}", "It stands before the line above it."))
        last = line.leaf
    run.each("line-numbers", "No number is missing.", failures)


def _records(run: _Run) -> None:
    failures = []
    for line in run.file.lines:
        try:
            record = run.records[line.number] = read_entry(line.record, ExchangeRecord)
            _check_procedure(record)
        except WireError as error:
            failures.append((f"line {line.number}", error.detail))
    run.each("records", "Every record can be read.", failures)


def _check_procedure(record: ExchangeRecord) -> None:
    """What was permitted names no procedure of another affair; one unknown here says nothing."""
    named = record.procedure
    if not record.allowed or named is None or named not in procedures():
        return
    if resolved(named, record.affair, record.sub_affair) is None:
        raise WireError("malformed", f"The network permitted {named!r} for another affair.")


def _bound(run: _Run) -> None:
    """Each line can belong to this code only: c and SHA-256(X_P) fit r and code_P."""
    failures = []
    for line in run.file.lines:
        record = run.records.get(line.number)
        if record is not None and (why := _misfit(run.file.code, line, record)):
            failures.append((f"line {line.number}", why))
    run.each("lines-yours", "Every line can belong to no other code than this one.", failures)


def _misfit(code: bytes, line: ProvenLine, record: ExchangeRecord) -> str | None:
    try:
        fits = codes.commit_matches(record.commitment, record.requester, record.tx, line.blind)
        if not fits:
            return "The value r does not fit the commitment in the record."
        if element_digest(codes.blind(line.blind, code)) != record.portal_digest:
            return "Code and r do not give the point whose digest is in the record."
    except CryptoError as error:
        return f"Code or r is wrong: {error}."
    return None


def _signed(run: _Run, anchors: Anchors) -> None:
    """Each line says what its inquirer signed, with a key that stands in the anchors."""
    found = compared(run.file.lines, run.records, anchors.inquirers)
    run.each("lines-as-signed", "Every line says what its inquirer signed.", found.failures)
    if found.older:
        text = f"{found.older} lines are of the older form: what was signed is not kept with them."
        run.note("lines-older", None, text)
    if found.unknown:
        text = f"The anchors lack the keys of {found.unknown} lines: who signed is not checked."
        run.note("inquirers-keys", None, text)


def _account(run: _Run, hashes: list[bytes]) -> None:
    """Every line at its number, and how many there are, stand in this code's one account."""
    file = run.file
    first = (file.part - 1) * PART_LINES

    def check() -> None:
        place, path = sum_tree.position(file.code), decode_path(file.ledger_path)
        found = sum_tree.verify(_root(file), place, path)
        if found is not None and not found.count:
            raise WireError("malformed", "The ledger has an account without lines.")
        account = found or _NO_LINES
        if account.count != file.total:
            text = f"The ledger counts {account.count} lines, the file says {file.total}."
            raise WireError("malformed", text)
        lines = [
            line_hash(number, line.leaf, hashed)
            for number, (line, hashed) in enumerate(
                zip(file.lines, hashes, strict=True), start=first + 1
            )
        ]
        head = merkle.TreeHead(account.count, account.head)
        try:
            account_tree.verify_part(lines, file.part, head, file.part_proof)
        except ProofError as error:
            text = f"These are not the lines that the account in the ledger has: {error}."
            raise WireError("malformed", text) from error

    last = first + len(hashes)
    which = f"exactly these {last}" if last == file.total else f"{file.total}: these are to {last}"
    run.attempt("ledger", f"The lines that the ledger has for this code are {which}.", check)


_NO_LINES: Final = sum_tree.Account(merkle.EMPTY_ROOT, 0)


def _root(file: HistoryFile) -> sum_tree.Sum:
    return sum_tree.Sum(file.ledger_root, file.exchange_entries)


def _unassigned(run: _Run) -> None:
    """How many lines of the log stand in nobody's account: one of them may be this person's."""
    try:
        path = decode_path(run.file.unassigned_path)
        found = sum_tree.verify(_root(run.file), UNASSIGNED_PLACE, path)
    except CryptoError as error:
        run.note("unassigned", False, f"{error}.")
        return
    if found is None or not found.count:
        run.note("unassigned", True, "Every line of the log stands in somebody's account.")
        return
    run.note(
        "unassigned",
        None,
        f"{found.count} lines of the log belong to nobody: the portal could not open them, or has "
        "lost what opens them. Whether one of them is yours cannot be known from this file.",
    )


def _receipts(run: _Run, log: SharedProof | None) -> None:
    failures = []
    for index, receipt in enumerate(run.file.receipts, start=1):
        try:
            _receipt(run, receipt, log)
        except (CryptoError, WireError) as error:
            name = f"receipt {index} of line {receipt.line}"
            failures.append((name, f"Record, salt, proof or line is wrong: {_reason(error)}"))
    run.each("receipts", "Every receipt is an entry of the log and belongs to its line.", failures)


def _receipt(run: _Run, receipt: ProvenReceipt, log: SharedProof | None) -> None:
    record = read_entry(receipt.record, ReceiptRecord)
    line = run.records.get(receipt.line)
    if line is None:
        raise WireError("malformed", "There is no such line.")
    if record.sender not in (line.requester, line.provider):
        raise WireError("malformed", "It is of neither the inquirer nor the provider.")
    about = (record.requester, record.tx, record.commitment)
    if about != (line.requester, line.tx, line.commitment):
        raise WireError("malformed", "It is about another exchange.")
    if log is not None:
        log.verify(entry_hash(EntryKind.RECEIPT, receipt.record, receipt.salt), receipt.leaf)


# -- the Commission's statement --------------------------------------------------------------


def _statement(run: _Run, anchors: Anchors, cosigned: bool) -> bool:
    """Whether the Commission states this root and sum at this size."""
    file = run.file
    if file.statement is None:
        run.note("statement", None, "Not witnessed: the Commission has not stated this ledger.")
        return False

    def check() -> None:
        anchor = Anchor(OVERSIGHT, anchors.oversight_key)
        message = read_anchored(file.statement or "", LedgerStatement, anchor).message
        stated = (message.log_size, message.ledger_root, message.exchange_entries)
        if stated != (file.log_size, file.ledger_root, file.exchange_entries):
            raise WireError("malformed", "It is about another size, root or number of entries.")
        if not cosigned:
            raise WireError("malformed", "There is a statement, but no cosignature of this size.")
        run.loss = message.loss if isinstance(message.loss, AcceptedLoss) else None

    holds = run.attempt(
        "statement",
        f"The Commission states that {file.exchange_entries} exchanges are in the log "
        "and that all of them are in this ledger.",
        check,
    )
    if run.loss is not None:
        run.note("loss", None, f"{lost_words(run.loss)} Only a file of before tells which.")
    return holds


def lost_words(loss: AcceptedLoss) -> str:
    """That lines are gone for good, who said so and why (喪失の説明)."""
    return (
        f"Lines of before log size {loss.below} are gone: the Commission accepted this on "
        f"{loss.day}: {loss.reason}"
    )
