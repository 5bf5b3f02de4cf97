"""Putting the network together (情報提供ネットワークシステムの組立て), and its operator's part."""

from renkei.crypto.errors import CryptoError
from renkei.crypto.note import COSIGNATURE_V1, NoteKey, parse_key
from renkei.kit.config import ConfigError
from renkei.kit.database import connect
from renkei.kit.doorway import Doorway
from renkei.kit.key_files import create_scalar
from renkei.kit.keys import FileKeyStore, KeyStoreError
from renkei.roles.linkage import api, store
from renkei.roles.linkage.service import directory as directories
from renkei.roles.linkage.service import epochs, sequencer
from renkei.roles.linkage.service.acquisition import AcquisitionService
from renkei.roles.linkage.service.directory import DirectoryService
from renkei.roles.linkage.service.epochs import EpochService
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.service.feed import FeedService
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.roles.linkage.service.ledger import LedgerService
from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.public import PublicFiles
from renkei.roles.linkage.service.receipts import ReceiptService
from renkei.roles.linkage.service.sequencer import Sequencer
from renkei.roles.linkage.service.witness import WitnessService
from renkei.run.config import ServeConfig
from renkei.run.parts import RELOAD_PACE, SWEEP_PACE, Parts, Running, outbox, party_of


def assemble(parts: Parts) -> Running:
    """The network's services, routes, sequencer and housekeeping."""
    party, database = parts.party, parts.database
    origin, witness = _log_of(parts.config)
    sequencing = outbox("sequencer", Sequencer(party.keys, database, origin).run, sequencer.PACE)
    erasure = Erasure(database)
    directory = DirectoryService(party, database, sequencing.wake)
    changing = EpochService(party, database, lambda name: _destroy(parts, name))
    services = api.LinkageServices(
        directory=directory,
        acquisition=AcquisitionService(party, database, erasure),
        permit=PermitService(party, database, sequencing.wake),
        receipts=ReceiptService(party, database, sequencing.wake),
        feed=FeedService(party, database, erasure),
        ledger=LedgerService(party, database, sequencing.wake),
        witness=WitnessService(party, database, witness),
        epochs=changing,
        public=PublicFiles(database),
    )
    return Running(
        routes=api.routes(services, Doorway(party)),
        starting=[directory.load],
        outboxes=[
            sequencing,
            outbox("directory", directory.reload, RELOAD_PACE),
            outbox("housekeeping", Housekeeping(party, database, erasure).sweep, SWEEP_PACE),
            outbox("epochs", changing.settle, SWEEP_PACE),
        ],
    )


def _log_of(config: ServeConfig) -> tuple[str, NoteKey]:
    """The log's origin and its witness's key; raises ConfigError."""
    if config.log_origin is None or config.witness_key is None:
        raise ConfigError("linkage needs log_origin and witness_key: add both")
    try:
        witness = parse_key(config.witness_key)
    except CryptoError as error:
        raise ConfigError(f"key witness_key: {error}") from error
    if witness.algorithm != COSIGNATURE_V1:
        raise ConfigError("key witness_key: a cosignature/v1 key (type 4) is needed")
    return config.log_origin, witness


def _destroy(parts: Parts, name: str) -> None:
    keys = parts.party.keys
    if not isinstance(keys, FileKeyStore):
        raise KeyStoreError("this key store cannot destroy keys")
    keys.destroy(name)


# -- the operator's part: safe beside a running process ------------------------------------------


def start_epoch(config: ServeConfig, institution: str) -> int:
    """Begin the next code epoch of an institution; gives its number (世代更新の開始).

    Raises WireError where the directory has no such institution or a change is under way.
    """
    held = set(party_of(config).keys.names())

    def make(name: str) -> None:
        if name not in held:
            create_scalar(config.keys, name)

    with connect(config.database, revision=store.REVISION) as connection:
        return epochs.start_epoch(connection, institution, make)


def propose_directory(config: ServeConfig) -> int:
    """Sign and propose the next directory version, with all confirmed epochs; gives its number."""
    party = party_of(config)
    with connect(config.database, revision=store.REVISION) as connection:
        entries = directories.entries_with_new_epochs(connection)
        return directories.propose_entries(connection, party, entries)
