"""A country that runs for the length of a measurement, on either kind of engine (計測用の国)."""

from collections.abc import Iterator
from contextlib import contextmanager

from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run.supervisor import Supervisor, running
from renkei.sandbox.balancing import await_served, balanced, replicate
from renkei.sandbox.country import Country
from renkei.sandbox.relocation import relocate, withdraw


@contextmanager
def served(
    country: Country, server: Location | None, replicas: int, progress: Progress
) -> Iterator[Supervisor]:
    """Have its databases on `server` for the block, and `replicas` processes of each party.

    None: its databases stay where they are. Raises DatabaseError, ConfigError where HAProxy is
    not there, StartFailed.
    """
    try:
        if server is not None:
            relocate(country, server, progress)
        replicate(country, replicas)
        with (
            balanced(country),
            running(country.services(), say=progress.say) as supervisor,
        ):
            await_served(country)
            yield supervisor
    finally:
        if server is not None:
            withdraw(country, server)
