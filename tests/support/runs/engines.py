"""Which engine a run has: its option, its server, the tests that are about one engine (機構の選択).

One server serves all workers: whoever starts them starts it, and tells each where it is.
"""

from collections import defaultdict
from contextlib import ExitStack
from typing import Any

import placing
import pytest

OPTION = "--engine"
ONLY = "sqlite_only"
_STACK = pytest.StashKey[ExitStack]()
_SERVER = pytest.StashKey[Any]()
_LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()


def add_option(group: pytest.OptionGroup) -> None:
    """The option of a run."""
    group.addoption(
        OPTION,
        choices=(placing.SQLITE, placing.POSTGRESQL),
        default=placing.SQLITE,
        help="where the databases of countries and roles are made",
    )


def begin(config: pytest.Config) -> None:
    """Start the run's server, or take the one whose place this worker was told."""
    stack = config.stash[_STACK] = ExitStack()
    config.stash[_LEFT_OUT] = defaultdict(list)
    engine, server = config.getoption(OPTION), None
    if engine == placing.POSTGRESQL and not config.getoption("collectonly"):
        import postgres  # its driver is loaded where it is needed

        told = getattr(config, "workerinput", {}).get("server")
        if told is not None:
            server = postgres.Server.told(told)
        else:
            server = stack.enter_context(postgres.running_postgres())
    config.stash[_SERVER] = server
    placing.begin(engine, server)


def told(config: pytest.Config) -> str | None:
    """What a worker must know to reach the run's server."""
    server = config.stash[_SERVER]
    return None if server is None else str(server.tell())


def end(config: pytest.Config) -> None:
    """Stop the server where this process started it."""
    placing.end()
    if _STACK in config.stash:
        config.stash[_STACK].close()


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what is about the embedded engine, where the run has another; its reason is kept."""
    if placing.embedded():
        return
    stay, out = [], []
    for item in items:
        mark = item.get_closest_marker(ONLY)
        (stay if mark is None else out).append(item)
        if mark is not None:
            config.stash[_LEFT_OUT][mark.args[0]].append(item.nodeid)
    if out:
        config.hook.pytest_deselected(items=out)
    items[:] = stay
    if hasattr(config, "workeroutput"):
        config.workeroutput[ONLY] = dict(config.stash[_LEFT_OUT])


def heard(node: Any) -> None:
    """What a worker left out: all leave out the same."""
    node.config.stash[_LEFT_OUT].update(getattr(node, "workeroutput", {}).get(ONLY, {}))


def summary(reporter: Any) -> None:
    """Name what is for the embedded engine only, with the reasons."""
    left = reporter.config.stash[_LEFT_OUT]
    if not left or reporter.config.getoption("collectonly"):
        return
    reporter.section("of the embedded engine only")
    for reason in sorted(left):
        reporter.write_line(f"{reason}:")
        for nodeid in left[reason]:
            reporter.write_line(f"    {nodeid}")
