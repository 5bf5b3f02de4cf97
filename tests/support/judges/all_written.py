"""Everything all parties of a running country have written, before and after (全記録の比較)."""

import functools
import hashlib
import time

import looking
from running import RunningCountry
from writings import Writings

from renkei.kit.location import Location
from renkei.sandbox.country import Country, open_existing

QUIET_SECONDS = 20
RESTLESS_PARTIES = ("portal", "oversight")
AT_REST: dict[tuple[str, str], str | None] = {
    ("linkage", "node"): None,
    ("linkage", "checkpoint"): None,
    ("linkage", "ledger"): None,
    ("linkage", "leaf"): "SELECT kind, salt, record, entry FROM leaf WHERE kind < 4",
    ("linkage", "feed"): None,
    ("linkage", "acquisition"): "SELECT * FROM acquisition WHERE institution <> 'portal'",
    ("individual-number", "resident"): "SELECT resident_code, individual_number FROM resident",
    (
        "individual-number",
        "acquisition",
    ): "SELECT * FROM acquisition WHERE institution <> 'portal'",
    ("individual-number", "notice"): "SELECT count(*) FROM notice",
}
"""What the log, the portal and the Commission change by themselves is left out of the books."""


def _read(where: Location, party: str) -> dict[str, tuple[int, str]]:
    found = {}
    for name in looking.tables(where):
        query = AT_REST.get((party, name), f'SELECT * FROM "{name}"')
        if query is None:
            continue
        rows = looking.rows(where, query)
        content = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
        found[f"{party}.{name}"] = (len(rows), content)
    return found


class Books:
    """Everything all parties have written, to compare before and after (全記録の比較)."""

    def __init__(self, running: RunningCountry) -> None:
        self._running = running
        self._writings = Writings(running.country)
        self._version: dict[str, int] = {}
        self._found: dict[str, dict[str, tuple[int, str]]] = {}

    def parties(self) -> list[str]:
        """Parties with a database, but for those that write by themselves all the time."""
        return [
            plan.party for plan in self._running.country.plans if plan.party not in RESTLESS_PARTIES
        ]

    def close(self) -> None:
        """Let go of every database."""
        self._writings.close()

    def now(self) -> dict[str, tuple[int, str]]:
        """Row count and digest of every table of every party, read again where one has written."""
        versions = self._writings.versions()
        for party in self.parties():
            if self._version.get(party) != versions[party]:
                self._found[party] = _read(self._running.country.database(party), party)
                self._version[party] = versions[party]
        return {key: value for party in self.parties() for key, value in self._found[party].items()}

    def quiet(self) -> dict[str, tuple[int, str]]:
        """The books once no receipt is owed and nothing changes any more."""
        until = time.monotonic() + QUIET_SECONDS
        last = None
        while time.monotonic() < until:
            owed = sum(
                self._running.rows(plan.party, "SELECT count(*) FROM receipt WHERE state = 'owed'")[
                    0
                ][0]
                for plan in self._running.country.institutions()
            )
            seen = self.now()
            if owed == 0 and seen == last:
                return seen
            last = seen
            time.sleep(0.05)
        raise AssertionError("the country does not come to rest")


class Visited(RunningCountry):
    """The session's running country, whose folder is read once; never started or stopped here."""

    @functools.cached_property
    def country(self) -> Country:  # type: ignore[override]
        """Its folder, keys, ports."""
        return open_existing(self.folder)
