"""The portal's addresses for the Commission (監督機関からの受付)."""

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.portal.service.audit import AuditService
from renkei.wire.portal.calls import ACCOUNTS, FINDINGS, LEDGER, OPENINGS, STATEMENT


def routes(audit: AuditService, doorway: Doorway) -> list[Route]:
    """All routes of this role; people come in by another door."""
    return [
        doorway.route(LEDGER, audit.ledger),
        doorway.route(OPENINGS, audit.openings),
        doorway.route(ACCOUNTS, audit.accounts),
        doorway.route(STATEMENT, audit.statement),
        doorway.route(FINDINGS, audit.findings),
    ]
