"""Ports are chosen once and kept: what somebody wrote down stays true."""

from pathlib import Path

import pytest

from renkei.sandbox.ports import BEYOND, LOWEST, NoPortFree, settle


def test_ports_are_the_folders_own(tmp_path: Path) -> None:
    """A first build's ports follow from the path, below those that are lent to calls."""
    names = [f"party-{number}" for number in range(12)]
    ports = settle(names, tmp_path, {})
    assert list(ports) == names
    assert len(set(ports.values())) == len(names)
    assert all(LOWEST <= port < BEYOND <= 32_768 for port in ports.values())
    assert settle(names, tmp_path, {}) == ports
    assert settle(names, tmp_path / "other", {}) != ports
    assert settle(names, tmp_path, {"party-3": 4711}) != ports


def test_no_port_left_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every port of the range is taken, that is said, not looked for without end."""
    monkeypatch.setattr("renkei.sandbox.ports.is_free", lambda _port: False)
    with pytest.raises(NoPortFree, match="no port from 20000 to 31999"):
        settle(["party"], tmp_path, {})
