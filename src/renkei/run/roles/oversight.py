"""Putting the Commission together (個人情報保護委員会の組立て).

Nobody asks it anything: it has no addresses, only loops, each with a pace of its own, so that a
party that is away delays nothing but what concerns it.
"""

from typing import Final

from renkei.kit.background import Background
from renkei.kit.config import Config, ConfigError, log_key, witness_key
from renkei.kit.database import connect
from renkei.roles.oversight.service import (
    collecting,
    comparing,
    counting,
    directory,
    gathering,
    guessing,
    ledger,
    losses,
    rereading,
    sampling,
    witness,
)
from renkei.roles.oversight.service.collecting import Collector
from renkei.roles.oversight.service.comparing import Comparer
from renkei.roles.oversight.service.counting import Counter
from renkei.roles.oversight.service.directory import DirectorySigner
from renkei.roles.oversight.service.gathering import Gatherer
from renkei.roles.oversight.service.guessing import GuessWatch
from renkei.roles.oversight.service.leaves import CountedLeaves
from renkei.roles.oversight.service.ledger import LedgerStating
from renkei.roles.oversight.service.rereading import Rereader
from renkei.roles.oversight.service.sampling import Sampler
from renkei.roles.oversight.service.witness import WITNESS_KEY, LogKeys, Witness
from renkei.roles.oversight.store import REVISION
from renkei.roles.oversight.store.losses import Proposed
from renkei.run import directory as kept_directory
from renkei.run.config import ServeConfig
from renkei.run.parts import Parts, Running, each, outbox, party_of, rounds
from renkei.run.role import RoleDescription, RoleKeys
from renkei.wire.names import INDIVIDUAL_NUMBER, OVERSIGHT, PORTAL
from renkei.wire.portal.messages import AcceptedLoss


class Settings(Config, frozen=True, kw_only=True):
    """What the Commission is told besides: the log, and its own key as others know it."""

    log_key: str
    """The log's key as verifier key text (C2SP)."""
    witness_key: str
    """Its own cosigning key as verifier key text (C2SP)."""


def _witnessing(cosigning: Witness) -> list[Background]:
    """Cosigning the log, and saying how old the last cosignature is."""
    return [
        rounds("witness", cosigning.step, witness.INTERVAL),
        rounds("witness-age", cosigning.watch_age, witness.ALARM_INTERVAL),
    ]


def _on_records(collector: Collector, comparer: Comparer, rereader: Rereader) -> list[Background]:
    """What both sides have on record, beside what the log says."""
    return [
        outbox("collect", collector.poll, collecting.PACE),
        outbox("locate", comparer.locate, comparing.LOCATE_PACE),
        outbox("compare", comparer.compare, comparing.COMPARE_PACE),
        outbox("reread", rereader.step, rereading.PACE),
    ]


def compose(parts: Parts[Settings]) -> Running:
    """The Commission's loops."""
    keeper = parts.keeper()
    party, database, linkage = parts.party, parts.database, parts.linkage
    keys = log_keys(parts.settings, party.keys.public(WITNESS_KEY))

    portal, j_lis = parts.peer(PORTAL), parts.peer(INDIVIDUAL_NUMBER)
    leaves = CountedLeaves()
    comparer = Comparer(party, database, linkage, parts.peer, leaves)
    collector = Collector(party, database, parts.peer, leaves)
    counter = Counter(party, database, linkage, leaves)
    count = outbox("count", counter.step, counting.PACE)
    cosigning = Witness(party, database, linkage, keys, grown=count.wake)
    gatherer = Gatherer(party, database, linkage, portal, parts.peer)
    rereader = Rereader(party, database, linkage, parts.peer)
    guesses = GuessWatch(party, database, parts.peer, j_lis)
    sampler = Sampler(party, database, linkage, portal, gatherer)
    signer = DirectorySigner(party, database, linkage)
    stating = LedgerStating(party, database, linkage, portal, leaves=leaves, sampler=sampler)
    return Running(
        routes=[],
        starting=[keeper.first],
        alarms=[cosigning.alarms, stating.alarms],
        background=[
            each(rounds("directory", keeper.refresh, kept_directory.INTERVAL)),
            *_witnessing(cosigning),
            count,
            *_on_records(collector, comparer, rereader),
            outbox("ledger", stating.poll, ledger.PACE),
            rounds("guesses", guesses.step, guessing.INTERVAL),
            outbox("gather", gatherer.step, gathering.PACE),
            outbox("sample", sampler.step, sampling.PACE),
            rounds("countersign", signer.step, directory.INTERVAL),
        ],
        services={
            "witness": cosigning,
            "leaves": leaves,
            "counter": counter,
            "collector": collector,
            "comparer": comparer,
            "rereader": rereader,
            "stating": stating,
            **{"gatherer": gatherer, "guesses": guesses, "sampler": sampler, "signer": signer},
        },
    )


# -- the officers' part: safe beside a running process -------------------------------------------


def propose_loss(config: ServeConfig, officer: str, reason: str) -> Proposed:
    """Propose to accept that lines are gone for good; raises `NotAccepted` (喪失の承認の提案)."""
    now = party_of(config).now()
    with connect(config.database, revision=REVISION) as connection:
        return losses.propose(connection, officer, reason, now)


def accept_loss(config: ServeConfig, number: int, officer: str) -> AcceptedLoss:
    """Accept what another officer proposed; raises `NotAccepted` (喪失の承認)."""
    now = party_of(config).now()
    with connect(config.database, revision=REVISION) as connection:
        return losses.accept(connection, number, officer, now)


def log_keys(settings: Settings, public: bytes) -> LogKeys:
    """The log's key and the witness's own, as configured; raises ConfigError.

    `public` is the Ed25519 key in the key store: the configured one must be the same.
    """
    log = log_key(settings.log_key, "settings.log_key")
    own = witness_key(settings.witness_key, "settings.witness_key")
    if own.public != public:
        raise ConfigError("settings.witness_key: another key than the one in the key store")
    return LogKeys(log, own)


ROLE: Final = RoleDescription(
    name=OVERSIGHT,
    compose=compose,
    migrations="renkei.roles.oversight.migrations",
    revision=REVISION,
    settings=Settings,
    keys=RoleKeys(notes=(WITNESS_KEY,)),
)
