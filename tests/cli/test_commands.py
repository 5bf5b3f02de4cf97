"""Every command: its line in the help, its options, what it says to a typo, one way for JSON."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from renkei.cli import PLACES, app
from renkei.cli.law_commands import SAFEGUARDS
from renkei.cli.noun import Unloaded, unknown

RUNNER = CliRunner()
RUNS_ON = {"up", "serve", "database upgrade"}
"""Commands that report what they do while they do it and have no result of their own."""
LINE_BY_LINE = {"law decide", "law decide-item", "law explain", "law plan"} | {
    f"law {name}" for name in SAFEGUARDS
}
"""Commands that answer JSON Lines."""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be run, by its words."""
    group: Any = typer.main.get_command(app)
    waiting = [("", group)]
    while waiting:
        path, command = waiting.pop(0)
        loaded = command.load() if isinstance(command, Unloaded) else command
        inner = getattr(loaded, "commands", None)
        if inner is None:
            yield path, loaded
        else:
            waiting += [(f"{path} {name}".strip(), one) for name, one in inner.items()]


EVERY = dict(commands())


@pytest.mark.parametrize("name", PLACES)
def test_the_line_in_the_help_is_the_commands_own(name: str) -> None:
    """The help of `renkei`, which loads nothing, says of a command what its own help says."""
    own = Unloaded(name, PLACES[name]).load().help or ""
    assert own.split("\n")[0].strip() == PLACES[name].help


@pytest.mark.parametrize("name", SAFEGUARDS)
def test_the_line_in_the_laws_help_is_the_commands_own(name: str) -> None:
    """The help of `renkei law` says of a command that loads late what its own help says."""
    own = Unloaded(name, SAFEGUARDS[name]).load().help or ""
    assert own.split("\n")[0].strip() == SAFEGUARDS[name].help


@pytest.mark.parametrize("group", ["", "desk", "law", "number", "oversight", "database", "bench"])
def test_no_line_of_a_help_is_cut(group: str) -> None:
    """A list of commands fits into 80 columns: nothing in it ends in dots."""
    result = RUNNER.invoke(app, [*group.split(), "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    lines = result.stdout.split("Commands:")[1].splitlines()
    assert [line for line in lines if line.rstrip().endswith("...")] == []


@pytest.mark.parametrize("name", EVERY)
def test_every_option_says_what_it_is(name: str) -> None:
    """A command, its options and its arguments each have a sentence."""
    command = EVERY[name]
    assert command.help
    assert [one.name for one in command.params if not getattr(one, "help", None)] == []


@pytest.mark.parametrize("name", sorted(set(EVERY) - RUNS_ON - LINE_BY_LINE))
def test_every_result_comes_as_json_too(name: str) -> None:
    """Whatever has a result gives it in words, and as one JSON value with `--json`."""
    found = [one for one in EVERY[name].params if "--json" in one.opts]
    assert len(found) == 1
    assert found[0].default is False


def test_dates_are_written_one_way() -> None:
    """Every option that takes a day says YYYY-MM-DD."""
    days = [
        one for command in EVERY.values() for one in command.params if one.name in ("on", "as_of")
    ]
    assert len(days) >= 3
    assert all("YYYY-MM-DD" in one.help for one in days)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (["dsk"], " desk\n"),
        (["desk", "pendng"], " desk pending\n"),
        (["621498320257"], " number check NUMBER\n"),
        (["desk", "佐藤花子"], " desk --help` lists the commands"),
        (["law", "Sato Hanako"], " law --help` lists the commands"),
    ],
)
def test_a_typo_gets_its_own_hint(typed: list[str], hint: str) -> None:
    """What is no command is answered with what may be meant, and never repeated."""
    result = RUNNER.invoke(app, typed, prog_name="renkei")
    assert result.exit_code == 2
    assert hint in result.stderr
    assert typed[-1] not in result.output


def test_a_hint_is_for_the_command_above() -> None:
    """A name far from every command gets the way to the list."""
    assert unknown("xyzzy", ["desk", "law"], "renkei") == (
        "unknown command; `renkei --help` lists the commands."
    )


def test_the_version() -> None:
    """`--version` prints name and version and nothing else."""
    result = RUNNER.invoke(app, ["--version"])
    assert result.exit_code == 0
    assert re.fullmatch(r"renkei \d+\.\d+\.\d+\n", result.stdout)
