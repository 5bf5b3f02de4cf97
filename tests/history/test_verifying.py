"""A downloaded file holds by itself, and no byte of what it proves can be another."""

import asyncio
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from portal_network import Lie, SmallNetwork
from portal_running import RunningPortal
from spoiling import SPOILT, failing, other_letter

from renkei.crypto import merkle, shared_proof, sum_tree
from renkei.crypto.account_tree import line_hash
from renkei.crypto.digests import entry_hash
from renkei.crypto.errors import FramingError
from renkei.wire.errors import WireError
from renkei.wire.history import UNASSIGNED_PLACE, decode_path, encode_path, read_file, write_file
from renkei.wire.verifying import verify

_quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_an_honest_file_holds_and_is_witnessed(files) -> None:
    """Every check of a file with a statement holds."""
    report = verify(files.newer, files.anchors)
    assert [check for check in report.checks if not check.holds] == []
    assert report.verified
    assert report.witnessed
    assert (report.tree_size, report.lines) == (files.newer.log_size, 3)
    assert len(files.newer.receipts) == 3


def test_a_file_without_statement_is_verified_but_not_witnessed(files) -> None:
    """What the portal and the log say by themselves holds, and the report says who is missing."""
    report = verify(files.unwitnessed, files.anchors)
    assert report.verified
    assert not report.witnessed
    missing = [check.name for check in report.checks if check.holds is None]
    assert missing == ["cosignature", "statement"]


def test_a_person_without_lines_can_prove_that(files) -> None:
    """A file without lines shows that the ledger has no account at its place."""
    report = verify(files.empty, files.anchors)
    assert report.verified
    assert report.witnessed
    assert report.lines == 0


@pytest.mark.parametrize("part", SPOILT)
@_quick
@given(seed=st.integers(0, 2**32))
def test_one_changed_byte_of_any_part_is_found_and_named(files, part: str, seed: int) -> None:
    """Change one byte anywhere in what a file proves: it fails, and a check names the part."""
    spoil, names = SPOILT[part]
    report = verify(spoil(files.newer, random.Random(seed)), files.anchors)
    assert not report.verified
    assert not report.witnessed
    assert any(found.startswith(names) for found in failing(report)), failing(report)


@_quick
@given(seed=st.integers(0, 2**32))
def test_one_changed_character_of_the_file_itself_is_found(files, seed: int) -> None:
    """Any character of the file but notice and date, spoilt on disk: unreadable or not verified."""
    raw = write_file(files.newer).decode()
    start = raw.index('"code"')
    spoilt = other_letter(raw[: raw.index('"earlier"')], random.Random(seed), start)
    data = (spoilt + raw[raw.index('"earlier"') :]).encode()
    try:
        report = verify(read_file(data), files.anchors)
    except WireError:
        return
    assert not report.verified


def test_a_file_that_was_reformatted_or_is_none_is_refused_in_a_sentence(files) -> None:
    """A file in another form, cut, or of another kind gives an error and no report."""
    raw = write_file(files.newer)
    assert read_file(raw) == files.newer
    again = json.dumps(json.loads(raw)).encode()
    for bad in (again, raw + b"\n", raw[:-2], b"", b"[]", b"{}", raw.replace(b"v2", b"v3", 1)):
        with pytest.raises(WireError, match="malformed"):
            read_file(bad)


def test_a_file_of_the_older_form_is_named(files) -> None:
    """A file whose ledger bound a chain is not taken for one that shows what accounts hold."""
    raw = write_file(files.newer).replace(b"history.v2", b"history.v1", 1)
    with pytest.raises(WireError, match=r"older form, renkei\.history\.v1"):
        read_file(raw)


def test_a_removed_line_is_found(files) -> None:
    """A cut last line, a cut first line and no lines at all disagree with the ledger."""
    for kept in (files.newer.lines[:-1], files.newer.lines[1:], []):
        spoilt = msgspec.structs.replace(files.newer, lines=kept, receipts=[])
        assert "ledger" in failing(verify(spoilt, files.anchors))


@pytest.mark.parametrize(
    ("procedure", "allowed", "wrong"),
    [
        (None, True, False),
        ("child-allowance", True, False),
        ("child-allowance-change", True, True),
        ("child-allowance-change", False, False),
        ("of-a-later-list", True, False),
    ],
)
def test_a_permitted_line_names_no_other_procedure(
    files, procedure: str | None, allowed: bool, wrong: bool
) -> None:
    """A network that permits under one procedure and affair of another is found by the reader."""
    first = files.newer.lines[0]
    record = json.loads(first.record) | {
        "affair": "106", "sub_affair": "108-1", "procedure": procedure, "allowed": allowed,
    }  # fmt: skip
    spoilt = msgspec.structs.replace(
        files.newer,
        lines=[msgspec.structs.replace(first, record=json.dumps(record).encode())],
    )
    found = [name for name in failing(verify(spoilt, files.anchors)) if name.startswith("records")]
    assert found == (["records: line 1"] if wrong else [])


