"""The story as a reader runs it: `renkei demo` and `renkei up`, their words, their processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pytest

READY = re.compile(r"^(\S+) is ready \(pid (\d+)\)$", re.MULTILINE)
PROCESSES = {
    "linkage",
    "individual-number",
    "portal",
    "oversight",
    "chofu-city",
    "ichikawa-city",
    "fujisawa-city",
    "pension-service",
    "health-insurer",
    "family-register",
    "receiving-accounts",
}
SMALL = ("--residents", "40")
"""A country of the same parties with few people, which opens in seconds."""
ARTICLE = "命令第108条第1号ロ"
WAIT_SECONDS = 60
STILL_OPEN = 3
"""The status of a command about a case in which somebody has yet to answer or to state."""


def command(*arguments: str) -> list[str]:
    """The command line of `renkei`."""
    return [sys.executable, "-m", "renkei", *arguments]


def demo(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        command("demo", "--folder", str(folder), *SMALL, *more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def wait_for(what: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's country lives; the first run builds it."""
    folder: Path = tmp_path_factory.mktemp("story") / "country"
    return folder


@pytest.fixture(scope="module")
def first(folder: Path) -> subprocess.CompletedProcess[str]:
    """The first run, which builds the country."""
    return demo(folder, "--json")


@pytest.fixture(scope="module")
def account(first: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON object the first run printed."""
    assert first.returncode == 0, first.stderr
    told: dict[str, Any] = json.loads(first.stdout)
    return told


# -- the account ----------------------------------------------------------------------------------


def test_the_account_has_its_parts(account: dict[str, Any]) -> None:
    """One object with exchanges, refusals, documents, codes and timings of the stated shape."""
    assert {"exchanges", "refusals", "documents_omitted", "codes", "timings"} <= set(account)
    assert account["exchanges"]
    for one in account["exchanges"]:
        wanted = {"tx", "requester", "provider", "affair", "items", "basis", "outcome"}
        assert wanted <= set(one)
        assert set(one["basis"]) == {"article", "row"}
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one["tx"])
    assert all(isinstance(seconds, float) for seconds in account["timings"].values())
    assert account["timings"]["total_seconds"] > 0


def test_the_former_city_provides_the_tax(account: dict[str, Any]) -> None:
    """The city asks the parent's former city for the tax under row 106, and gets it."""
    (tax,) = [one for one in account["exchanges"] if one["items"] == ["municipal-tax"]]
    assert (tax["requester"], tax["provider"]) == ("chofu-city", "ichikawa-city")
    assert (tax["affair"], tax["subject"], tax["outcome"]) == ("106", "claimant", "provided")
    assert tax["basis"] == {"article": ARTICLE, "row": "106"}
    papers = {one["item"] for one in account["documents_omitted"] if one["reason"] == "provided"}
    assert "municipal-tax" in papers


def test_the_refusal_is_told_each_time(account: dict[str, Any]) -> None:
    """The spouse's tax is refused by A, whatever the clerk calls the spouse, and by the network."""
    refusals = account["refusals"]
    assert [one["refused_by"] for one in refusals] == ["requester", "requester", "network"]
    for one in refusals:
        assert one["row"] == "106"
        if one["subject"] == "spouse":
            assert (one["article"], one["reason"]) == (ARTICLE, "subject-not-permitted")
    called = refusals[1]
    assert (called["subject"], called["reason"]) == ("claimant", "subject-not-meant")
    assert called["article"]
    assert len({one["tx"] for one in refusals}) == 3


def test_all_codes_are_different(account: dict[str, Any]) -> None:
    """A parent's, a child's and a stranger's codes differ at all institutions."""
    codes = account["codes"]
    assert set(codes) == {"parent", "child", "stranger"}
    assert {"chofu-city", "ichikawa-city", "pension-service"} <= set(codes["parent"])
    every = [code for by_institution in codes.values() for code in by_institution.values()]
    assert len(every) == len(set(every)) >= 7


def test_progress_is_on_stderr_only(first: subprocess.CompletedProcess[str]) -> None:
    """Standard output is the object and nothing else; progress and the warning are on stderr."""
    assert first.stdout.lstrip().startswith("{")
    assert "SANDBOX" in first.stderr
    assert "is ready" in first.stderr
    assert "{" not in first.stderr.replace("{'", "")


def test_no_process_survives_the_demo(first: subprocess.CompletedProcess[str]) -> None:
    """Every process the demo names has ended when it returns."""
    started = {name: int(pid) for name, pid in READY.findall(first.stderr)}
    assert set(started) == PROCESSES
    assert [name for name, pid in started.items() if alive(pid)] == []


@pytest.mark.usefixtures("account")
def test_a_second_run_uses_the_same_country(folder: Path, account: dict[str, Any]) -> None:
    """The country is built once: a second run has the same codes, new transactions, more cases."""
    before = (folder / "country.json").read_bytes()
    second = demo(folder, "--json", "--quiet")
    assert second.returncode == 0, second.stderr
    told = json.loads(second.stdout)
    assert told["codes"] == account["codes"]
    assert (folder / "country.json").read_bytes() == before
    seen = {one["tx"] for one in account["exchanges"]}
    assert seen.isdisjoint(one["tx"] for one in told["exchanges"])
    assert "building" not in second.stderr


@pytest.mark.usefixtures("account")
def test_the_account_for_people(folder: Path) -> None:
    """Without --json the same is told in a terminal, with who refused and under which article."""
    told = demo(folder, "--quiet")
    assert told.returncode == 0, told.stderr
    assert "課税証明書" in told.stdout
    assert ARTICLE in told.stdout
    assert "Refused on purpose" in told.stdout
    lines = told.stdout.splitlines()
    assert [line for line in lines if re.search(r"\bNone\b|relation-\d|not-permitted", line)] == []
    for above, below in pairwise(lines):
        is_heading = re.match(r"[A-Z]", above) and not above.endswith(".")
        assert not is_heading or below.startswith(" "), f"nothing under {above!r}"
    assert "小泉" in told.stdout
    (check,) = re.findall(r"^  (\S.* verify .*)$", told.stdout, re.MULTILINE)
    checked = subprocess.run(check, shell=True, capture_output=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A folder that is no country is refused with a sentence, and nothing in it is touched."""
    (tmp_path / "thesis.txt").write_text("ten years of work")
    refused = demo(tmp_path, "--quiet")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "no part of a country" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "sandbox.jsonl"] == [
        "thesis.txt"
    ]


# -- `renkei up` ----------------------------------------------------------------------------------


class Up:
    """A running `renkei up`, its words and its processes."""

    def __init__(self, folder: Path, words: Path) -> None:
        self._stderr: IO[bytes] = words.open("wb")
        self._words = words
        self.process = subprocess.Popen(
            command("up", "--folder", str(folder), *SMALL),
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,
            text=True,
        )

    @property
    def said(self) -> str:
        """What it has said on stderr so far."""
        return self._words.read_text()

    def ready(self) -> dict[str, int]:
        """Wait until it is open; gives names and pids."""
        assert self.process.stdout is not None
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ctrl-C"):
                break
        found = {name: int(pid) for name, pid in READY.findall(self.said)}
        assert set(found) == PROCESSES, self.said
        return found

    def end(self) -> None:
        """Whatever happened: nothing stays behind."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()


@pytest.fixture
def up(folder: Path, account: dict[str, Any], tmp_path: Path) -> Iterator[Up]:
    """`renkei up` over this module's country."""
    running = Up(folder, tmp_path / "words.txt")
    yield running
    running.end()


def test_up_says_where_and_what_to_try(up: Up, folder: Path) -> None:
    """`renkei up` prints an address per process and a command that works as printed."""
    up.ready()
    for name in PROCESSES:
        assert re.search(rf"^{name}\s+https://127\.0\.0\.1:\d+ ", up.printed, re.MULTILINE)
    printed = re.findall(r"^  (\S.* -m renkei .*)$", up.printed, re.MULTILINE)
    assert len(printed) == 3
    for line in printed:
        tried = subprocess.run(
            line, shell=True, capture_output=True, text=True, timeout=60, check=False
        )
        assert tried.returncode in (0, STILL_OPEN), tried.stderr
        assert tried.stdout
        if " desk procedure " in line:
            assert "result    provided" in tried.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_process(up: Up, number: signal.Signals) -> None:
    """Ctrl-C, or SIGTERM, ends `renkei up` and every process it started, in order."""
    pids = up.ready()
    assert all(alive(pid) for pid in pids.values())
    up.process.send_signal(number)
    assert up.process.wait(30) == 0
    assert [name for name, pid in pids.items() if alive(pid)] == []
    assert "stopping every process" in up.said
    assert "Traceback" not in up.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_opens_stops_every_process(up: Up, number: signal.Signals) -> None:
    """A signal that comes before the country is open ends what has started, in order too."""
    wait_for(lambda: len(READY.findall(up.said)) == len(PROCESSES))
    up.process.send_signal(number)
    assert up.process.wait(30) >= 0, "it was ended by the signal, and left its children to it"
    assert [name for name, pid in READY.findall(up.said) if alive(int(pid))] == []


def test_ctrl_c_of_the_whole_terminal(up: Up) -> None:
    """Ctrl-C reaches the whole foreground group: the children still stop in order, once."""
    pids = up.ready()
    os.killpg(up.process.pid, signal.SIGINT)
    assert up.process.wait(30) == 0
    assert [name for name, pid in pids.items() if alive(pid)] == []
    assert "wait status" not in up.said


def test_ctrl_c_during_the_start(up: Up) -> None:
    """Ctrl-C while processes are still starting leaves none behind."""
    wait_for(lambda: READY.search(up.said))
    up.process.send_signal(signal.SIGINT)
    up.process.wait(30)
    pids = [int(pid) for _, pid in READY.findall(up.said)]
    assert pids
    wait_for(lambda: not any(alive(pid) for pid in pids), 20)


def test_children_do_not_outlive_their_supervisor(up: Up) -> None:
    """A supervisor that is killed outright leaves no orphan: each child stops by itself."""
    pids = up.ready()
    up.process.kill()
    up.process.wait(30)
    wait_for(lambda: not any(alive(pid) for pid in pids.values()), 20)


def test_a_crash_is_shown_and_nobody_is_restarted(up: Up) -> None:
    """A killed process is named with its pid and how to start it; the others go on; no restart."""
    pids = up.ready()
    os.kill(pids["pension-service"], signal.SIGKILL)
    wait_for(lambda: "pension-service (pid" in up.said)
    assert f"pension-service (pid {pids['pension-service']}) ended, wait status 9" in up.said
    assert re.search(r"renkei serve institution --config \S*pension-service/serve\.toml", up.said)
    time.sleep(1.5)
    assert up.process.poll() is None
    others = {name: pid for name, pid in pids.items() if name != "pension-service"}
    assert all(alive(pid) for pid in others.values())
    assert children_of(up.process.pid) == set(others.values())


def children_of(pid: int) -> set[int]:
    """The processes a process has started and not collected."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found
