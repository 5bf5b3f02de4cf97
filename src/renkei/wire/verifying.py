"""Verifying a downloaded history with no network and no trust in the file (履歴の検証).

What is believed are the anchors alone: the log's key, the witness's and the Commission's. Each
check says what holds, or what does not and why; it names the line and the part it is about.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from renkei.crypto import codes, jws, merkle, sum_tree
from renkei.crypto.checkpoint import (
    parse_checkpoint_text,
    verify_checkpoint,
    verify_cosignature,
)
from renkei.crypto.digests import element_digest, entry_hash
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import Note, NoteKey, parse_key, parse_note
from renkei.wire.directory import EVERYONE
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.history import (
    EXCHANGE_ENTRY,
    FIRST_HEAD,
    RECEIPT_ENTRY,
    Anchors,
    ExchangeRecord,
    HistoryFile,
    ProvenLine,
    ProvenReceipt,
    decode_path,
    line_head,
    read_exchange,
    read_receipt,
)
from renkei.wire.messages.oversight import LedgerStatement

FAILURES_SHOWN: Final = 20
"""Lines and receipts named one by one when they fail; the rest is counted."""
COMMISSION: Final = "oversight"


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


@dataclass(slots=True)
class _Run:
    """One verification under way."""

    file: HistoryFile
    checks: list[Check] = field(default_factory=list)
    records: dict[int, ExchangeRecord] = field(default_factory=dict)

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
    hashes = [entry_hash(EXCHANGE_ENTRY, one.record, one.salt) for one in file.lines]
    _numbers(run)
    _records(run)
    if head is not None:
        _included(run, hashes, head)
    _bound(run)
    _account(run, hashes)
    _receipts(run, head)
    stated = _statement(run, anchors, cosigned)
    return _report(run.checks, file, witnessed=cosigned and stated)


def _report(checks: list[Check], file: HistoryFile, *, witnessed: bool) -> Report:
    verified = all(check.holds is not False for check in checks)
    return Report(checks, verified, witnessed and verified, file.log_size, len(file.lines))


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


def _included(run: _Run, hashes: list[bytes], head: merkle.TreeHead) -> None:
    failures = []
    for line, leaf in zip(run.file.lines, hashes, strict=True):
        try:
            merkle.verify_inclusion(leaf, line.leaf, head, line.inclusion)
        except CryptoError as error:
            failures.append((f"line {line.number}", f"Record, salt or proof is wrong: {error}."))
    run.each("lines-in-log", "Every line is an entry of the log.", failures)


# -- the person's lines ----------------------------------------------------------------------


def _numbers(run: _Run) -> None:
    """Lines are numbered 1, 2, 3 … in the order of the log."""
    failures = []
    last = -1
    for expected, line in enumerate(run.file.lines, start=1):
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
            run.records[line.number] = read_exchange(line.record)
        except WireError as error:
            failures.append((f"line {line.number}", error.detail))
    run.each("records", "Every record can be read.", failures)


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


def _account(run: _Run, hashes: list[bytes]) -> None:
    """The chain of all lines, and their number, stand in the ledger at this code's one place."""
    file = run.file
    head = FIRST_HEAD
    for number, hashed in enumerate(hashes, start=1):
        head = line_head(head, number, hashed)

    def check() -> None:
        path = decode_path(file.ledger_path)
        root = sum_tree.Sum(file.ledger_root, file.exchange_entries)
        found = sum_tree.verify(root, sum_tree.position(file.code), path)
        count, shown = (found.count, found.head) if found is not None else (0, FIRST_HEAD)
        if count != len(hashes):
            raise WireError("malformed", f"The ledger counts {count} lines, not {len(hashes)}.")
        if found is not None and not count:
            raise WireError("malformed", "The ledger has an account without lines.")
        if shown != head:
            raise WireError("malformed", "A line is not the one the ledger was made from.")

    run.attempt("ledger", f"The ledger has exactly these {len(hashes)} lines for this code.", check)


def _receipts(run: _Run, head: merkle.TreeHead | None) -> None:
    failures = []
    for index, receipt in enumerate(run.file.receipts, start=1):
        try:
            _receipt(run, receipt, head)
        except (CryptoError, WireError) as error:
            name = f"receipt {index} of line {receipt.line}"
            failures.append((name, f"Record, salt, proof or line is wrong: {_reason(error)}"))
    run.each("receipts", "Every receipt is an entry of the log and belongs to its line.", failures)


