"""The portal's addresses for the Commission (監督機関からの受付)."""

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.portal.service.audit import AuditService
from renkei.wire.messages.oversight import (
    AccountsRequest,
    FindingsRequest,
    LedgerRequest,
    OpeningRequest,
    StatementHandover,
)
from renkei.wire.table import call_for


def routes(audit: AuditService, doorway: Doorway) -> list[Route]:
    """All routes of this role; people come in by another door."""
    return [
        doorway.route(call_for(LedgerRequest), audit.ledger),
        doorway.route(call_for(OpeningRequest), audit.openings),
        doorway.route(call_for(AccountsRequest), audit.accounts),
        doorway.route(call_for(StatementHandover), audit.statement),
        doorway.route(call_for(FindingsRequest), audit.findings),
    ]
