"""Making and publishing directory versions for the sandbox (機関台帳の発行).

The sandbox holds the network's directory key and the Commission's key and signs for both, loudly.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from renkei.crypto import jws
from renkei.kit.database import connect
from renkei.kit.keys import KeyStore
from renkei.kit.randomness import system_randomness
from renkei.roles.linkage.service.directory import publish
from renkei.roles.linkage.store import directory as store
from renkei.sandbox.blueprint import PartyPlan
from renkei.wire import framing
from renkei.wire.directory import EVERYONE, Directory, TrustRoots
from renkei.wire.messages.directory import (
    AgreementKey,
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)

DIRECTORY_DAYS: Final = 30
KEY_PERIOD_DAYS: Final = 90
SIGNING_USES: Final = {"linkage": ("sign", "permit", "directory")}
ACTIVE_FROM: Final = "2017-12-01"
Keys = Callable[[str], KeyStore]


def entry_of(plan: PartyPlan, keys: KeyStore, port: int, since: datetime) -> DirectoryEntry:
    """A party's entry, from its plan and its own public keys."""
    uses = SIGNING_USES.get(plan.party, ("sign",))
    return DirectoryEntry(
        party=plan.party,
        role=plan.role,
        kind=plan.kind,
        name_ja=plan.name_ja,
        name_en=plan.name_en,
        municipality_code=plan.municipality_code,
        dns_name=plan.dns_name,
        host="127.0.0.1",
        port=port,
        signing_keys=[
            SigningKey(kid=f"{plan.party}:{use}:1", public=keys.public(use)) for use in uses
        ],
        agreement_keys=[
            AgreementKey(
                period=1,
                public=keys.public("agree-1"),
                not_before=since - timedelta(days=1),
                not_after=since + timedelta(days=KEY_PERIOD_DAYS - 1),
            )
        ],
        epoch=1,
        active_from=ACTIVE_FROM,
        assessment="published",
        attributes_accepted=plan.attributes_accepted,
        offices=list(plan.offices),
        filings=list(plan.filings),
        withholdings=list(plan.withholdings),
    )


def sign_version(
    entries: Sequence[DirectoryEntry], version: int, now: datetime, keys: Keys
) -> tuple[str, str]:
    """Sign a version with the network's key and countersign it with the Commission's."""
    message = DirectoryVersion(
        sender="linkage",
        aud=EVERYONE,
        at=now,
        version=version,
        expires_at=now + timedelta(days=DIRECTORY_DAYS),
        entries=list(entries),
    )
    network, commission = keys("linkage"), keys("oversight")
    signed = framing.write(
        message, "linkage:directory:1", lambda data: network.sign("directory", data)
    )
    statement = DirectoryCountersignature(
        sender="oversight",
        aud=EVERYONE,
        at=now,
        version=version,
        digest=jws.digest(jws.parse(signed, max_bytes=len(signed))),
    )
    countersigned = framing.write(
        statement, "oversight:sign:1", lambda data: commission.sign("sign", data)
    )
    return signed.decode(), countersigned.decode()


def publish_version(database: Path, version: tuple[str, str], roots: TrustRoots) -> int:
    """Publish a signed version at the network's database; gives its number."""
    signed, countersigned = version
    with connect(database) as connection:
        return publish(connection, signed, countersigned, roots, system_randomness(32))


def newest_version(database: Path, roots: TrustRoots) -> Directory:
    """The version published last, verified; raises FileNotFoundError where there is none."""
    with connect(database) as connection:
        newest = store.newest(connection)
    if newest is None:
        raise FileNotFoundError(f"no directory is published in {database}; remove the country")
    return Directory.verify(newest[1], newest[2], roots)
