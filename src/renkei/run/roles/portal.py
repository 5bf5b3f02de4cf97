"""Putting the portal together (情報提供等記録開示システムの組立て)."""

from typing import Final

from renkei.kit.acquiring import Acquiring
from renkei.kit.background import Interval
from renkei.kit.config import Config, ConfigError, log_key, witness_key
from renkei.kit.doorway import Doorway
from renkei.kit.outbox import Pace
from renkei.roles.portal import api
from renkei.roles.portal.pages import routes
from renkei.roles.portal.service import comparisons
from renkei.roles.portal.service.audit import AuditService
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.service.comparisons import ComparisonService
from renkei.roles.portal.service.download import DownloadService
from renkei.roles.portal.service.filing import FilingService
from renkei.roles.portal.service.history import HistoryService
from renkei.roles.portal.service.ledger import LedgerService, LogKeys
from renkei.roles.portal.service.sealing import LINES_KEY
from renkei.roles.portal.store import REVISION
from renkei.run import directory as kept_directory
from renkei.run.parts import Parts, Running, each, outbox, rounds
from renkei.run.role import RoleDescription, RoleKeys
from renkei.wire.names import INDIVIDUAL_NUMBER, PORTAL

FEED_PACE: Final = Pace(batch=200, idle_seconds=0.3, longest_delay_seconds=5.0)
SET_PACE: Final = Pace(batch=100, idle_seconds=30.0, longest_delay_seconds=10.0)
LEDGER_INTERVAL: Final = Interval(idle_seconds=1.0, longest_delay_seconds=10.0)
OVERDUE_INTERVAL: Final = Interval(idle_seconds=60.0)


class Settings(Config, frozen=True, kw_only=True):
    """What the portal is told besides: the log it reads, and who may sign in (設定)."""

    log_origin: str
    """Name of the log in its checkpoints (C2SP), e.g. `renkei.test/log`."""
    log_key: str
    """The log's key as verifier key text (C2SP)."""
    witness_key: str
    """The Commission's cosigning key as verifier key text (C2SP)."""
    personas: list[str] = []
    """SANDBOX: as whom one may sign in without a card."""


def compose(parts: Parts[Settings]) -> Running:
    """The portal's services, its routes for the Commission, its door for people, its rounds."""
    party, database, linkage = parts.party, parts.database, parts.linkage
    keeper = parts.keeper()
    j_lis = parts.peer(INDIVIDUAL_NUMBER)
    numbers = Acquiring(party, linkage)
    acquiring = CodeService(party, database, numbers, j_lis)
    compared = ComparisonService(party, database, numbers, j_lis)
    filing = FilingService(party, database, linkage)
    ledger = LedgerService(party, database, linkage, log_keys(parts.settings))
    history = HistoryService(party, database, acquiring)
    download = DownloadService(party, database, linkage, ledger)
    return Running(
        routes=api.routes(AuditService(party, database, ledger), Doorway(party)),
        people=routes.people(history, download, parts.settings.personas, party),
        starting=[keeper.first],
        alarms=[ledger.alarms],
        background=[
            each(rounds("directory", keeper.refresh, kept_directory.INTERVAL)),
            outbox("set", acquiring.fill_set, SET_PACE),
            rounds("comparisons", compared.take, comparisons.INTERVAL),
            outbox("feed", filing.file, FEED_PACE),
            rounds("ledger", ledger.publish, LEDGER_INTERVAL),
            rounds("overdue", filing.overdue, OVERDUE_INTERVAL),
        ],
        services={
            "codes": acquiring,
            "comparisons": compared,
            "filing": filing,
            "ledger": ledger,
            "history": history,
            "download": download,
        },
    )


def log_keys(settings: Settings) -> LogKeys:
    """The log's and the witness's public keys; raises ConfigError naming the key to mend."""
    log = log_key(settings.log_key, "settings.log_key")
    witness = witness_key(settings.witness_key, "settings.witness_key")
    if log.name != settings.log_origin:
        raise ConfigError("settings.log_origin: the name in log_key must be the same")
    return LogKeys(log, witness)


ROLE: Final = RoleDescription(
    name=PORTAL,
    compose=compose,
    migrations="renkei.roles.portal.migrations",
    revision=REVISION,
    settings=Settings,
    keys=RoleKeys(secrets=(LINES_KEY,), coded=True),
    people=True,
    replicas=True,
)
