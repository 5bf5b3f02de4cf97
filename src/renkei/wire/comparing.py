"""Verifying several files of one person: parts of a download, downloads of two days (履歴の比較).

Parts may come in any order; each is verified by itself and forgotten but for what the whole needs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.crypto import account_tree, merkle
from renkei.crypto.checkpoint import parse_checkpoint_text
from renkei.crypto.digests import entry_hash
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import parse_note
from renkei.wire.entries import EntryKind
from renkei.wire.history import Anchors, EarlierTree, HistoryFile
from renkei.wire.portal.messages import AcceptedLoss
from renkei.wire.verifying import Check, Report, lost_words, verify

PARTS_NAMED: Final = 20
"""Missing parts named one by one; the rest is counted."""
Identity = tuple[int, int, bytes]
"""A line: number, index in the log, entry hash."""


@dataclass(slots=True)
class _Download:
    """What is kept of the parts of one log size."""

    first: HistoryFile
    """The part that came first, without lines, receipts and hashes of the log."""
    lines: dict[int, list[Identity]]
    earlier: list[EarlierTree]
    witnessed: bool
    loss: AcceptedLoss | None
    """What the Commission states to be gone in the ledger of this download."""

    @property
    def size(self) -> int:
        return self.first.log_size

    @property
    def missing(self) -> list[int]:
        """Parts that were not given."""
        wanted = range(1, account_tree.parts(self.first.total) + 1)
        return [part for part in wanted if part not in self.lines]

    def below(self, size: int) -> list[Identity]:
        """Lines within a log size, of all parts given, in their order."""
        kept = (line for part in sorted(self.lines) for line in self.lines[part])
        return [line for line in kept if line[1] < size]


def verify_all(files: Iterable[HistoryFile], anchors: Anchors) -> Report:
    """Check files of one person: parts of one or of two downloads, in any order (検証).

    The report is about the newer download. Nothing of the older one may have vanished from it.
    """
    checks: list[Check] = []
    held: dict[int, _Download] = {}
    for given, file in enumerate(files):
        report = verify(file, anchors)
        name = f"log {file.log_size} part {file.part} "
        if given == 1:  # there is more than one to tell apart: the first gets its name too
            first = next(iter(held.values())).first
            before = f"log {first.log_size} part {first.part} "
            checks = [Check(before + one.name, one.holds, one.why) for one in checks]
        checks += [
            Check(name + one.name if given else one.name, one.holds, one.why)
            for one in report.checks
        ]
        checks += _take(held, file, report)
    if not held:
        return Report(checks, False, False, 0, 0, 0)
    downloads = [held[size] for size in sorted(held)]
    for one in downloads:
        checks += _whole(one, named=len(downloads) > 1)
    if len(downloads) > 2:
        checks.append(Check("downloads", False, "Give the files of one download, or of two."))
    elif len(downloads) == 2:
        checks += _compared(*downloads)
    newest = downloads[-1]
    verified = all(check.holds is not False for check in checks)
    lines = sum(len(part) for part in newest.lines.values())
    witnessed = verified and all(one.witnessed for one in downloads)
    return Report(checks, verified, witnessed, newest.size, lines, newest.first.total, newest.loss)


def verify_two(one: HistoryFile, other: HistoryFile, anchors: Anchors) -> Report:
    """Check two files of one person, in either order (比較)."""
    return verify_all((one, other), anchors)


def _take(held: dict[int, _Download], file: HistoryFile, report: Report) -> Iterator[Check]:
    """Keep what the whole needs of a part; what does not fit the parts before it is said."""
    lines = [
        (one.number, one.leaf, entry_hash(EntryKind.EXCHANGE, one.record, one.salt))
        for one in file.lines
    ]
    known = held.get(file.log_size)
    other = next(iter(held.values()), None)
    if other is not None and other.first.code != file.code:
        yield Check("same-person", False, "The files are those of two people.")
    if known is None:
        bare = msgspec.structs.replace(file, lines=[], receipts=[], log_hashes=b"", earlier=[])
        held[file.log_size] = _Download(
            bare, {file.part: lines}, file.earlier, report.witnessed, report.loss
        )
        return
    roots = [(one.ledger_root, one.exchange_entries, one.total) for one in (known.first, file)]
    if roots[0] != roots[1] and known.first.code == file.code:
        yield Check("count", False, "The portal has two ledgers for one log size.")
    elif known.lines.setdefault(file.part, lines) != lines:
        yield Check("same-part", False, f"There are two different files of part {file.part}.")
    known.earlier = known.earlier or file.earlier
    known.witnessed &= report.witnessed
    known.loss = known.loss or report.loss


def _whole(download: _Download, *, named: bool) -> Iterator[Check]:
    """Whether all parts are there; without the others each still says what it says."""
    number = account_tree.parts(download.first.total)
    if number == 1 and not download.missing:
        return
    name = f"log {download.size} parts" if named else "parts"
    missing = download.missing
    if not missing:
        total = f"{download.first.total:,}"
        yield Check(name, True, f"All {number} parts are here: all {total} lines of the account.")
        return
    said = ", ".join(str(part) for part in missing[:PARTS_NAMED])
    more = f" and {len(missing) - PARTS_NAMED} more" if len(missing) > PARTS_NAMED else ""
    why = f"Not here: part {said}{more} of {number}. What stands there is not known."
    yield Check(name, None, why)


def _compared(older: _Download, newer: _Download) -> Iterator[Check]:
    if older.first.code != newer.first.code:
        return  # said already
    yield Check("same-person", True, "Both files are of one code.")
    loss = newer.loss
    if loss is not None and older.loss is not None and older.loss.number >= loss.number:
        loss = None  # both are of after it
    yield _kept(older, newer) if loss is None else _kept_but(loss, older, newer)
    yield _extended(older, newer, lost=loss is not None)
    if newer.first.exchange_entries < older.first.exchange_entries:
        yield Check("count", False, "The ledger counts fewer exchanges than it did.")
    else:
        yield Check("count", True, "The number of exchanges in the ledger has not fallen.")


def _kept(older: _Download, newer: _Download) -> Check:
    """Lines within the older log are the same in both, as far as the parts given go."""
    was = {line[0]: line for line in older.below(older.size)}
    now = {line[0]: line for line in newer.below(older.size)}
    unseen = {id(one): set(one.missing) for one in (older, newer)}

    def absent(number: int, other: _Download) -> bool:
        return (number - 1) // account_tree.PART_LINES + 1 not in unseen[id(other)]

    changed = any(line != now[number] for number, line in was.items() if number in now)
    gone = any(absent(number, newer) for number in was.keys() - now.keys())
    new = any(absent(number, older) for number in now.keys() - was.keys())
    if changed or gone or new or newer.first.total < older.first.total:
        return Check("lines-kept", False, "A line of the older file is missing or was changed.")
    if older.missing or newer.missing:
        return Check("lines-kept", None, "Of the parts that both have every line is the same.")
    return Check("lines-kept", True, "Every line of the older file stands in the newer one.")


def _kept_but(loss: AcceptedLoss, older: _Download, newer: _Download) -> Check:
    """What is gone was accepted by the Commission; nothing else is, and what stayed is the same.

    A lost line leaves its number to another, so lines are compared by where they stand in the log.
    """
    was = {leaf: hashed for _, leaf, hashed in older.below(older.size)}
    now = {leaf: hashed for _, leaf, hashed in newer.below(older.size)}
    if older.missing or newer.missing:
        return Check("lines-kept", None, f"{lost_words(loss)} Give all parts to see which.")
    changed = any(hashed != was[leaf] for leaf, hashed in now.items() if leaf in was)
    gone = was.keys() - now.keys()
    if changed or now.keys() - was.keys() or any(leaf >= loss.below for leaf in gone):
        return Check("lines-kept", False, "A line is missing or was changed that is not accepted.")
    if not gone:
        return Check("lines-kept", True, "Every line of the older file stands in the newer one.")
    which = f"{len(gone)} of the {len(was)} lines of the older file stand in the newer one no more."
    return Check("lines-kept", None, f"{which} {lost_words(loss)}")


def _extended(older: _Download, newer: _Download, *, lost: bool) -> Check:
    """The newer log starts with the older one; either file may hold the proof.

    A portal that lost its lines has also lost which files it gave, for which it makes the proofs:
    then the Commission's cosignatures are what is left.
    """
    try:
        heads = [_head(one.first) for one in (older, newer)]
        proof = _proof_in(newer, older.size)
        proof = _proof_in(older, newer.size) if proof is None else proof
        if proof is None and lost and older.witnessed and newer.witnessed:
            text = "The portal has lost which files it gave. The Commission cosigned both logs."
            return Check("log-extends", None, text)
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


def _proof_in(download: _Download, log_size: int) -> list[bytes] | None:
    return next((one.proof for one in download.earlier if one.log_size == log_size), None)