def _receipt(run: _Run, receipt: ProvenReceipt, head: merkle.TreeHead | None) -> None:
    record = read_receipt(receipt.record)
    line = run.records.get(receipt.line)
    if line is None:
        raise WireError("malformed", "There is no such line.")
    if record.sender not in (line.requester, line.provider):
        raise WireError("malformed", "It is of neither the inquirer nor the provider.")
    about = (record.requester, record.tx, record.commitment)
    if about != (line.requester, line.tx, line.commitment):
        raise WireError("malformed", "It is about another exchange.")
    if head is not None:
        leaf = entry_hash(RECEIPT_ENTRY, receipt.record, receipt.salt)
        merkle.verify_inclusion(leaf, receipt.leaf, head, receipt.inclusion)


# -- the Commission's statement --------------------------------------------------------------


def _statement(run: _Run, anchors: Anchors, cosigned: bool) -> bool:
    """Whether the Commission states this root and sum at this size."""
    file = run.file
    if file.statement is None:
        run.note("statement", None, "Not witnessed: the Commission has not stated this ledger.")
        return False

    def check() -> None:
        unverified, message = parse((file.statement or "").encode(), (LedgerStatement,))
        jws.verify(unverified, jws.load_public(anchors.oversight_key))
        owner, use, _ = unverified.kid.split(":")
        if (message.sender, message.aud, owner, use) != (COMMISSION, EVERYONE, COMMISSION, "sign"):
            raise WireError("malformed", "It is not the Commission's statement to everyone.")
        stated = (message.log_size, message.ledger_root, message.exchange_entries)
        if stated != (file.log_size, file.ledger_root, file.exchange_entries):
            raise WireError("malformed", "It is about another size, root or number of entries.")
        if not cosigned:
            raise WireError("malformed", "There is a statement, but no cosignature of this size.")

    return run.attempt(
        "statement",
        f"The Commission states that {file.exchange_entries} exchanges are in the log "
        "and that all of them are in this ledger.",
        check,
    )


# -- two files -------------------------------------------------------------------------------


def verify_two(one: HistoryFile, other: HistoryFile, anchors: Anchors) -> Report:
    """Check two files of one person: nothing that stood in the smaller log has vanished (比較).

    The files may be given in either order. The report is about the larger one.
    """
    older, newer = sorted((one, other), key=lambda file: file.log_size)
    checks = []
    reports = (verify(older, anchors), verify(newer, anchors))
    for name, report in zip(("older", "newer"), reports, strict=True):
        checks += [Check(f"{name} {one.name}", one.holds, one.why) for one in report.checks]
    checks += _compared(older, newer)
    witnessed = all(report.witnessed for report in reports)
    return _report(checks, newer, witnessed=witnessed)


def _compared(older: HistoryFile, newer: HistoryFile) -> Iterator[Check]:
    if older.code != newer.code:
        yield Check("same-person", False, "The files are those of two people.")
        return
    yield Check("same-person", True, "Both files are of one code.")
    kept = [_identity(line) for line in newer.lines if line.leaf < older.log_size]
    if kept == [_identity(line) for line in older.lines]:
        yield Check("lines-kept", True, "Every line of the older file stands in the newer one.")
    else:
        yield Check("lines-kept", False, "A line of the older file is missing or was changed.")
    yield _extended(older, newer)
    if newer.exchange_entries < older.exchange_entries:
        yield Check("count", False, "The ledger counts fewer exchanges than it did.")
    elif newer.log_size == older.log_size and newer.ledger_root != older.ledger_root:
        yield Check("count", False, "The portal has two ledgers for one log size.")
    else:
        yield Check("count", True, "The number of exchanges in the ledger has not fallen.")


def _identity(line: ProvenLine) -> tuple[int, int, bytes]:
    return line.number, line.leaf, entry_hash(EXCHANGE_ENTRY, line.record, line.salt)


def _extended(older: HistoryFile, newer: HistoryFile) -> Check:
    """The newer log starts with the older one; either file may hold the proof."""
    try:
        heads = [_head(file) for file in (older, newer)]
        if older.log_size == newer.log_size:
            proof: list[bytes] | None = []
        else:
            proof = _proof_in(newer, older.log_size)
            proof = _proof_in(older, newer.log_size) if proof is None else proof
        if proof is None:
            return Check(
                "log-extends",
                False,
                "Neither file proves that the log extends the other's; download it once more.",
            )
        merkle.verify_consistency(heads[0], heads[1], proof)
    except CryptoError as error:
        return Check("log-extends", False, f"{error}.")
    return Check("log-extends", True, "The log has only grown between the two files.")


def _head(file: HistoryFile) -> merkle.TreeHead:
    """The head in a file's checkpoint; its signature is checked elsewhere."""
    return parse_checkpoint_text(parse_note(file.checkpoint.encode()).text).head


def _proof_in(file: HistoryFile, log_size: int) -> list[bytes] | None:
    return next((one.proof for one in file.earlier if one.log_size == log_size), None)
