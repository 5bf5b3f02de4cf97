"""A world of two cities for each test, with pauses that suit a test."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from world import A, B, World

from renkei.kit import acquiring
from renkei.kit.background import Interval
from renkei.roles.institution.service.asking import drive
from renkei.roles.institution.service.providing import offers


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Two cities that run; nobody is on file yet."""
    monkeypatch.setattr(drive, "LONGEST_WAIT_SECONDS", 0.02)
    quick = Interval(first_delay_seconds=0.005, longest_delay_seconds=0.02)
    monkeypatch.setattr(drive, "INTERVAL", quick)
    monkeypatch.setattr(offers, "AGAIN", quick)
    monkeypatch.setattr(offers, "HOLD_SECONDS", 0.1)
    monkeypatch.setattr(acquiring, "FIRST_PAUSE_SECONDS", 0.001)
    made = World(tmp_path)
    for name in (A, B):
        made.start(name)
    yield made
    for name in list(made.nodes):
        await made.end(name)
