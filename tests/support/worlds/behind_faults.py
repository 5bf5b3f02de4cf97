"""A running country whose parties reach each other through a faulty proxy only.

The directory and the configurations name the proxy's ports, each process listens at its own.
Desks stand before the proxy: what a clerk sees is not to depend on a fault between parties.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from faulty_proxy import FaultyProxy
from running import RESIDENTS, RunningCountry, copy_opened

from renkei.kit.progress import Progress
from renkei.sandbox.building import (
    DEFAULT_AS_OF,
    DEFAULT_SEED,
    open_or_build,
)
from renkei.sandbox.configuration import write_configs
from renkei.sandbox.publishing import publish_directory

CALL_SECONDS = 2.5
"""Of one call of an exchange: short, so that a silent peer is noticed within a test."""
SEED = int(os.environ.get("RENKEI_FAULTS_SEED", "20260701"))


class FaultyCountry(RunningCountry):
    """A country and the proxy before its doors."""

    proxy: FaultyProxy

    def start(self) -> "FaultyCountry":
        """Build, stand the proxy before every door, start every process."""
        country = open_or_build(
            copy_opened(self.folder),
            seed=DEFAULT_SEED,
            as_of=DEFAULT_AS_OF,
            progress=Progress(quiet=True),
            residents=RESIDENTS,
        )
        parties = [plan.party for plan in country.plans]
        self.proxy = FaultyProxy({name: country.manifest.ports[name] for name in parties}, SEED)
        country.save(published=self.proxy.ports, exchange_call_seconds=CALL_SECONDS)
        write_configs(country)
        publish_directory(country, country.manifest.directory_version + 1)
        country.release()
        super().start()
        return self

    def stop(self) -> None:
        """Stop every process, then the proxy."""
        super().stop()
        if hasattr(self, "proxy"):
            self.proxy.stop()


@contextlib.contextmanager
def faulty_country(folder: Path) -> Iterator[FaultyCountry]:
    """A country behind faults for the length of a block."""
    country = FaultyCountry(folder)
    try:
        yield country.start()
    finally:
        country.stop()
