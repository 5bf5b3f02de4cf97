"""A clerk in a terminal reads what is open, types what is printed, and the answer comes."""

import json
import shlex

from running import RunningCountry
from typer.testing import CliRunner, Result

from renkei.cli import app

A, B = "chofu-city", "ichikawa-city"
RUNS = "runs-public-housing"
RUNNER = CliRunner()
STILL_OPEN = 3
"""The status where a question of the case waits: who is to live there too."""


def run(*words: str) -> Result:
    """A command, run in this process."""
    return RUNNER.invoke(app, words)


def applies(country: RunningCountry, *more: str) -> Result:
    """The parent applies for a flat of the public housing."""
    person = country.country.manifest.persons["parent"][A]
    where = ("--institution", A, "--folder", str(country.country.folder))
    about = ("--person", person, "--procedure", "public-housing-apply")
    return run("desk", "procedure", *where, *about, *more)


def test_what_is_printed_can_be_typed(country: RunningCountry) -> None:
    """The case shows the question and a command; typed as it stands, what waited is asked."""
    first = applies(country)
    assert first.exit_code == STILL_OPEN, first.output
    assert "Does this body run the public housing?" in " ".join(first.stdout.split())
    assert "result    provided" not in first.stdout
    (line,) = [line for line in first.stdout.splitlines() if " desk state " in line]
    words = shlex.split(line)
    second = run(*words[words.index("desk") :], "--officer", "officer-9")
    assert second.exit_code == STILL_OPEN, second.output
    assert "result    provided" in second.stdout
    assert f"({RUNS})" in second.stdout
    assert "officer-9, " in second.stdout
    number = words[words.index("--case") + 1]
    where = ("--institution", A, "--folder", str(country.country.folder))
    case = json.loads(run("desk", "case", *where, "--case", number, "--json").stdout)
    assert [one["officer"] for one in case["statements"]] == ["officer-9"]
    assert {tuple(one["conditions"]) for one in case["exchanges"]} == {(RUNS,)}


def test_what_is_stated_with_the_order_is_asked_at_once(country: RunningCountry) -> None:
    """`--state` hands the statement in with the order; nothing is left to be stated."""
    told = applies(country, "--state", RUNS)
    assert told.exit_code == STILL_OPEN, told.output
    assert "result    provided" in told.stdout
    assert " desk state " not in told.stdout


def test_what_a_case_does_not_ask_for_is_told(country: RunningCountry) -> None:
    """A condition that no item of the case wants is refused with those that can be stated."""
    first = applies(country)
    number = first.stdout.split()[1].rstrip(":")
    where = ("--institution", A, "--folder", str(country.country.folder), "--case", number)
    told = run("desk", "state", *where, "runs-improved-housing")
    assert told.exit_code == 1
    assert RUNS in told.stderr
