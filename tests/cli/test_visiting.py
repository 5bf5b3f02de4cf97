"""Coming to a country from a terminal: what is there is listed, what is missing is named."""

import io
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from renkei.cli import app, saying
from renkei.kit.progress import Progress
from renkei.sandbox import opening
from renkei.sandbox.country import open_existing

RUNNER = CliRunner()
CITY = ("--institution", "chofu-city")
TX = "019f1a2b-3c4d-7e5f-8a9b-0c1d2e3f4a5b"


def run(folder: Path, *arguments: str) -> Result:
    """A command on a country's folder."""
    return RUNNER.invoke(app, [*arguments, "--folder", str(folder)])


def test_persons_are_listed(small_country: Path) -> None:
    """Ids, birth dates and names of a file; `--name` chooses, and no number is among them."""
    listed = run(small_country, "desk", "persons", *CITY, "--json")
    everybody = json.loads(listed.stdout)
    assert len(everybody) >= 10
    assert set(everybody[0]) == {"person", "name", "birth_date"}
    surname = everybody[0]["name"].split("\u3000")[0]
    chosen = run(small_country, "desk", "persons", *CITY, "--name", surname)
    assert len(chosen.stdout.splitlines()) == sum(surname in one["name"] for one in everybody)
    assert not re.search(r"\d{11}", listed.stdout)
    few = run(small_country, "desk", "persons", *CITY, "--most", "3")
    assert len(few.stdout.splitlines()) == 3
    assert "only the first 3" in few.stderr


def test_offices_and_subjects_are_listed(small_country: Path) -> None:
    """Every institution with its offices, and every word for whom a request is about."""
    offices = json.loads(run(small_country, "desk", "offices", "--json").stdout)
    assert offices[0]["institution"] == "chofu-city"
    assert all(one["offices"] for one in offices)
    assert "child-support" in run(small_country, "desk", "offices").stdout
    subjects = json.loads(RUNNER.invoke(app, ["law", "subjects", "--json"]).stdout)
    assert {"claimant", "spouse", "eligible-child"} <= {one["id"] for one in subjects}
    assert "配偶者" in RUNNER.invoke(app, ["law", "subjects"]).stdout


@pytest.mark.parametrize("verb", ["pending", "case"])
def test_nothing_runs(small_country: Path, verb: str) -> None:
    """A country that stands still is said to stand still, with the command that starts it."""
    more = ("--case", "X1") if verb == "case" else ()
    result = run(small_country, "desk", verb, *CITY, *more)
    assert result.exit_code == 1
    assert f"up --folder {small_country}" in result.stderr
    assert "--folder" in result.stderr


def test_no_country(tmp_path: Path) -> None:
    """A folder without a country names the command that makes one and the option for another."""
    for words in (["desk", "pending", *CITY], ["desk", "offices"], ["oversight", "status"]):
        result = run(tmp_path / "none", *words)
        assert result.exit_code == 1
        assert " up` first" in result.stderr
        assert "--folder" in result.stderr


def test_the_commission_says_when_nothing_runs(small_country: Path) -> None:
    """`oversight status` tells a country that stands still from one in which all is well."""
    still = run(small_country, "oversight", "status", "--json")
    assert json.loads(still.stdout)["running"] is False
    assert "nothing runs" in still.stderr
    assert f"up --folder {small_country}" in still.stderr


def test_a_country_that_runs_is_not_said_to_stand_still(held_country: Path) -> None:
    """`oversight status` of a running country warns of nothing."""
    running = run(held_country, "oversight", "status")
    assert "nothing runs" not in running.stderr
    assert re.search(r"^running +yes$", running.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (("--institution", "chofu"), "chofu-city, ichikawa-city"),
        ((*CITY, "--office", "taxes"), "--office of chofu-city is one of: child-support"),
        ((*CITY, "--person", "小泉 花子"), "desk persons --institution chofu-city"),
        ((*CITY, "--person", "p1"), "desk persons --institution chofu-city"),
        ((*CITY, "--procedure", "child"), "desk procedures"),
        (
            (*CITY, "--procedure", "child-allowance-unpaid", "--state", "under-19"),
            "nothing has to be stated",
        ),
        (
            ("--procedure", "public-housing-apply", "--state", "under-19"),
            "--state for public-housing-apply is one of: runs-public-housing",
        ),
    ],
)
def test_a_mistake_at_the_desk_is_named(
    held_country: Path, given: tuple[str, ...], hint: str
) -> None:
    """A wrong institution, office, person or procedure is told with the right ones."""
    options = {"--institution": "chofu-city", "--person": "P1", "--procedure": "child-allowance"}
    options |= dict(zip(given[::2], given[1::2], strict=True))
    words = [word for pair in options.items() for word in pair]
    result = run(held_country, "desk", "procedure", *words)
    assert result.exit_code == 1
    assert hint in result.stderr
    assert "malformed" not in result.stderr
    assert "小泉" not in result.output


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (("--case", "T 1", "runs-public-housing"), "--case is the number"),
        (("--case", "T1", "of-no-table"), "desk case"),
        (("--case", "T1", "--office", "taxes", "under-19"), "--office of chofu-city is one of"),
    ],
)
def test_a_mistake_in_a_statement_is_named(
    held_country: Path, given: tuple[str, ...], hint: str
) -> None:
    """A case, an office or a condition that cannot be is told before anything is sent."""
    result = run(held_country, "desk", "state", *CITY, *given)
    assert result.exit_code == 1
    assert hint in result.stderr


