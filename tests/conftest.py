"""What a run of tests shares: its options and order, one running country, one built one."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import built_once
import engines
import fuzzing
import placing
import pytest
import sharing_out
from leases import Lease
from running import RunningCountry, copy_opened, running_country
from spending import Spending

from renkei.kit.database import Location

fuzzing.register()
LEASE = pytest.StashKey[Lease[RunningCountry]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a run may be asked for."""
    group = parser.getgroup("renkei")
    group.addoption("--spent", action="store_true", help="print seconds by folder")
    group.addoption(
        "--order-seed",
        metavar="N",
        help=f"take the tests in another order, the same for one N; `{sharing_out.DRAW}` draws N",
    )
    engines.add_option(group)


def pytest_configure(config: pytest.Config) -> None:
    """Set up what was asked for; workers are told the order that was drawn."""
    # A shell starts what runs in the background deaf to Ctrl-C, and so would be what we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--spent"):
        config.pluginmanager.register(Spending())
    told = getattr(config, "workerinput", {})
    config.option.order_seed = (
        told["order_seed"] if told else sharing_out.drawn(config.option.order_seed)
    )
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    config.stash[LEASE] = Lease()
    engines.begin(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run's server ends with it."""
    engines.end(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker takes the order that was drawn for all, and the server that runs for all."""
    node.workerinput["order_seed"] = node.config.option.order_seed
    node.workerinput["server"] = engines.told(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended: hear what it left out."""
    engines.heard(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out units, not single tests."""
    return sharing_out.Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests into the order of this run; leave out what another engine's run has."""
    engines.leave_out(config, items)
    if config.option.order_seed is not None:
        sharing_out.shuffle(items, config.option.order_seed)
    if hasattr(config, "workerinput"):
        sharing_out.longest_first(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End what was lent where the next test is of another unit."""
    try:
        return (yield)
    finally:
        here, there = (sharing_out.unit_of(one.nodeid) if one else "" for one in (item, nextitem))
        if here != there:
            item.config.stash[LEASE].end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Name the seed of the order, and where something failed that of the random tests."""
    if (seed := terminalreporter.config.option.order_seed) is not None:
        terminalreporter.write_line(f"the tests ran in the order of --order-seed {seed}")
    engines.summary(terminalreporter)
    if exitstatus:
        terminalreporter.write_line(fuzzing.replay())


@pytest.fixture(scope="session", autouse=True)
def _built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the run builds once lies beside the workers' own folders."""
    base = tmp_path_factory.getbasetemp()
    worker = hasattr(request.config, "workerinput")
    built_once.begin((base.parent if worker else base) / "built")


@pytest.fixture(autouse=True)
def _dropped() -> Iterator[None]:
    """Databases of a server go with the test that made them."""
    with placing.dropped():
        yield


@pytest.fixture(scope="module")
def country(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCountry]:
    """One running country for all tests that do not kill or change anybody."""

    def start() -> Any:
        return running_country(copy_opened(tmp_path_factory.mktemp("country") / "country"))

    with request.config.stash[LEASE].taken(start) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """This worker's own PostgreSQL server, with every durability setting as it comes."""
    from postgres import running_postgres  # its driver is loaded where it is needed

    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """Where a database can be made, on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "database"
        path.touch()
        return Location.file(path)
    return Location("postgresql", request.getfixturevalue("postgres").party()[1])


@pytest.fixture(scope="session")
def template() -> Path:
    """A built country that nobody changes: tests copy it."""
    from inprocess import built

    return built()
