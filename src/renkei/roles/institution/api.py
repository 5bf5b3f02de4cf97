"""An institution's addresses: for its peers and for its own desks (受付)."""

from dataclasses import dataclass

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.domicile import DomicileService
from renkei.roles.institution.service.consents import ConsentService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.providing.decide import DecideService
from renkei.roles.institution.service.providing.offers import OfferDesk
from renkei.roles.institution.service.providing.provide import ProvideService
from renkei.wire.institution.calls import (
    ATTRIBUTES,
    DESK_ACQUIRE,
    DESK_ASK,
    DESK_CASE,
    DESK_CLOSE,
    DESK_CONDITIONS,
    DESK_CONSENT,
    DESK_CONSENTS,
    DESK_DECIDE,
    DESK_OPEN,
    DESK_PENDING,
    DESK_PROCEDURE,
    DOMICILE,
    ENTRIES,
    ENTRIES_OF,
    OFFERS,
    PROVIDE,
    RECEIVED,
    SHOW,
)


@dataclass(frozen=True, slots=True)
class InstitutionServices:
    """The services behind an institution's addresses."""

    acquire: AcquireService
    domicile: DomicileService
    desk: DeskService
    consents: ConsentService
    provide: ProvideService
    entries: EntriesService
    decide: DecideService
    offers: OfferDesk


def routes(services: InstitutionServices, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    desk, consents = services.desk, services.consents
    return [
        doorway.route(PROVIDE, services.provide.provide),
        doorway.route(ATTRIBUTES, services.provide.attributes),
        doorway.route(RECEIVED, services.provide.received),
        doorway.route(DOMICILE, services.domicile.domicile),
        doorway.route(DESK_PROCEDURE, desk.desk_procedure),
        doorway.route(DESK_OPEN, desk.desk_open),
        doorway.route(DESK_CLOSE, desk.desk_close),
        doorway.route(DESK_CONSENT, consents.desk_consent),
        doorway.route(DESK_CONSENTS, consents.desk_consents),
        doorway.route(DESK_CONDITIONS, desk.desk_conditions),
        doorway.route(DESK_ASK, desk.desk_ask),
        doorway.route(DESK_CASE, desk.desk_case),
        doorway.route(DESK_ACQUIRE, services.acquire.desk_acquire),
        doorway.route(ENTRIES, services.entries.entries),
        doorway.route(OFFERS, services.offers.offers),
        doorway.route(ENTRIES_OF, services.entries.entries_of),
        doorway.route(SHOW, services.entries.show),
        doorway.route(DESK_PENDING, services.decide.desk_pending),
        doorway.route(DESK_DECIDE, services.decide.desk_decide),
    ]
