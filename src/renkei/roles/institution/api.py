"""An institution's addresses: for its peers and for its own desks (受付)."""

from dataclasses import dataclass

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.service.decide import DecideService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.domicile import DomicileService
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.provide import ProvideService
from renkei.wire.messages.batches import DomicileRequest
from renkei.wire.messages.desk import (
    DeskAcquire,
    DeskAsk,
    DeskCaseRequest,
    DeskDecide,
    DeskPendingRequest,
    DeskProcedure,
)
from renkei.wire.messages.exchange import AttributesOffer, Presentation, Received
from renkei.wire.messages.oversight import EntriesRequest
from renkei.wire.table import call_for


@dataclass(frozen=True, slots=True)
class InstitutionServices:
    """The services behind an institution's addresses."""

    acquire: AcquireService
    domicile: DomicileService
    desk: DeskService
    provide: ProvideService
    entries: EntriesService
    decide: DecideService


def routes(services: InstitutionServices, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    desk = services.desk
    return [
        doorway.route(call_for(Presentation), services.provide.provide),
        doorway.route(call_for(AttributesOffer), services.provide.attributes),
        doorway.route(call_for(Received), services.provide.received),
        doorway.route(call_for(DomicileRequest), services.domicile.domicile),
        doorway.route(call_for(DeskProcedure), desk.desk_procedure),
        doorway.route(call_for(DeskAsk), desk.desk_ask),
        doorway.route(call_for(DeskCaseRequest), desk.desk_case),
        doorway.route(call_for(DeskAcquire), services.acquire.desk_acquire),
        doorway.route(call_for(EntriesRequest), services.entries.entries),
        doorway.route(call_for(DeskPendingRequest), services.decide.desk_pending),
        doorway.route(call_for(DeskDecide), services.decide.desk_decide),
    ]