def test_somebody_elses_line_is_found(files) -> None:
    """A line of another person, proven by the log, cannot be passed off as one's own."""
    foreign = msgspec.structs.replace(files.stranger.lines[0], number=1)
    spoilt = msgspec.structs.replace(files.newer, lines=[foreign, *files.newer.lines[1:]])
    assert "lines-yours: line 1" in failing(verify(spoilt, files.anchors))


def test_a_statement_without_cosignature_is_no_witness(files) -> None:
    """A file whose cosignature was taken off fails; it does not become merely unwitnessed."""
    rows = files.newer.checkpoint.split("\n")
    spoilt = msgspec.structs.replace(files.newer, checkpoint="\n".join([*rows[:5], ""]))
    assert failing(verify(spoilt, files.anchors)) == ["statement"]


def test_anchors_of_another_network_verify_nothing(files) -> None:
    """The keys come from the anchors alone: with others, neither log nor statement holds."""
    from renkei.crypto.note import NoteKey

    other = msgspec.structs.replace(
        files.anchors, log_key=NoteKey(files.anchors.log_origin, bytes(31) + b"\x01").text
    )
    assert "checkpoint" in failing(verify(files.newer, other))
    renamed = msgspec.structs.replace(files.anchors, log_origin="renkei.test/another")
    assert "checkpoint" in failing(verify(files.newer, renamed))


_hash = st.binary(min_size=32, max_size=32)
_count = st.integers(0, 2**64 - 1)
_paths = st.builds(
    sum_tree.Path,
    st.lists(st.builds(sum_tree.Sum, _hash, _count), max_size=256).map(tuple),
    st.none() | st.builds(sum_tree.Leaf, _hash, st.builds(sum_tree.Account, _hash, _count)),
)


@given(path=_paths)
@example(path=sum_tree.Path((), None))
def test_paths_travel_unchanged_and_in_one_form_only(path: sum_tree.Path) -> None:
    """A path's bytes give the path back, and a byte more or less gives an error."""
    data = encode_path(path)
    assert decode_path(data) == path
    for bad in (data + b"\x00", data[:-1], b"", data[:2] + b"\x02" + data[3:]):
        try:
            assert decode_path(bad) != path or bad == data
        except FramingError:
            continue


def _log_hashes(files, kept) -> bytes:
    """The hashes that show some lines and their receipts in the log."""
    numbers = {one.number for one in kept}
    leaves = [one.leaf for one in kept]
    leaves += [one.leaf for one in files.newer.receipts if one.line in numbers]
    _, nodes = merkle.Frontier().extend(
        one.hash for one in files.network.entries[: files.newer.log_size]
    )
    tree = {(node.level, node.index): node.hash for node in nodes}
    return shared_proof.prove(leaves, files.newer.log_size, lambda *place: tree[place])


def test_a_ledger_of_ones_own_is_not_the_one_the_commission_stated(files) -> None:
    """A portal that cuts a person's last line and makes a ledger to match has no statement."""
    cut = files.newer.lines[:-1]
    hashes = [line_hash(one.number, one.leaf, entry_hash(1, one.record, one.salt)) for one in cut]
    head = merkle.root(hashes)
    place = sum_tree.position(files.newer.code)
    nodes = sum_tree.update({place: sum_tree.Account(head, len(cut))})
    own = sum_tree.root(nodes.get)
    spoilt = msgspec.structs.replace(
        files.newer,
        lines=cut,
        total=len(cut),
        receipts=[one for one in files.newer.receipts if one.line <= len(cut)],
        log_hashes=_log_hashes(files, cut),
        unassigned_path=encode_path(sum_tree.prove(UNASSIGNED_PLACE, nodes.get)),
        ledger_path=encode_path(sum_tree.prove(place, nodes.get)),
        ledger_root=own.hash,
        exchange_entries=own.count,
    )
    assert failing(verify(spoilt, files.anchors)) == ["statement"]


