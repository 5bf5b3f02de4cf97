"""Putting an institution together (機関の組立て)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

from msgspec import Meta

from renkei.clients.caller import Manner
from renkei.kit.acquiring import Acquiring
from renkei.kit.background import Interval
from renkei.kit.config import Config, ConfigError
from renkei.kit.counterparty import Counterparty
from renkei.kit.doorway import Doorway
from renkei.kit.outbox import Outbox
from renkei.roles.institution import api
from renkei.roles.institution.service import receipts as receipt_sending
from renkei.roles.institution.service.asking import taking_up
from renkei.roles.institution.service.asking.ask import Asker, OfficeAffairs
from renkei.roles.institution.service.asking.drive import Driver
from renkei.roles.institution.service.asking.reask import Reasker
from renkei.roles.institution.service.asking.taking_up import TakingUp
from renkei.roles.institution.service.codes import epochs as epoch_changing
from renkei.roles.institution.service.codes.acquire import PSEUDONYM_KEY, AcquireService
from renkei.roles.institution.service.codes.book import CodeBook, Stops
from renkei.roles.institution.service.codes.domicile import DomicileService, ThroughDomicile
from renkei.roles.institution.service.codes.epochs import EpochService
from renkei.roles.institution.service.codes.sampling import CodeSampler, Sampling
from renkei.roles.institution.service.codes.together import Together
from renkei.roles.institution.service.consents import ConsentService
from renkei.roles.institution.service.desk import DeskService
from renkei.roles.institution.service.entries import EntriesService
from renkei.roles.institution.service.providing.decide import DecideService
from renkei.roles.institution.service.providing.offers import OfferDesk
from renkei.roles.institution.service.providing.provide import ProvideService
from renkei.roles.institution.service.providing.recognise import Recogniser
from renkei.roles.institution.store import REVISION
from renkei.run import directory as kept_directory
from renkei.run.directory import DirectoryKeeper
from renkei.run.parts import SWEEP_PACE, Parts, Running, each, outbox, rounds
from renkei.run.role import RoleDescription, RoleKeys
from renkei.wire.fields import Affair, Word
from renkei.wire.names import INDIVIDUAL_NUMBER, INSTITUTION

STOPS_INTERVAL: Final = Interval(idle_seconds=30.0)
"""How often a process counts who is stopped, whichever process has found it."""
Affairs = Annotated[list[Affair], Meta(max_length=400)] | Literal["all"]


class Settings(Config, frozen=True, kw_only=True):
    """What an institution is told besides (機関の設定)."""

    use_affair: str | None = None
    """Row of the use table (別表) under which it acquires codes by itself."""
    office_affairs: Annotated[dict[Word, Affairs], Meta(max_length=200)] | None = None
    """Which affairs each office handles (事務分掌): rows of the provision table and ordinance
    affairs, or `all`; none where an office is not named. Only a sandbox may leave it out."""
    sample_codes: Annotated[int, Meta(ge=1, le=100)] = 10
    """How many codes, drawn at random, are acquired anew and compared each time."""
    sample_every_seconds: Annotated[float, Meta(ge=10.0, le=604_800.0)] = 86_400.0
    """Time between two such samples; the law asks for none, a day is this project's choice."""
    exchange_call_seconds: Annotated[float, Meta(ge=0.5, le=120.0)] = 30.0
    """How long one call of an exchange (permit, presentation, receipt) may take before it is tried
    again, from connecting to the answer's last byte."""


def _offices(parts: Parts[Settings]) -> OfficeAffairs | None:
    """Which office handles what; raises ConfigError where production does not say."""
    told = parts.settings.office_affairs
    if told is None and parts.config.profile == "production":
        raise ConfigError("settings.office_affairs: say which office handles which affairs")
    if told is None:
        return None
    return {office: None if held == "all" else frozenset(held) for office, held in told.items()}


def _recogniser(parts: Parts[Settings], acquire: AcquireService) -> Recogniser:
    return Recogniser(parts.database, acquire, CodeBook(parts.party.keys))


