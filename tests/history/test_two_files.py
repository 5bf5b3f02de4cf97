"""Two downloads of different days verify against each other: nothing vanished."""

import msgspec
from spoiling import failing

from renkei.wire.comparing import verify_two


def test_two_downloads_of_different_days_fit(files) -> None:
    """The newer file extends the older one, in whichever order they are given."""
    for pair in ((files.older, files.newer), (files.newer, files.older)):
        report = verify_two(*pair, files.anchors)
        assert failing(report) == []
        assert report.verified
        assert report.witnessed
        assert report.lines == 3


def test_a_download_before_the_witness_fits_one_after(files) -> None:
    """A file without statement and a later one with it fit; the pair is not witnessed."""
    report = verify_two(files.unwitnessed, files.newer, files.anchors)
    assert report.verified
    assert not report.witnessed


def test_the_same_file_twice_fits(files) -> None:
    """A file fits itself without any proof."""
    assert verify_two(files.newer, files.newer, files.anchors).verified


def test_files_of_two_people_are_not_compared(files) -> None:
    """Two people's files say nothing about each other's lines."""
    assert "same-person" in failing(verify_two(files.newer, files.stranger, files.anchors))


def test_a_line_that_vanished_between_two_files_is_found(files) -> None:
    """A line of the older file that the newer one lacks is named as missing."""
    cut = msgspec.structs.replace(files.newer, lines=files.newer.lines[1:], receipts=[])
    assert "lines-kept" in failing(verify_two(files.older, cut, files.anchors))


def test_a_log_that_does_not_extend_the_older_one_is_found(files) -> None:
    """Without the proof, or with a spoilt one, the pair does not hold."""
    without = msgspec.structs.replace(files.newer, earlier=[])
    assert "log-extends" in failing(verify_two(files.older, without, files.anchors))
    spoilt = [msgspec.structs.replace(one, proof=one.proof[:-1]) for one in files.newer.earlier]
    broken = msgspec.structs.replace(files.newer, earlier=spoilt)
    assert "log-extends" in failing(verify_two(files.older, broken, files.anchors))


def test_a_forked_log_is_found(files) -> None:
    """A log that signs another history of the same length does not fit what it signed before."""
    network = files.network
    honest = network.entries[0]
    network.entries[0] = type(honest)(3, bytes(32), b"{}")
    try:
        forked = network.cosign(network.checkpoint(files.newer.log_size)).decode()
    finally:
        network.entries[0] = honest
    fork = msgspec.structs.replace(files.newer, checkpoint=forked)
    assert "log-extends" in failing(verify_two(files.older, fork, files.anchors))


def test_a_count_that_falls_is_found(files) -> None:
    """A ledger that counts fewer exchanges than before does not hold."""
    fewer = msgspec.structs.replace(files.newer, exchange_entries=1)
    assert "count" in failing(verify_two(files.older, fewer, files.anchors))


def test_two_ledgers_for_one_size_are_found(files) -> None:
    """One log size has one ledger root."""
    other = msgspec.structs.replace(files.newer, ledger_root=bytes(32))
    assert "count" in failing(verify_two(files.newer, other, files.anchors))
