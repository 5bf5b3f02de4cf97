"""J-LIS's addresses (機構の受付)."""

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.wire.messages.acquisition import AcquireDecision, AcquireRequest
from renkei.wire.messages.batches import AcquireBatch
from renkei.wire.messages.portal import PersonaSignIn, PortalBatch
from renkei.wire.table import call_for


def routes(service: IndividualNumberService, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    return [
        doorway.route(call_for(AcquireRequest), service.acquire),
        doorway.route(call_for(AcquireBatch), service.acquire_batch),
        doorway.route(call_for(AcquireDecision), service.acquire_decision),
        doorway.route(call_for(PortalBatch), service.portal.portal_batch),
        doorway.route(call_for(PersonaSignIn), service.portal.persona_sign_in),
    ]
