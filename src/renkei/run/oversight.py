"""Putting the Commission together (個人情報保護委員会の組立て).

Nobody asks it anything: it has no addresses, only loops, each with a pace of its own, so that a
party that is away delays nothing but what concerns it.
"""

from renkei.clients.institution import ProviderClient
from renkei.clients.portal import PortalClient
from renkei.crypto.errors import CryptoError
from renkei.crypto.note import COSIGNATURE_V1, ED25519, NoteKey, parse_key
from renkei.kit.config import ConfigError
from renkei.roles.oversight.service import (
    collecting,
    comparing,
    counting,
    directory,
    gathering,
    ledger,
    sampling,
    witness,
)
from renkei.roles.oversight.service.collecting import Collector
from renkei.roles.oversight.service.comparing import Comparer
from renkei.roles.oversight.service.counting import Counter
from renkei.roles.oversight.service.directory import DirectorySigner
from renkei.roles.oversight.service.gathering import Gatherer
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.ledger import LedgerStating
from renkei.roles.oversight.service.sampling import Sampler
from renkei.roles.oversight.service.witness import WITNESS_KEY, LogKeys, Witness
from renkei.run import directory as kept_directory
from renkei.run.config import ServeConfig
from renkei.run.parts import Parts, Running, outbox


def assemble(parts: Parts) -> Running:
    """The Commission's loops."""
    keeper = parts.keeper()
    party, database, linkage = parts.party, parts.database, parts.linkage
    keys = log_keys(parts.config, party.keys.public(WITNESS_KEY))

    def institution(name: str) -> ProviderClient:
        return ProviderClient(parts.caller(name))

    portal = PortalClient(parts.caller("portal"))
    leaves = CountedLeaves()
    comparer = Comparer(party, database, linkage, leaves)
    collector = Collector(party, database, institution, leaves)
    count = outbox("count", Counter(party, database, linkage, leaves).step, counting.PACE)
    cosigning = Witness(party, database, linkage, keys, grown=count.wake)
    stating = LedgerStating(party, database, linkage, portal, leaves)
    gatherer = Gatherer(party, database, linkage, portal)
    return Running(
        routes=[],
        starting=[keeper.first],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            outbox("witness", cosigning.step, witness.PACE),
            outbox("witness-age", cosigning.watch_age, witness.ALARM_PACE),
            count,
            outbox("collect", collector.poll, collecting.PACE),
            outbox("locate", comparer.locate, comparing.LOCATE_PACE),
            outbox("compare", comparer.compare, comparing.COMPARE_PACE),
            outbox("ledger", stating.poll, ledger.PACE),
            outbox("gather", gatherer.step, gathering.PACE),
            outbox(
                "sample",
                Sampler(party, database, linkage, portal, gatherer).step,
                sampling.PACE,
            ),
            outbox("countersign", DirectorySigner(party, database, linkage).step, directory.PACE),
        ],
    )


def log_keys(config: ServeConfig, public: bytes) -> LogKeys:
    """The log's key and the witness's own, as configured; raises ConfigError.

    `public` is the Ed25519 key in the key store: the configured one must be the same.
    """
    if config.log_key is None or config.witness_key is None:
        raise ConfigError("oversight needs log_key and witness_key: add both")
    try:
        log, own = parse_key(config.log_key), parse_key(config.witness_key)
    except CryptoError as error:
        raise ConfigError(f"keys log_key and witness_key: {error}") from error
    if log.algorithm != ED25519 or own != NoteKey(own.name, public, COSIGNATURE_V1):
        raise ConfigError("log_key is of type 1, witness_key of type 4 and in the key store")
    return LogKeys(log, own)
