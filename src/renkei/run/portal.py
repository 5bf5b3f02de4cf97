"""Putting the portal together (情報提供等記録開示システムの組立て)."""

from typing import Final

from renkei.clients.individual_number import IndividualNumberClient
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import COSIGNATURE_V1, parse_key
from renkei.kit.config import ConfigError
from renkei.kit.doorway import Doorway
from renkei.kit.outbox import Pace
from renkei.roles.portal import api
from renkei.roles.portal.pages import routes
from renkei.roles.portal.service.audit import AuditService
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.service.download import DownloadService
from renkei.roles.portal.service.filing import FilingService
from renkei.roles.portal.service.history import HistoryService
from renkei.roles.portal.service.ledger import LedgerService, LogKeys
from renkei.run import directory as kept_directory
from renkei.run.config import ServeConfig
from renkei.run.parts import Parts, Running, outbox

FEED_PACE: Final = Pace(batch=200, idle_seconds=0.3, longest_delay_seconds=5.0)
SET_PACE: Final = Pace(batch=1, idle_seconds=30.0, longest_delay_seconds=10.0)
LEDGER_PACE: Final = Pace(batch=1, idle_seconds=1.0, longest_delay_seconds=10.0)
OVERDUE_PACE: Final = Pace(batch=1, idle_seconds=60.0)


def assemble(parts: Parts) -> Running:
    """The portal's services, its routes for the Commission, its door for people, its rounds."""
    party, database, linkage = parts.party, parts.database, parts.linkage
    keeper = parts.keeper()
    j_lis = IndividualNumberClient(parts.caller("individual-number"))
    acquiring = CodeService(party, database, linkage, j_lis)
    filing = FilingService(party, database, linkage)
    ledger = LedgerService(party, database, linkage, _log_keys(parts.config))
    history = HistoryService(party, database, acquiring)
    download = DownloadService(party, database, linkage, ledger)
    return Running(
        routes=api.routes(AuditService(party, database, ledger), Doorway(party)),
        people=routes.people(history, download, parts.config.personas),
        starting=[keeper.first],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            outbox("set", acquiring.fill_set, SET_PACE),
            outbox("feed", filing.file, FEED_PACE),
            outbox("ledger", ledger.publish, LEDGER_PACE),
            outbox("overdue", filing.overdue, OVERDUE_PACE),
        ],
    )


def _log_keys(config: ServeConfig) -> LogKeys:
    """The log's and the witness's public keys; raises ConfigError naming the key to mend."""
    try:
        log = parse_key(config.log_key or "")
        witness = parse_key(config.witness_key or "")
    except CryptoError as error:
        raise ConfigError(
            f"log_key and witness_key: verifier keys in text form, name+id+base64: {error}"
        ) from error
    if log.name != config.log_origin:
        raise ConfigError("log_origin: the name in log_key must be the same")
    if witness.algorithm != COSIGNATURE_V1:
        raise ConfigError("witness_key: a key of type 0x04 (cosignature/v1)")
    return LogKeys(log, witness)
