"""J-LIS's addresses (機構の受付)."""

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.wire.individual_number.calls import (
    ACQUIRE_BATCH,
    ACQUIRE_DECISION,
    COMPARISONS,
    NOTICES,
    PERSONA_SIGN_IN,
    PORTAL_BATCH,
)


def routes(service: IndividualNumberService, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    return [
        doorway.route(ACQUIRE_BATCH, service.acquire_batch),
        doorway.route(ACQUIRE_DECISION, service.acquire_decision),
        doorway.route(COMPARISONS, service.comparisons),
        doorway.route(PORTAL_BATCH, service.portal.portal_batch),
        doorway.route(NOTICES, service.noticing.notices),
        doorway.route(PERSONA_SIGN_IN, service.portal.persona_sign_in),
    ]
