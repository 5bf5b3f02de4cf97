"""What `make` does on machines unlike the one it was written on."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import environment
import make
import system

TOOLS = Path(environment.__file__).parent


def fake_python(folder: Path, name: str, version: tuple[int, ...], has_venv: bool = True) -> Path:
    """A command that answers the probe like a Python of this version."""
    answer = {"version": version, "implementation": "CPython", "venv": has_venv}
    return script(folder / name, f"echo '{json.dumps(answer)}'")


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a space in its name that is all this machine's PATH."""
    folder = tmp_path / "bin of a machine"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setattr(environment, "USUAL_FOLDERS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return folder


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose environment is a link to this Python, and whose pip only takes notes."""
    root = tmp_path / "a checkout"
    (root / "requirements").mkdir(parents=True)
    monkeypatch.delenv("PYTHON", raising=False)
    for name, path in {
        "ROOT": root,
        "VENV": root / ".venv",
        "STAMP": root / ".venv" / "stamp.json",
        "RUNTIME_LOCK": root / "requirements" / "runtime.txt",
        "DEVELOPMENT_LOCK": root / "requirements" / "dev.txt",
        "PROJECT": root / "pyproject.toml",
    }.items():
        monkeypatch.setattr(environment, name, path)
        if path.suffix in (".txt", ".toml"):
            path.write_text("first==1\n", encoding="utf-8")
    maker = script(
        tmp_path / "maker", f'mkdir -p "$3/bin" && ln -s "{sys.executable}" "$3/bin/python"'
    )
    found = environment.Interpreter(str(maker), sys.version_info[:3], "CPython", True)
    monkeypatch.setattr(environment, "find_python", lambda: found)
    monkeypatch.setattr(environment, "pip", lambda *arguments: note(root, arguments[-1]))
    return root


def note(root: Path, what: str) -> None:
    """Keep what pip was asked for, inside the environment, so that it vanishes with it."""
    with (root / ".venv" / "installed").open("a", encoding="utf-8") as notes:
        notes.write(Path(what).name + "\n")


def installed(root: Path) -> list[str]:
    """What pip was asked for since the environment was made."""
    return (root / ".venv" / "installed").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", sorted(TOOLS.glob("*.py")), ids=lambda path: path.name)
def test_old_pythons_can_read_the_tools(path: Path) -> None:
    """Python 3.8 can parse what make runs, and nothing beyond its standard library is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    own = {other.stem for other in TOOLS.glob("*.py")}
    assert imported - sys.stdlib_module_names - own == set()


def test_a_broken_shim_is_passed_over(machine: Path) -> None:
    """A `python3` that exists but fails when run is skipped for the next that works."""
    script(machine / "python3", "echo 'command not found' >&2; exit 127")
    script(machine / "python3.13", "echo 'not what was asked'")
    good = fake_python(machine, "python3.12", (3, 12, 1))
    assert environment.find_python().path == str(good)


def test_the_usual_python_is_preferred(machine: Path) -> None:
    """Where `python3` fits it is taken, although a newer one is there."""
    usual = fake_python(machine, "python3", (3, 11, 2))
    fake_python(machine, "python3.13", (3, 13, 0))
    assert environment.find_python().path == str(usual)


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_an_unfit_python_is_named(machine: Path, version: tuple[int, ...]) -> None:
    """Where only a too old or too new Python is found, it is named with the reason."""
    fake_python(machine, "python3", version)
    with pytest.raises(environment.Stop, match=r"3\.11, 3\.12 or 3\.13") as stop:
        environment.find_python()
    assert str(machine / "python3") in str(stop.value)


def test_a_missing_venv_module_has_its_command(machine: Path) -> None:
    """On Debian without the venv package, the exact command to type is said."""
    script(machine / "apt-get", "exit 1")
    fake_python(machine, "python3", (3, 11, 2), has_venv=False)
    with pytest.raises(environment.Stop, match=r"sudo apt install python3\.11-venv\n"):
        environment.find_python()


def test_a_chosen_python_must_fit(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHON=... that does not fit is refused by name, never silently replaced."""
    fake_python(machine, "python3", (3, 12, 0))
    fake_python(machine, "old", (3, 9, 0))
    monkeypatch.setenv("PYTHON", "old")
    with pytest.raises(environment.Stop, match="PYTHON=old: too old"):
        environment.find_python()


def test_index_settings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pip looks stays the caller's choice; what would bend the installation is dropped."""
    kept = {"PIP_INDEX_URL": "mirror", "PIP_CONFIG_FILE": "pip.conf", "PIP_FIND_LINKS": "wheels"}
    dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_REQUIRE_VIRTUALENV")
    for name in [*kept, *dropped]:
        monkeypatch.setenv(name, kept.get(name, "anything"))
    clean = environment.clean_environment()
    assert {name: clean.get(name) for name in kept} == kept
    assert [name for name in dropped if name in clean] == []


def test_setting_up_twice_does_nothing_the_second_time(checkout: Path) -> None:
    """A finished environment is left alone, and tests add their tools to it only once."""
    environment.ensure(development=False)
    environment.ensure(development=False)
    assert installed(checkout) == ["runtime.txt", checkout.name]
    environment.ensure(development=True)
    environment.ensure(development=False)
    assert installed(checkout) == ["runtime.txt", checkout.name, "dev.txt"]


def test_a_half_made_environment_is_made_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment whose installation broke off is not trusted but made anew."""

    def break_off(lock: Path, what: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(environment, "install", break_off)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure(development=False)
    left_over = checkout / ".venv" / "left over"
    left_over.touch()
    environment.ensure(development=False)
    assert not left_over.exists()
    assert installed(checkout) == ["runtime.txt", checkout.name]


@pytest.mark.parametrize("change", ["lock", "moved", "python gone"])
def test_an_outdated_environment_is_made_anew(checkout: Path, change: str) -> None:
    """New pins, a moved checkout or a vanished Python each lead to a new environment."""
    environment.ensure(development=False)
    left_over = checkout / ".venv" / "left over"
    left_over.touch()
    if change == "lock":
        environment.RUNTIME_LOCK.write_text("first==2\n", encoding="utf-8")
    elif change == "moved":
        stamp = environment.read_stamp()
        environment.write_stamp({**stamp, "root": "/elsewhere"})
    else:
        environment.program("python").unlink()
    environment.ensure(development=False)
    assert not left_over.exists()


NEED = system.Need("a browser", ("no such file",), ("some-browser",), "browser")


def project_with(root: Path, body: str) -> Path:
    """A project with one test file."""
    (root / "tests").mkdir()
    (root / "tests" / "test_page.py").write_text(body, encoding="utf-8")
    return root


def one_browser_test() -> str:
    """A test file with one test that needs a browser, and one that does not."""
    mark = "@pytest.mark." + NEED.marker
    return f"import pytest\n{mark}\ndef test_page(): pass\ndef test_other(): pass\n"


def test_nothing_is_installed_that_no_test_needs(machine: Path, tmp_path: Path) -> None:
    """A need that no test is marked with is neither missed nor installed."""
    script(machine / "apt-get", f": >'{tmp_path / 'called'}'")
    root = project_with(tmp_path, "def test_other(): pass\n")
    assert system.prepare(root, [NEED]) == []
    assert not (tmp_path / "called").exists()


def test_root_installs_what_tests_need(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root on Debian, missing packages are installed, after one update of their list."""
    brought = tmp_path / "browser"
    need = system.Need("a browser", (str(brought),), ("some-browser",), "browser")
    calls = tmp_path / "calls"
    script(machine / "apt-get", f"echo \"$*\" >>'{calls}'; [ $2 = update ] || : >'{brought}'")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert system.prepare(project_with(tmp_path, one_browser_test()), [need]) == []
    updated, installed_packages = calls.read_text(encoding="utf-8").splitlines()
    assert updated == "-qq update"
    assert installed_packages.endswith(" some-browser")


def test_without_root_the_tests_left_out_are_named(
    machine: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without root nothing is installed; the tests left out are named, with the command to type."""
    script(machine / "apt-get", "exit 1")
    root = project_with(tmp_path, one_browser_test())
    (root / "pytest.ini").write_text(
        "[pytest]\naddopts = -q\nmarkers = browser\n", encoding="utf-8"
    )
    assert system.prepare(root, [NEED]) == [NEED]
    system.report_not_run(NEED, root, [sys.executable, "-m", "pytest"])
    told = capfd.readouterr().err
    assert "test_page.py::test_page\n" in told
    assert "test_other" not in told
    assert "sudo apt install some-browser" in told


def test_in_ci_nothing_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In CI a need that stays missing fails the run instead of leaving tests out."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(environment, "ensure", lambda development: None)
    monkeypatch.setattr(system, "prepare", lambda root: [NEED])
    with pytest.raises(environment.Stop, match="a browser"):
        make.test()


@pytest.mark.parametrize(
    ("arguments", "engines"),
    [
        ([], ["sqlite", "postgresql"]),
        (["--order-seed", "7"], ["sqlite", "postgresql"]),
        (["--engine", "sqlite"], ["sqlite"]),
        (["--order-seed", "7", "--engine=postgresql"], ["postgresql"]),
        (["tests/roles", "-x"], ["sqlite"]),
        (["tests/roles", "--engine", "postgresql"], ["postgresql"]),
    ],
)
def test_what_uses_a_database_runs_on_both_engines(
    arguments: list[str], engines: list[str]
) -> None:
    """All runs on SQLite, folders with databases once more on a server; a caller may say which."""
    rounds = make.rounds(arguments)
    assert [engine for engine, _ in rounds] == engines
    for engine, told in rounds:
        named = [one for one in told if one.startswith("tests/")]
        on_server = engine == "postgresql"
        assert named == (
            ["tests/roles"]
            if "tests/roles" in arguments
            else make.folders_on_server()
            if on_server
            else []
        )
    assert {"tests/roles", "tests/contract", "tests/soak"} <= {*make.folders_on_server()}


def test_without_a_server_its_round_is_named_and_not_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a developer's machine the second round is left out, and what it would be is listed."""
    server = next(one for one in system.SYSTEM_NEEDS if one.marker == make.SERVER)
    ran: list[list[str]] = []
    told: list[tuple[object, ...]] = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ARGS", raising=False)
    monkeypatch.setattr(environment, "ensure", lambda development: None)
    monkeypatch.setattr(system, "prepare", lambda root: [server])
    monkeypatch.setattr(system, "report_not_run", lambda *arguments: told.append(arguments))
    monkeypatch.setattr(subprocess, "call", lambda command, **_: ran.append(command) or 0)
    assert make.test() == 0
    assert len(ran) == 1
    assert "not postgresql" in ran[0]
    assert [one[3:4] for one in told] == [(), ([make.ON_SERVER, *make.folders_on_server()],)]


def test_one_failing_round_fails_the_run() -> None:
    """The other engine's success does not hide it; a choice that only one has is no failure."""
    assert make.verdict({"sqlite": 0, "postgresql": 0}) == 0
    assert make.verdict({"sqlite": 1, "postgresql": 0}) == 1
    assert make.verdict({"sqlite": 0, "postgresql": 2}) == 2
    assert make.verdict({"sqlite": 0, "postgresql": make.PYTEST_NOTHING_TO_RUN}) == 0
    assert make.verdict({"sqlite": make.PYTEST_NOTHING_TO_RUN}) == make.PYTEST_NOTHING_TO_RUN


def test_a_refusal_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reason to stop reaches the reader as a sentence and status 1, not as a traceback."""

    def refuse(development: bool) -> None:
        raise environment.Stop("type this")

    monkeypatch.setattr(environment, "ensure", refuse)
    assert make.main(["check"]) == 1
    assert make.main(["no such target"]) == 2
    assert "type this" in capsys.readouterr().err


def test_soak_is_bounded_by_what_the_caller_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make soak MINUTES=1 KILLS=2 SEED=x REPLICAS=3` hands these to the harness, ARGS too."""
    started: list[tuple[list[str], dict[str, str]]] = []

    def become(_path: str, command: list[str], variables: dict[str, str]) -> None:
        started.append((command, variables))

    monkeypatch.setattr(environment, "ensure", lambda development: None)
    monkeypatch.setattr(os, "execve", become)
    given = {"MINUTES": "1", "KILLS": "2", "SEED": "x", "REPLICAS": "3", "ARGS": "--json"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AssertionError):
        make.soak()
    ((command, variables),) = started
    assert Path(command[1]).is_file()
    told = ["--minutes", "1", "--kills", "2", "--seed", "x", "--replicas", "3"]
    assert command[2:] == [*told, "--json"]
    folders = map(Path, variables["PYTHONPATH"].split(os.pathsep))
    assert [one for one in folders if (one / "mortal.py").is_file()]


@pytest.mark.parametrize("target", [make.soak, make.fuzz])
@pytest.mark.parametrize("minutes", ["0", "-3", "abc", "nan", "inf", "1e9"])
def test_nonsense_for_minutes_is_refused(
    monkeypatch: pytest.MonkeyPatch, target: Callable[[], int], minutes: str
) -> None:
    """`make soak` and `make fuzz` say what MINUTES takes before they set anything up."""

    def reached(*_: object, **__: object) -> None:
        raise AssertionError("the target went on")

    monkeypatch.setattr(environment, "ensure", reached)
    monkeypatch.setenv("MINUTES", minutes)
    with pytest.raises(environment.Stop, match="MINUTES is a number above 0"):
        target()


def test_nonsense_for_kills_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make soak KILLS=many` is a sentence."""
    monkeypatch.setenv("KILLS", "many")
    with pytest.raises(environment.Stop, match="KILLS is a whole number"):
        make.soak()


@pytest.mark.parametrize("replicas", ["0", "9", "two"])
def test_nonsense_for_replicas_is_refused(monkeypatch: pytest.MonkeyPatch, replicas: str) -> None:
    """`make soak REPLICAS=two` is a sentence."""
    monkeypatch.setenv("REPLICAS", replicas)
    with pytest.raises(environment.Stop, match="REPLICAS is a whole number from 1 to 8"):
        make.soak()
