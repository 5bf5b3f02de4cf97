"""A portal that hides or loses lines is found by the Commission, and no ledger of it is stated."""

import json
import subprocess
import sys

import pytest
from by_hand import A, ByHand
from lying import LyingCountry, Reader

from renkei.crypto import sum_tree
from renkei.crypto.account_tree import line_hash, verify_line
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import TreeHead
from renkei.roles.oversight.rules import logged_entry_hash
from renkei.sandbox.country import ANCHORS
from renkei.wire.comparing import verify_all
from renkei.wire.history import HistoryFile, decode_path, write_file
from renkei.wire.linkage.log import Records
from renkei.wire.portal.messages import Findings, Ledger, LedgerStatement, Standings


async def test_a_line_in_a_ghost_account_is_found_within_a_minute(lying: LyingCountry) -> None:
    """Filed elsewhere, sum right, opened truly: the portal's own signed words show the lie.

    Nothing is stated while it lasts, so the file a person takes away is that of before.
    """
    city = ByHand(lying, A)
    before = (await city.permit()).permit.tx
    async with Reader(lying) as reader:
        honest = await reader.stated(before)
        assert verify_all([honest], lying.anchors).witnessed
        lying.turn("portal", "ghost-account")
        hidden = (await city.permit()).permit.tx
        found = await lying.until(
            lambda: lying.findings("opening-failed"), "the ghost is not found"
        )
        await reader.sign_in()
        file = await reader.file()
    assert [one["possible"] for one in found] == [["portal"]]
    assert file.log_size == honest.log_size
    assert not any(hidden.encode() in one.record for one in file.lines)

    # A third party needs what was signed and the keys of the directory, nobody's memory.
    party = lying.party(A)
    signed = [one.decode() for one in found[0]["evidence"]]
    ledger = party.read_inside(signed[0], (Ledger,), aud="oversight").message
    standings = party.read_inside(signed[1], (Standings,), aud="oversight").message
    records = party.read_inside(signed[2], (Records,), aud="oversight").message
    leaf = int(found[0]["subject"].removeprefix("leaf "))
    logged = next(one for one in records.records if one.leaf == leaf)
    assert hidden.encode() in logged.record
    standing = next(one for one in standings.standings if one.leaf == leaf)
    root = sum_tree.Sum(ledger.root, ledger.exchange_entries)
    account = sum_tree.verify(root, standing.place, decode_path(standing.path))
    assert account is not None
    line = line_hash(standing.number, leaf, logged_entry_hash(logged))
    head = TreeHead(account.count, account.head)
    with pytest.raises(ProofError):
        verify_line(line, standing.number, head, standing.inclusion)


async def test_a_portal_that_lost_its_database_gets_no_statement(lying: LyingCountry) -> None:
    """Empty again, its ledger sums up to the same number: found within a minute, never stated.

    The Commission says whose loss it is, the person's file says how many lines belong to nobody,
    and a file of before says with the new one what is gone. For ever, unless two officers accept.
    """
    city = ByHand(lying, A)
    tx = (await city.permit()).permit.tx
    async with Reader(lying) as reader:
        before = await reader.stated(tx)
        statements = lying.rows("oversight", "SELECT count(*) FROM statement WHERE handed")
        await lying.until(lambda: not lying.rows("linkage", "SELECT 1 FROM feed"), "boxes are kept")
        lying.kill("portal")
        lying.empty("portal")
        lying.restart("portal")
        later = (await city.permit()).permit.tx
        fell = await lying.until(lambda: lying.findings("count-fell"), "nothing fell")
        lost = await lying.until(lambda: lying.findings("lines-lost"), "nothing is lost")
        await reader.sign_in()
        after = await reader.file()
        _, page = await reader.get("/history?lang=en")
    assert {tuple(one["possible"]) for one in (*fell, *lost)} == {("portal",)}
    assert lying.rows("oversight", "SELECT count(*) FROM statement WHERE handed") == statements
    report = verify_all([after], lying.anchors)
    assert report.verified
    assert not report.witnessed
    unassigned = next(one for one in report.checks if one.name == "unassigned")
    assert unassigned.holds is None
    assert b"belong to nobody" in page
    both = verify_all([before, after], lying.anchors)
    assert not both.verified
    assert "lines-kept" in [one.name for one in both.checks if one.holds is False]

    # A third party reads the loss out of the Commission's statement and the portal's own words.
    party = lying.party(A)
    words = [one.decode() for one in lost[0]["evidence"]]
    stated = party.read_inside(words[0], (LedgerStatement,), aud="everyone").message
    said = party.read_inside(words[1], (Findings,), aud="oversight").message
    assert stated.sender == "oversight"
    assert any(one.kind == "lines-lost" and one.leaf < stated.log_size for one in said.findings)
    await _accepted(lying, later, before)


