"""Making and publishing directory versions for the sandbox (機関台帳の発行).

The sandbox holds the network's directory key and the Commission's key and signs for both, loudly.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from renkei.kit.database import connect
from renkei.kit.keys import KeyStore
from renkei.kit.location import Location
from renkei.kit.randomness import system_randomness
from renkei.roles.linkage.service.directory import publish
from renkei.roles.linkage.store import directory as store
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.country import Country
from renkei.wire import framing
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.key_id import KeyId
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.names import EVERYONE, LINKAGE, OVERSIGHT

DIRECTORY_DAYS: Final = 30
KEY_PERIOD_DAYS: Final = 90
ACTIVE_FROM: Final = "2017-12-01"
Keys = Callable[[str], KeyStore]


def publish_directory(country: Country, version: int) -> None:
    """Sign and publish one version for both signers."""
    now = country.now()
    since = now - timedelta(days=(datetime.now(UTC) - country.manifest.built_at).days)
    entries = [
        entry_of(plan, country.keys(plan.party), country.address(plan.party), since)
        for plan in country.plans
    ]
    signed = sign_version(entries, version, now, country.keys)
    publish_version(country.database(LINKAGE), signed, country.roots())
    expires = now + timedelta(days=DIRECTORY_DAYS)
    country.save(directory_version=version, directory_expires_at=expires)


def entry_of(plan: PartyPlan, keys: KeyStore, port: int, since: datetime) -> DirectoryEntry:
    """A party's entry, from its plan and its own public keys."""
    uses = ROLES[plan.role].keys.signing
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
            SigningKey(kid=str(KeyId(plan.party, use)), public=keys.public(use)) for use in uses
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
        sender=LINKAGE,
        aud=EVERYONE,
        at=now,
        version=version,
        expires_at=now + timedelta(days=DIRECTORY_DAYS),
        entries=list(entries),
    )
    network, commission = keys(LINKAGE), keys(OVERSIGHT)
    signed = framing.write(
        message, KeyId(LINKAGE, "directory"), lambda data: network.sign("directory", data)
    )
    statement = DirectoryCountersignature(
        sender=OVERSIGHT,
        aud=EVERYONE,
        at=now,
        version=version,
        digest=signed.digest,
    )
    countersigned = framing.write(
        statement, KeyId(OVERSIGHT, "sign"), lambda data: commission.sign("sign", data)
    )
    return signed.decode(), countersigned.decode()


def publish_version(database: Location | Path, version: tuple[str, str], roots: TrustRoots) -> int:
    """Publish a signed version at the network's database; gives its number."""
    signed, countersigned = version
    with connect(database) as connection:
        return publish(connection, signed, countersigned, roots, system_randomness(32))


def newest_version(database: Location | Path, roots: TrustRoots) -> Directory:
    """The version published last, verified; raises FileNotFoundError where there is none."""
    with connect(database) as connection:
        newest = store.newest(connection)
    if newest is None:
        raise FileNotFoundError(f"no directory is published in {database}; remove the country")
    return Directory.verify(newest[1], newest[2], roots)
