"""A loss that the Commission accepted is told by every file after it, and excuses nothing else."""

from typing import Any

import msgspec
import pytest
from spoiling import failing

from renkei.wire.comparing import verify_two
from renkei.wire.history import HistoryFile
from renkei.wire.names import EVERYONE
from renkei.wire.portal.messages import AcceptedLoss, LedgerStatement
from renkei.wire.verifying import verify

REASON = "The disk failed; no copy is left."


def stating(files: Any, file: HistoryFile, below: int, number: int = 1) -> HistoryFile:
    """The same file with a statement that names a loss of lines below a log size."""
    party = files.network.parties["oversight"]
    loss = AcceptedLoss(
        number=number, below=below, day="2026-07-02", reason=REASON, officers=["One", "Two"]
    )
    statement = LedgerStatement(
        **party.envelope(EVERYONE),
        log_size=file.log_size,
        exchange_entries=file.exchange_entries,
        ledger_root=file.ledger_root,
        loss=loss,
    )
    return msgspec.structs.replace(file, statement=party.write(statement).decode())


def kept(report: Any) -> Any:
    """What is said of the older file's lines."""
    return next(one for one in report.checks if one.name == "lines-kept")


def test_a_file_after_a_loss_says_so_by_itself(files) -> None:
    """Whoever reads one file alone is told that lines of before are gone, when and why."""
    report = verify(stating(files, files.newer, files.older.log_size), files.anchors)
    assert report.verified
    assert report.loss.reason == REASON
    (told,) = [one for one in report.checks if one.name == "loss"]
    assert told.holds is None
    assert f"the Commission accepted this on 2026-07-02: {REASON}" in told.why


def without_first(file: HistoryFile) -> HistoryFile:
    """The file of a ledger that lacks the person's first line: numbers move up."""
    lines = [
        msgspec.structs.replace(one, number=number)
        for number, one in enumerate(file.lines[1:], start=1)
    ]
    return msgspec.structs.replace(file, lines=lines, receipts=[], total=len(lines))


def test_an_accepted_line_is_told_and_is_no_failure(files) -> None:
    """The lines that are gone are counted, with the Commission's day and reason."""
    newer = without_first(stating(files, files.newer, files.older.log_size))
    said = kept(verify_two(files.older, newer, files.anchors))
    assert said.holds is None
    assert said.why.startswith("1 of the 2 lines of the older file")
    assert REASON in said.why


@pytest.mark.parametrize("case", ["above", "changed", "invented", "earlier"])
def test_a_loss_excuses_nothing_else(files, case: str) -> None:
    """A line above the size, one that was changed or added, or gone after the loss, is no loss."""
    first = files.older.lines[0].leaf
    below = first if case == "above" else files.older.log_size
    newer, older = without_first(stating(files, files.newer, below)), files.older
    if case == "changed":
        lines = [msgspec.structs.replace(one, salt=bytes(32)) for one in newer.lines]
        newer = msgspec.structs.replace(newer, lines=lines)
    elif case == "invented":
        older = msgspec.structs.replace(older, lines=older.lines[:1], total=1)
    elif case == "earlier":
        older = stating(files, older, below - 1)
        newer = without_first(stating(files, files.newer, below - 1))
    assert "lines-kept" in failing(verify_two(older, newer, files.anchors))


def test_a_missing_proof_is_excused_by_the_witness_alone(files) -> None:
    """After a loss nobody proves that the log grew but the witness; without it that fails."""
    newer = stating(files, files.newer, files.older.log_size)
    newer = msgspec.structs.replace(newer, earlier=[])
    for older, held in ((files.older, None), (files.unwitnessed, False)):
        report = verify_two(older, newer, files.anchors)
        said = next(one for one in report.checks if one.name == "log-extends")
        assert said.holds is held


def test_what_the_portal_says_of_a_loss_is_nothing(files) -> None:
    """Only the Commission's signature accepts: a statement changed on the way fails."""
    good = stating(files, files.newer, files.older.log_size)
    head, body, tail = good.statement.split(".")
    other = stating(files, files.newer, 1).statement.split(".")[1]
    spoilt = msgspec.structs.replace(good, statement=f"{head}.{other}.{tail}")
    report = verify(spoilt, files.anchors)
    assert "statement" in failing(report)
    assert report.loss is None
    assert body != other
