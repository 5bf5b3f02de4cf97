"""What `make TARGET` runs: sets up .venv, then does the target.

Standard library only, and readable by Python 3.8, so that an old Python still gets a sentence that
says what to do instead of a syntax error. Progress goes to stderr, results to stdout.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from typing import Callable

import environment
import system
from environment import ROOT, Stop, say

check_limit_seconds = 600
lock_limit_seconds = 300
test_workers_limit = 6
default_fuzz_minutes = 10.0
default_soak_minutes = 10.0
long_run_limit_minutes = 24 * 60
fuzz_grace_seconds = 600
FUZZED = ("machine", "hostile", "faults", "capture", "liars/test_game.py")
FUZZ_MINUTES, FUZZ_SEED = "RENKEI_FUZZ_MINUTES", "RENKEI_FUZZ_SEED"
SERVER, ON_SERVER = "postgresql", "--engine=postgresql"
DATABASES = ("contract", "faults", "hostile", "liars", "machine", "roles", "soak")
PYTEST_NOTHING_TO_RUN = 5

CHECKS = (
    ("ruff format", ("ruff", "format", "--check", "--diff", "src", "tests", "tools")),
    ("ruff check", ("ruff", "check", "src", "tests", "tools")),
    ("mypy", ("mypy",)),
    ("import contracts", ("lint-imports", "--no-logo")),
)
CACHES = (".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", "build", "dist")


def extra_arguments() -> list[str]:
    """What the caller put in ARGS, as in `make test ARGS="tests/values -x"`."""
    return shlex.split(os.environ.get("ARGS", ""))


def show_help() -> int:
    """List the targets."""
    for name, target in TARGETS.items():
        print(f"make {name:6} {(target.__doc__ or '').splitlines()[0]}")
    print(
        '\nARGS="..." passes arguments on: make test ARGS="tests/walls -x", make demo ARGS=--json'
    )
    print("PYTHON=... chooses the interpreter: make test PYTHON=python3.13")
    print("MINUTES=... KILLS=... SEED=... are for soak: make soak MINUTES=30 KILLS=500 SEED=7")
    print("REPLICAS=2 puts its country on PostgreSQL, two processes of each party behind HAProxy")
    print("MINUTES=... is how long `make fuzz` goes on; RENKEI_FUZZ_SEED=... replays one")
    return 0


def demo() -> int:
    """Tell the story: one request over the network, and one refused on purpose."""
    return replace_by_renkei("demo")


def up() -> int:
    """Keep the sandbox country running until Ctrl-C."""
    return replace_by_renkei("up")


def replace_by_renkei(verb: str) -> int:
    """Become `renkei VERB`, so that Ctrl-C and the exit status are its own."""
    environment.ensure(development=False)
    command = str(environment.program("renkei"))
    os.execve(command, [command, verb, *extra_arguments()], environment.clean_environment())
    raise AssertionError("execve does not return")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def test() -> int:
    """Run every test, on both engines where databases are used; name those that cannot run here."""
    environment.ensure(development=True)
    missing = system.prepare(ROOT)
    if missing and system.in_ci():
        raise Stop("in CI every test must run; missing: " + ", ".join(n.name for n in missing))
    pytest = [str(environment.program("python")), "-m", "pytest"]
    selection = ["-m", " and ".join(f"not {need.marker}" for need in missing)] if missing else []
    # How they are shared out stands in `tests/support`. One worker more than there are cores, since
    # a test often waits for processes that wait for a disk.
    workers = ["-n", str(min(test_workers_limit, cores() + 1))]
    no_server = [need for need in missing if need.marker == SERVER]
    ended = {}
    for title, arguments in rounds(extra_arguments()):
        if no_server and ON_SERVER in arguments:
            continue
        say(f"running the tests: {title}")
        ended[title] = subprocess.call(
            [*pytest, *workers, *selection, *arguments],
            cwd=ROOT,
            env=environment.clean_environment(),
        )
    for need in missing:
        system.report_not_run(need, ROOT, pytest)
    for need in no_server:
        again = [ON_SERVER, *folders_on_server()]
        system.report_not_run(need, ROOT, pytest, again, "once more, on PostgreSQL")
    return verdict(ended)


def verdict(ended: dict[str, int]) -> int:
    """The status of all rounds together; what a caller picks need not be in each of them."""
    failed = {title: one for title, one in ended.items() if one not in (0, PYTEST_NOTHING_TO_RUN)}
    if failed and len(ended) > 1:
        say(f"failed: {', '.join(failed)}")
    return next(iter(failed.values()), min(ended.values(), default=0))


def names_tests(arguments: list[str]) -> bool:
    """Whether a caller says which tests to run, by their places."""
    return any((ROOT / one.split("::")[0]).exists() for one in arguments if one.startswith("tests"))


def folders_on_server() -> list[str]:
    """Where tests use a database: these run once more on PostgreSQL."""
    return [f"tests/{name}" for name in DATABASES if (ROOT / "tests" / name).is_dir()]


def rounds(arguments: list[str]) -> list[tuple[str, list[str]]]:
    """What to run, with a title each: all on SQLite, then once more what uses a database.

    A caller who names tests gets those only, on SQLite unless the caller says `--engine`.
    """
    told = " ".join(arguments).replace("=", " ").split()
    engine = told[told.index("--engine") + 1] if "--engine" in told[:-1] else ""
    if names_tests(arguments):
        return [(engine or "sqlite", arguments)]
    if not engine:
        return [
            ("sqlite", arguments),
            ("postgresql", [ON_SERVER, *arguments, *folders_on_server()]),
        ]
    if engine == "sqlite":
        return [("sqlite", arguments)]
    return [(engine, [ON_SERVER, *arguments, *folders_on_server()])]


def soak() -> int:
    """Kill a country's processes while it works, then compare all records."""
    limited_minutes(default_soak_minutes)
    if not re.fullmatch("[1-9][0-9]*|", os.environ.get("KILLS") or ""):
        raise Stop("KILLS is a whole number above 0, as in KILLS=500")
    if not re.fullmatch("[1-8]|", os.environ.get("REPLICAS") or ""):
        raise Stop("REPLICAS is a whole number from 1 to 8, as in REPLICAS=2")
    environment.ensure(development=False)
    command = [str(environment.program("python")), str(ROOT / "tests" / "soak" / "run.py")]
    for name in ("MINUTES", "KILLS", "SEED", "REPLICAS"):
        if os.environ.get(name):
            command += [f"--{name.lower()}", os.environ[name]]
    support = ROOT / "tests" / "support"
    folders = [support, *sorted(one for one in support.iterdir() if one.is_dir())]
    paths = {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    os.execve(
        command[0], [*command, *extra_arguments()], {**environment.clean_environment(), **paths}
    )
    raise AssertionError("execve does not return")


def limited_minutes(otherwise: float) -> float:
    """MINUTES of the caller, or another number where nothing is said; raises Stop for nonsense."""
    text = os.environ.get("MINUTES") or str(otherwise)
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= long_run_limit_minutes:
        raise Stop(
            f"MINUTES is a number above 0 and at most {long_run_limit_minutes}, as in MINUTES=10"
        )
    return minutes


def fuzz() -> int:
    """Attack for MINUTES (10): the random tests, each kind with its share; prints the seed."""
    minutes = limited_minutes(default_fuzz_minutes)
    environment.ensure(development=True)
    seed = os.environ.get(FUZZ_SEED) or str(int.from_bytes(os.urandom(4), "big"))
    folders = [name for name in FUZZED if (ROOT / "tests" / name).exists()]
    share = minutes / len(folders)
    say(f"{minutes:g} minutes over {', '.join(folders)}; to replay: {FUZZ_SEED}={seed}")
    variables = {FUZZ_MINUTES: f"{share:.3f}", FUZZ_SEED: seed}
    failed = []
    for name in folders:
        say(f"fuzzing {name} for {share:.1f} minutes")
        command = [str(environment.program("python")), "-m", "pytest", f"tests/{name}"]
        command += [f"--timeout={share * 60 + fuzz_grace_seconds:.0f}", *extra_arguments()]
        running = subprocess.Popen(
            command, cwd=ROOT, env={**environment.clean_environment(), **variables}
        )
        try:
            status = running.wait(timeout=share * 60 + fuzz_grace_seconds)
        except subprocess.TimeoutExpired:
            running.terminate()
            status = running.wait(timeout=fuzz_grace_seconds)
            say(f"{name} did not end in time and was stopped")
        if status not in (0, PYTEST_NOTHING_TO_RUN):
            failed.append(name)
    say(f"failed: {', '.join(failed)}; to replay: {FUZZ_SEED}={seed}" if failed else "all held")
    return 1 if failed else 0


def check() -> int:
    """Check format, lint, types and the import contracts."""
    environment.ensure(development=True)
    started = time.monotonic()
    running = [
        (
            name,
            subprocess.Popen(
                [str(environment.program(command[0])), *command[1:]],
                cwd=ROOT,
                env=environment.clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ),
        )
        for name, command in CHECKS
    ]
    failed = []
    for name, process in running:
        try:
            output, _ = process.communicate(
                timeout=max(1.0, started + check_limit_seconds - time.monotonic())
            )
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            output += f"\nstopped after {check_limit_seconds} seconds\n".encode()
        say(f"{name}: {'ok' if process.returncode == 0 else 'FAILED'}")
        if process.returncode != 0:
            failed.append(name)
            sys.stderr.write(output.decode("utf-8", "replace") + "\n")
    if "ruff format" in failed or "ruff check" in failed:
        say("to mend format and what ruff can mend, type:")
        say("    .venv/bin/ruff format src tests tools; .venv/bin/ruff check --fix src tests tools")
    say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


def lock() -> int:
    """Pin the dependencies of pyproject.toml anew, with hashes (needs uv)."""
    uv = shutil.which("uv")
    if uv is None:
        raise Stop("uv is missing. Type:\n    pipx install uv")
    compile_lock = [uv, "pip", "compile", "--universal", "--python-version", "3.11", "--quiet"]
    # No address of an index may enter the files, and every pinned version must have a wheel: a
    # source build would fetch build tools that no hash guards.
    compile_lock += ["--generate-hashes", "--no-emit-index-url", "--no-header"]
    compile_lock += ["--only-binary", ":all:", *extra_arguments()]
    sources = ["pyproject.toml", "requirements/build.in"]
    runtime, development = "requirements/runtime.txt", "requirements/dev.txt"
    for output, choice in (
        (runtime, []),
        (development, ["--group", "dev", "--constraint", runtime]),
    ):
        say(f"pinning {output}")
        subprocess.run(
            [*compile_lock, *choice, "--output-file", output, *sources],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=lock_limit_seconds,
        )
    return 0


def clean() -> int:
    """Remove .venv, caches and build products; var/ (the sandbox's data) stays."""
    environment.remove()
    for left_over in [*(ROOT / name for name in CACHES), *(ROOT / "src").glob("*.egg-info")]:
        shutil.rmtree(left_over, ignore_errors=True)
    for name in ("src", "tests", "tools"):
        for cache in list((ROOT / name).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
    return 0


TARGETS: dict[str, Callable[[], int]] = {
    "help": show_help,
    "demo": demo,
    "up": up,
    "test": test,
    "soak": soak,
    "fuzz": fuzz,
    "check": check,
    "lock": lock,
    "clean": clean,
}


def main(arguments: list[str]) -> int:
    """Do one target; 0 when it succeeded."""
    if len(arguments) != 1 or arguments[0] not in TARGETS:
        say(f"name one target of: {', '.join(TARGETS)}")
        return 2
    try:
        return TARGETS[arguments[0]]()
    except Stop as stop:
        say(str(stop))
        return 1
    except subprocess.CalledProcessError as failure:
        say(f"this command failed with status {failure.returncode}: {shlex.join(failure.cmd)}")
        return 1
    except subprocess.TimeoutExpired as late:
        say(f"stopped after {late.timeout:.0f} seconds: {shlex.join(late.cmd)}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
