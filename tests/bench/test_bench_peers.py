"""Peers are measured where they are installed, and never pretended to be."""

import json
import sys
from pathlib import Path

import pytest

from renkei.bench import log, machine, peers

PYTHON = Path(__file__).resolve().parents[2] / peers.FOLDER / "bin" / "python"


def installed(folder: Path, body: str) -> Path:
    """An environment whose Python answers with these lines of shell."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    python.chmod(0o755)
    return folder


def test_absent_peers_are_named_with_the_way_to_install_them(tmp_path: Path) -> None:
    """Without peers the result has one sentence that says what to type, and no figure."""
    for found in (peers.exchange_peers(tmp_path), peers.log_peers(tmp_path)):
        assert found == {"missing": peers.HOW_TO_INSTALL}
    assert "tools/peers.py" in peers.HOW_TO_INSTALL


def test_a_failing_peer_is_told_and_spoils_nothing(tmp_path: Path) -> None:
    """A peer that fails gives its last words instead of figures; ours are still reported."""
    folder = installed(tmp_path, "echo 'first'>&2; echo 'no module of that name' >&2; exit 1")
    found = peers.exchange_peers(folder)
    assert found.keys() == {"failed"}
    assert "no module of that name" in found["failed"]


def test_a_peer_is_run_apart_from_our_python(tmp_path: Path) -> None:
    """The script is run by the peers' own Python, isolated, with the counts that were asked for."""
    folder = installed(tmp_path, 'printf \'{"said": "%s"}\' "$*"')
    found = peers.log_peers(folder, singles=3, entries=9)
    words = found["pymerkle"]["said"].split()
    assert words[0] == "-I"
    assert Path(words[1]).is_file()
    assert words[2:] == ["--singles", "3", "--entries", "9"]


@pytest.mark.skipif(not PYTHON.exists(), reason="peers are not installed: python tools/peers.py")
def test_installed_peers_do_their_work(tmp_path: Path) -> None:
    """AS4 acknowledges what it sent, pymerkle proves what it stored, and both give figures."""
    found = peers.run_script(PYTHON, "as4_messages", pairs=2, processes=1)
    assert found["pairs"] == 2
    assert found["messages_per_second"] >= found["pairs_per_second"] > 0
    found = peers.run_script(
        PYTHON, "pymerkle_appends", singles=3, entries=40, group=8, batch=16, folder=str(tmp_path)
    )
    assert (found["single"]["entries"], found["groups"]["entries"]) == (3, 40)
    for one in (found["single"], found["groups"]):
        assert one["appends_per_second"] > 0
        assert one["durable"] == (one["synchronous"] >= 2)


def test_the_log_is_compared_with_what_was_measured_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ratios to a peer are our figure through the peer's figure of the same run."""
    asked = {}

    def beside(_installed: Path, **options: int | str) -> dict[str, object]:
        asked.update(options)
        return {
            "pymerkle": {
                "groups": {"appends_per_second": 1_000},
                "single": {"appends_per_second": 10},
            }
        }

    monkeypatch.setattr(peers, "log_peers", beside)
    found = log.run(entries=256, folder=tmp_path)
    ratios = found["ratios_to_peers"]
    assert ratios["pymerkle_groups"] == pytest.approx(found["appends_per_second"] / 1_000, abs=0.01)
    assert ratios["pymerkle_single"] == pytest.approx(
        found["alone_appends_per_second"] / 10, abs=0.02
    )
    assert found["ratio_to_floor"] == pytest.approx(
        found["appends_per_second"] / found["floor_per_second"], abs=0.002
    )
    assert (asked["entries"], asked["singles"]) == (256, 32)
    assert asked["bytes"] == log.RECORD_BYTES


def test_results_name_machine_and_versions() -> None:
    """A result says on what and with which versions it was measured, and can be printed as JSON."""
    found = json.loads(json.dumps(machine.describe()))
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["memory_gb"] > 0
    assert found["machine"]["kernel"]
    assert found["versions"]["python"] == sys.version.split()[0]
    assert {"renkei", "cryptography", "rbcl", "sqlite", "openssl"} <= found["versions"].keys()