def test_missing_anchors_name_their_option(tmp_path: Path) -> None:
    """`verify` without keys to believe says what they are and the option that takes them."""
    file = tmp_path / "history.json"
    file.write_text("{}")
    result = RUNNER.invoke(app, ["verify", str(file), "--anchors", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert "--anchors FILE" in result.stderr
    assert "public keys" in result.stderr


def test_a_long_opening_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """While codes are acquired, every few seconds a line says how far it is."""
    times = iter([0.0, 2.0, 6.0, 6.0, 7.0, 12.0, 12.0])
    monkeypatch.setattr(opening, "monotonic", lambda: next(times))
    words = io.StringIO()
    told = opening.Told(Progress(stream=words), 40)
    for _ in range(4):
        told.one_done()
    assert words.getvalue() == ("  2 of 40 batches of persons\n  4 of 40 batches of persons\n")


def test_a_command_in_a_sentence_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that names a command names it as it is called here; other words stay."""
    monkeypatch.setattr(saying, "program", lambda: ".venv/bin/renkei")
    assert saying.as_typed("see `renkei law names`") == "see `.venv/bin/renkei law names`"
    assert saying.as_typed("renkei.test, /x/renkei up") == "renkei.test, /x/renkei up"


def test_a_country_that_stands_still(small_country: Path) -> None:
    """A country that nobody holds does not run and is not open."""
    country = open_existing(small_country)
    assert (country.is_running(), country.is_open()) == (False, False)
    with country.kept_open():
        assert not country.is_open()


def test_a_country_that_is_held(held_country: Path) -> None:
    """A country runs while somebody holds its folder, and is open while `up` says so."""
    country = open_existing(held_country)
    assert (country.is_running(), country.is_open()) == (True, False)
    with country.kept_open():
        assert country.is_open()
    assert not country.is_open()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("case", "--case", "T1:"), "desk procedure` prints"),
        (("case", "--case", "小泉の件"), "--case is the number"),
        (("decide", "--requester", "chofu-city", "--tx", "7"), "desk pending --institution"),
        (("decide", "--requester", "chofu-cty", "--tx", TX), "desk pending --institution"),
        (
            ("decide", "--requester", "fujisawa-city", "--tx", TX, "--officer", "小泉"),
            "--officer is",
        ),
    ],
)
def test_a_word_of_the_wrong_form_is_told_its_form(
    held_country: Path, words: tuple[str, ...], hint: str
) -> None:
    """What can be no case, request or officer is answered here, with the form or the way to it."""
    decision = ("--decision", "provide") if words[0] == "decide" else ()
    result = run(held_country, "desk", *words, *decision, *CITY)
    assert result.exit_code == 1
    assert hint in result.stderr
    assert "malformed" not in result.stderr
    assert "小" not in result.output


def test_a_search_without_a_hit_says_so() -> None:
    """`law search` is not silent where nothing is found, and exits with 1."""
    result = RUNNER.invoke(app, ["law", "search", "存在しない語"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing has all of these words" in result.stderr


def test_status_says_when_nothing_runs(small_country: Path) -> None:
    """`status` of a country that stands still names the command that starts it."""
    result = run(small_country, "status")
    assert result.exit_code == 1
    assert f"up --folder {small_country}" in result.stderr
    assert result.stdout.count("does not answer") == len(open_existing(small_country).plans)
