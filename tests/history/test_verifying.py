"""A downloaded file holds by itself, and no byte of what it proves can be another."""

import json
import random

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spoiling import SPOILT, failing, other_letter

from renkei.crypto import sum_tree
from renkei.crypto.digests import entry_hash
from renkei.crypto.errors import FramingError
from renkei.wire.errors import WireError
from renkei.wire.history import (
    FIRST_HEAD,
    decode_path,
    encode_path,
    line_head,
    read_file,
    write_file,
)
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
    for bad in (again, raw + b"\n", raw[:-2], b"", b"[]", b"{}", raw.replace(b"v1", b"v2", 1)):
        with pytest.raises(WireError, match="malformed"):
            read_file(bad)


def test_a_removed_line_is_found(files) -> None:
    """A cut last line, a cut first line and no lines at all disagree with the ledger."""
    for kept in (files.newer.lines[:-1], files.newer.lines[1:], []):
        spoilt = msgspec.structs.replace(files.newer, lines=kept, receipts=[])
        assert "ledger" in failing(verify(spoilt, files.anchors))


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


def test_a_ledger_of_ones_own_is_not_the_one_the_commission_stated(files) -> None:
    """A portal that cuts a person's last line and makes a ledger to match has no statement."""
    cut = files.newer.lines[:-1]
    head = FIRST_HEAD
    for line in cut:
        head = line_head(head, line.number, entry_hash(1, line.record, line.salt))
    place = sum_tree.position(files.newer.code)
    nodes = sum_tree.update({place: sum_tree.Account(head, len(cut))})
    own = sum_tree.root(nodes.get)
    spoilt = msgspec.structs.replace(
        files.newer,
        lines=cut,
        receipts=[one for one in files.newer.receipts if one.line <= len(cut)],
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
    from renkei.wire.messages.oversight import LedgerStatement

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
