"""`renkei status` groups alarms that are alike: many of one kind bury no other."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from renkei.cli import status
from renkei.wire.health import Alarm, Health

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass
class Service:
    """A process by its name."""

    name: str
    config: str = ""


class Standing:
    """Stands where a country stands for the command: one process."""

    def services(self) -> list[Service]:
        return [Service("oversight")]

    def is_running(self) -> bool:
        return True


def test_alarms_that_are_alike_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three thousand peers that are away are one line, and the one other alarm stands beside it."""
    away = [
        Alarm("task-failing", "collect", 2, NOW, reason="unavailable", peer=f"body-{number}")
        for number in range(3_000)
    ]
    other = Alarm("late", "ledger", 1, NOW, reason="statement-withheld")

    async def told(_config: str) -> Health:
        alarms = [*away[:1_500], other, *away[1_500:]]
        return Health("oversight", "oversight", NOW, alarms)

    monkeypatch.setattr(status, "existing_country", lambda _folder: Standing())
    monkeypatch.setattr(status, "read", lambda config: config)
    monkeypatch.setattr(status, "ask", told)
    app = typer.Typer()
    app.command()(status.status)
    result = CliRunner().invoke(app, ["--folder", str(Path())])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert "task-failing, collect, 6000 times, unavailable" in lines[1]
    assert "peer body-0 body-1 body-2 and 2997 more" in lines[1]
    assert "late, ledger, 1 times, statement-withheld" in lines[2]