def renkei(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as people type it, in a process of its own."""
    command = [sys.executable, "-m", "renkei", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


async def _accepted(lying: LyingCountry, later: str, before: HistoryFile) -> None:
    """Two officers accept the loss: ledgers are stated again, and none passes for the whole."""

    def accept(*arguments: str) -> subprocess.CompletedProcess[str]:
        return renkei("oversight", "accept-loss", *arguments, "--folder", str(lying.folder))

    proposed = accept("--officer", "Officer One", "--reason", "The disk failed; no copy is left.")
    assert proposed.returncode == 0, proposed.stderr
    alone = accept("--officer", "Officer One", "--confirm", "1")
    assert alone.returncode == 1
    assert "another officer" in alone.stderr
    accepted = accept("--officer", "Officer Two", "--confirm", "1", "--json")
    assert accepted.returncode == 0, accepted.stderr
    day = json.loads(accepted.stdout)["accepted"]["day"]
    async with Reader(lying) as reader:
        after = await reader.stated(later)
        _, page = await reader.get("/history?lang=en")
    assert "accepted on" in page.decode()
    report = verify_all([before, after], lying.anchors)
    assert report.verified
    assert report.witnessed
    kept = next(one for one in report.checks if one.name == "lines-kept")
    assert kept.holds is None
    words = f"the Commission accepted this on {day}: The disk failed; no copy is left."
    assert words in kept.why
    for name, file in (("before", before), ("after", after)):
        (lying.folder / f"{name}.json").write_bytes(write_file(file))
    told = renkei(
        *("verify", "--anchors", str(lying.folder / ANCHORS)),
        *(str(lying.folder / f"{name}.json") for name in ("before", "after")),
    )
    assert told.returncode == 3, told.stderr
    assert f"NOT THE WHOLE HISTORY. Lines of before log size {report.loss.below}" in told.stdout
    assert words in told.stdout


async def test_a_portal_that_lost_what_was_never_stated_is_filled_again(
    lying: LyingCountry,
) -> None:
    """While no ledger with a line was stated the network keeps what opens it: nothing is lost."""
    city = ByHand(lying, A)
    lying.kill("oversight")
    stated = lying.rows("oversight", "SELECT max(log_size) FROM statement WHERE handed")[0][0] or 0
    tx = (await city.permit()).permit.tx

    def filed() -> bool:
        return bool(lying.rows("portal", "SELECT 1 FROM line"))

    await lying.until(filed, "the line is not filed")
    leaf = lying.rows("portal", "SELECT leaf FROM line")[0][0]
    assert leaf >= stated
    lying.kill("portal")
    lying.empty("portal")
    lying.restart("portal")
    async with Reader(lying) as reader:
        await lying.until(filed, "the line is not filed once more")
        lying.restart("oversight")
        file = await reader.stated(tx)
    report = verify_all([file], lying.anchors)
    assert report.witnessed
    assert all(one.holds for one in report.checks)
