"""A command loads what it needs: help waits for nothing, a desk for no server's machinery."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVERS = {"litestar", "uvicorn", "sqlalchemy", "alembic", "jinja2", "structlog", "psutil"}
NETWORK = {"aiohttp", "cryptography", "rbcl"}
HOUSE = {"renkei.run.supervisor", "renkei.roles", "renkei.bench"}
PROGRAM = """
import json, sys
from renkei.cli import main
try:
    main()
finally:
    open(sys.argv[0], "w").write(json.dumps(sorted(sys.modules)))
"""


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """The modules that are in memory when a command ends."""
    script, found = tmp_path / "script.py", tmp_path / "modules.json"
    script.write_text(PROGRAM.replace("sys.argv[0]", repr(str(found))))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return set(json.loads(found.read_text()))


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (("--help",), SERVERS | NETWORK | HOUSE | {"renkei.law", "renkei.sandbox", "rich"}),
        (("--version",), SERVERS | NETWORK | HOUSE | {"renkei.law", "renkei.sandbox"}),
        (("desk", "--help"), SERVERS | {"aiohttp", "renkei.run.supervisor", "renkei.roles"}),
        (("bench", "--help"), SERVERS | NETWORK | HOUSE),
        (("number", "check", "-"), SERVERS | NETWORK | HOUSE | {"renkei.law", "renkei.sandbox"}),
        (("law", "show", "106"), SERVERS | NETWORK | HOUSE | {"renkei.sandbox"}),
        (("desk", "procedures"), SERVERS | {"aiohttp", "renkei.run.supervisor", "renkei.roles"}),
        (("verify", "none.json"), SERVERS | {"aiohttp", "renkei.run.supervisor", "renkei.roles"}),
    ],
)
def test_a_command_loads_what_it_needs(
    tmp_path: Path, arguments: tuple[str, ...], without: set[str]
) -> None:
    """What a command does not use is not in its memory when it ends."""
    assert loaded(tmp_path, *arguments) & without == set()


def test_a_desk_waits_for_no_server(held_country: Path, tmp_path: Path) -> None:
    """`desk case` speaks to its institution without database, web framework or supervisor."""
    case = ["--institution", "chofu-city", "--case", "X1"]
    found = loaded(tmp_path, "desk", "case", "--folder", str(held_country), *case)
    assert found & (SERVERS | HOUSE | {"rbcl", "cryptography.x509"}) == set()
    assert "aiohttp" in found