def _keeping(
    parts: Parts[Settings], acquire: AcquireService
) -> tuple[Stops, EpochService, CodeSampler]:
    """What keeps the column of codes: who is stopped, changes of epoch, samples."""
    party, database, settings = parts.party, parts.database, parts.settings
    stops = Stops(party, database)
    sampling = Sampling(settings.sample_codes, settings.sample_every_seconds)
    return (
        stops,
        EpochService(party, database, parts.linkage, acquire, stops),
        CodeSampler(party, database, acquire, stops, sampling),
    )


def _acquiring(
    parts: Parts[Settings], j_lis: Counterparty, provider: Callable[[str], Counterparty]
) -> AcquireService:
    party, database = parts.party, parts.database
    acquiring = Acquiring(party, parts.linkage)
    through = ThroughDomicile(party, database, provider)
    together = Together(party, database, acquiring, j_lis, through)
    return AcquireService(
        party, database, acquiring, j_lis, together, use_affair=parts.settings.use_affair
    )


def _providers(parts: Parts[Settings], manner: Manner) -> Callable[[str], Counterparty]:
    """Other institutions by name, called in one manner."""
    return lambda name: parts.peer(name, manner)


def _refreshing(
    keeper: DirectoryKeeper, epochs: EpochService, changes: Outbox
) -> Callable[[], Awaitable[None]]:
    """A newer directory may name another code epoch: codes are then changed at once."""

    async def refresh() -> None:
        await keeper.refresh()
        if epochs.changed():
            changes.wake()

    return refresh


def _driving(parts: Parts[Settings], manner: Manner, receipts: Outbox, reasker: Reasker) -> Driver:
    return Driver(
        parts.party,
        parts.database,
        parts.network(manner),
        _providers(parts, manner),
        receipts,
        reasker=reasker,
        watch=parts.watch,
        seat=parts.database,
    )


def compose(parts: Parts[Settings]) -> Running:
    """An institution's services, routes, driver and outboxes."""
    keeper = parts.keeper()
    party, database = parts.party, parts.database
    # Steps of exchanges are tried again for hours: a short call, no patience.
    short = Manner(call_seconds=parts.settings.exchange_call_seconds)
    sender = receipt_sending.ReceiptSender(party, database, parts.network(short))
    receipts = outbox("receipts", sender.send, receipt_sending.PACE)
    j_lis = parts.peer(INDIVIDUAL_NUMBER, parts.patient)
    asker = Asker(party, _offices(parts))
    acquire = _acquiring(parts, j_lis, _providers(parts, parts.patient))
    reasker = Reasker(party, database, asker, acquire, keeper.refresh)
    driver = _driving(parts, short, receipts, reasker)
    offers = OfferDesk(party, database, _recogniser(parts, acquire), watch=parts.watch)
    provide = ProvideService(party, database, receipts, offers=offers)
    services = api.InstitutionServices(
        acquire=acquire,
        domicile=DomicileService(party, database, j_lis),
        desk=DeskService(party, database, asker, driver, acquire=acquire),
        consents=ConsentService(party, database),
        provide=provide,
        entries=EntriesService(party, database),
        decide=DecideService(party, database, receipts),
        offers=offers,
    )
    stops, epochs, sampler = _keeping(parts, acquire)
    changes = outbox("epochs", epochs.work, epoch_changing.PACE)
    refresh = _refreshing(keeper, epochs, changes)
    return Running(
        routes=api.routes(services, Doorway(party)),
        starting=[stops.begin, keeper.first],
        background=[
            each(rounds("directory", refresh, kept_directory.INTERVAL)),
            each(rounds("codes-stopped", stops.look, STOPS_INTERVAL)),
            rounds("open-requests", TakingUp(party, driver).work, taking_up.INTERVAL),
            receipts,
            outbox("sweep", provide.sweep, SWEEP_PACE),
            changes,
            rounds("code-sample", sampler.work, sampler.interval),
        ],
        alarms=[stops.alarms],
        stopping=[driver.stop, offers.stop],
        services={"driver": driver, "epochs": epochs, "offers": offers, "sampler": sampler},
    )


ROLE: Final = RoleDescription(
    name=INSTITUTION,
    compose=compose,
    migrations="renkei.roles.institution.migrations",
    revision=REVISION,
    settings=Settings,
    keys=RoleKeys(secrets=(PSEUDONYM_KEY,), coded=True),
    desks=True,
    replicas=True,
)
