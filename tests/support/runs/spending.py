"""Where the time of a run goes: seconds and processor seconds by folder of tests (所要時間).

`pytest --spent` prints the table. Processor seconds are those of the tests' own process and of the
children it has waited for, so that figures of a busy machine can be compared too.
"""

import resource
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

PHASES = ("setup", "call", "teardown")


def processor_seconds() -> float:
    """What this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@dataclass(eq=False)
class Spending:
    """Measures in each worker, adds up where the reports arrive."""

    begun: dict[str, float] = field(default_factory=dict)
    wall: dict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(PHASES, 0.0))
    )
    processor: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    tests: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def _begin(self, item: pytest.Item) -> Iterator[None]:
        self.begun[item.nodeid] = processor_seconds()
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """A phase begins."""
        yield from self._begin(item)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """A phase begins."""
        yield from self._begin(item)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """A phase begins."""
        yield from self._begin(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """A phase has ended: the report carries what it used, from worker to controller."""
        outcome = yield
        report = outcome.get_result()  # type: ignore[attr-defined]
        report.processor_seconds = processor_seconds() - self.begun.get(
            item.nodeid, processor_seconds()
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one test."""
        folder = report.nodeid.split("::")[0].rsplit("/", 1)[0]
        self.wall[folder][report.when] += report.duration
        self.processor[folder] += getattr(report, "processor_seconds", 0.0)
        self.tests[folder] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the dearest folder first."""
        terminalreporter.section("seconds by folder")
        line = "{:34} {:>6} {:>8} {:>8} {:>8} {:>8} {:>9}".format
        terminalreporter.write_line(line("folder", "tests", "all", *PHASES, "processor"))
        for folder in sorted(self.wall, key=lambda one: -sum(self.wall[one].values())):
            wall = self.wall[folder]
            seconds = [sum(wall.values()), *(wall[one] for one in PHASES), self.processor[folder]]
            shown = [f"{one:.1f}" for one in seconds]
            terminalreporter.write_line(line(folder, self.tests[folder], *shown))
