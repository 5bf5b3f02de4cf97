"""Writing findings down and saying so in the log (指摘事項の記録)."""

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.oversight.rules.culprits import Finding
from renkei.roles.oversight.store import findings as store


class Reporter:
    """Writes each finding once, however often it is seen."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def report(self, finding: Finding) -> bool:
        """Write a finding with its evidence; False where it stands there already."""
        now = self._party.now()
        new = await self._database.write(lambda c: store.add(c, finding, now))
        if new:
            get_logger().error("finding", kind=finding.kind, reason=finding.detail)
        return new

    def inside(self, connection: Connection, finding: Finding) -> None:
        """Write a finding in the transaction of what it is about."""
        if store.add(connection, finding, self._party.now()):
            get_logger().error("finding", kind=finding.kind, reason=finding.detail)
