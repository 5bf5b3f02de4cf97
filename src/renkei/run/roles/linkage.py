"""Putting the network together (情報提供ネットワークシステムの組立て), and its operator's part."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from renkei.kit.config import Config, witness_key
from renkei.kit.database import connect
from renkei.kit.doorway import Doorway
from renkei.kit.key_files import create_scalar
from renkei.kit.keys import FileKeyStore, KeyStoreError
from renkei.roles.linkage import api, store
from renkei.roles.linkage.service import directory as directories
from renkei.roles.linkage.service import epochs, housekeeping, sequencer
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
from renkei.run.parts import Parts, Running, each, outbox, party_of, rounds
from renkei.run.role import RoleDescription, RoleKeys
from renkei.wire.names import LINKAGE


class Settings(Config, frozen=True, kw_only=True):
    """What the network is told besides: its log and who witnesses it (ログの設定)."""

    log_origin: str
    """Name of the log in its checkpoints (C2SP), e.g. `renkei.test/log`."""
    witness_key: str
    """The Commission's cosigning key as verifier key text (C2SP)."""


def compose(parts: Parts[Settings]) -> Running:
    """The network's services, routes, sequencer and housekeeping."""
    party, database = parts.party, parts.database
    origin = parts.settings.log_origin
    witness = witness_key(parts.settings.witness_key, "settings.witness_key")
    integrating = Sequencer(party.keys, database, origin)
    sequencing = outbox("sequencer", integrating.run, sequencer.PACE)
    erasure = Erasure(database)
    sweeping = Housekeeping(party, database, erasure)
    directory = DirectoryService(party, database, sequencing.wake)
    punctuality = sequencer.Punctuality(database, party.clock)
    changing = EpochService(party, database, lambda name: _destroy(parts, name))
    services = api.LinkageServices(
        directory=directory,
        acquisition=AcquisitionService(party, database, erasure),
        permit=PermitService(party, database, sequencing.wake, punctuality.late_since),
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
        alarms=[punctuality.alarms],
        background=[
            sequencing,
            each(rounds("sequencer-late", punctuality.look, sequencer.LOOK_INTERVAL)),
            each(rounds("directory", directory.load, directories.INTERVAL)),
            each(rounds("keys", keys_destroyed(parts), epochs.INTERVAL)),
            rounds("housekeeping", sweeping.sweep, housekeeping.INTERVAL),
            rounds("epochs", changing.settle, epochs.INTERVAL),
        ],
        services={"sequencer": integrating, "directory": directory, "public": services.public},
    )


def _destroy(parts: Parts[Settings], name: str) -> None:
    keys = parts.party.keys
    if not isinstance(keys, FileKeyStore):
        raise KeyStoreError("this key store cannot destroy keys")
    keys.destroy(name)


def keys_destroyed(parts: Parts[Any]) -> Callable[[], Awaitable[None]]:
    """What the process with the seat destroyed, no other keeps in its memory."""

    async def forget() -> None:
        keys = parts.party.keys
        if isinstance(keys, FileKeyStore):
            keys.forget_destroyed()

    return forget


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


ROLE: Final = RoleDescription(
    name=LINKAGE,
    compose=compose,
    migrations="renkei.roles.linkage.migrations",
    revision=store.REVISION,
    settings=Settings,
    keys=RoleKeys(signing=("sign", "permit", "directory"), notes=(sequencer.CHECKPOINT_KEY,)),
    replicas=True,
)