def test_an_old_statement_does_not_serve_a_newer_file(files) -> None:
    """Root, path and statement of an older ledger fail for a newer size."""
    spoilt = msgspec.structs.replace(
        files.newer,
        ledger_path=files.older.ledger_path,
        ledger_root=files.older.ledger_root,
        exchange_entries=files.older.exchange_entries,
        statement=files.older.statement,
    )
    assert {"ledger", "statement"} <= set(failing(verify(spoilt, files.anchors)))


def test_a_statement_signed_by_anybody_else_is_none(files) -> None:
    """The network's signature under the Commission's words is worth nothing."""
    network = files.network
    forger = network.parties["linkage"]
    from renkei.wire import framing
    from renkei.wire.portal.messages import LedgerStatement

    words = LedgerStatement(
        sender="oversight",
        aud="everyone",
        at=network.clock.now(),
        log_size=files.newer.log_size,
        exchange_entries=files.newer.exchange_entries,
        ledger_root=files.newer.ledger_root,
    )
    forged = framing.write(words, "oversight:sign:1", lambda data: forger.keys.sign("sign", data))
    spoilt = msgspec.structs.replace(files.newer, statement=forged.decode())
    assert failing(verify(spoilt, files.anchors)) == ["statement"]


# -- what was signed -------------------------------------------------------------------------------

REWRITTEN: dict[str, Any] = {
    "office": "tax-section",
    "affair": "107",
    "sub_affair": "109-1",
    "items": ["pension-benefit"],
    "subject": "spouse",
    "provider": "city-a",
    "procedure": "child-allowance",
    "conditions": ["runs-public-housing"],
    "officer": bytes(31) + b"1",
    "case_digest": bytes(31) + b"1",
    "epoch": 2,
    "consent_digest": bytes(32),
    "asked_at": datetime(2026, 6, 30, tzinfo=UTC),
    "request_digest": bytes(32),
}
"""What a lying network could put into a record in the place of what was signed."""


@pytest.mark.parametrize("field", REWRITTEN)
async def test_a_record_that_is_not_what_was_signed_fails(field: str, tmp_path: Path) -> None:
    """A network that rewrites any word of a request is found by the person's own file."""
    network = SmallNetwork(tmp_path)
    portal = RunningPortal.open(tmp_path, network)
    base, code = await portal.person()
    network.exchange(base)
    network.exchange(
        base,
        lie=Lie(rewrite=lambda one: msgspec.structs.replace(one, **{field: REWRITTEN[field]})),
    )
    await portal.state()
    file = await portal.file(code)
    await asyncio.to_thread(portal.database.close)
    report = verify(file, network.anchors)
    assert failing(report) == ["lines-as-signed: line 2"]
    (why,) = [check.why for check in report.checks if check.holds is False]
    assert field in why


def test_a_line_without_what_was_signed_fails(files) -> None:
    """A portal that takes the signed request out of a line is found: the record asks for it."""
    line = msgspec.structs.replace(files.newer.lines[1], signed=msgspec.UNSET)
    lines = [files.newer.lines[0], line, *files.newer.lines[2:]]
    report = verify(msgspec.structs.replace(files.newer, lines=lines), files.anchors)
    assert failing(report) == ["lines-as-signed: line 2"]


def test_without_the_inquirers_keys_the_report_says_so(files) -> None:
    """Who signed is not known without keys from outside the file: that is said, not passed over."""
    report = verify(files.newer, msgspec.structs.replace(files.anchors, inquirers=[]))
    (unknown,) = [check for check in report.checks if check.name == "inquirers-keys"]
    assert unknown.holds is None
    assert "3 lines" in unknown.why
    assert report.verified


def test_lines_that_open_for_nobody_are_told(tmp_path: Path) -> None:
    """A file says how many lines of the whole ledger belong to nobody, proven by its root."""

    async def make() -> Any:
        network = SmallNetwork(tmp_path)
        portal = RunningPortal.open(tmp_path, network)
        base, code = await portal.person()
        network.exchange(base)
        network.exchange(base, lie=Lie(other_seed=True))
        await portal.state()
        file, view = await portal.file(code), await portal.history.view(code)
        await asyncio.to_thread(portal.database.close)
        return file, view, network.anchors

    file, view, anchors = asyncio.run(make())
    assert (view.total, view.unassigned) == (1, 1)
    (told,) = [check for check in verify(file, anchors).checks if check.name == "unassigned"]
    assert told.holds is None
    assert told.why.startswith("1 lines")
    hidden = msgspec.structs.replace(file, unassigned_path=file.ledger_path)
    assert "unassigned" in failing(verify(hidden, anchors))
