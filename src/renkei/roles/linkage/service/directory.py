"""The directory: propose, have it countersigned, publish, hand out (機関台帳の公表)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection

from renkei.crypto import jws
from renkei.kit.background import Interval
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import directory as store
from renkei.roles.linkage.store import epochs
from renkei.roles.linkage.store.log import SALT_BYTES
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.framing import Anchor, Letter, parse, read_anchored
from renkei.wire.linkage.directory import (
    DirectoryAnswer,
    DirectoryCountersignature,
    DirectoryCountersigned,
    DirectoryEntry,
    DirectoryProposal,
    DirectoryProposalRequest,
    DirectoryPublished,
    DirectoryRequest,
    DirectoryVersion,
)
from renkei.wire.names import EVERYONE, LINKAGE

INTERVAL: Final = Interval(idle_seconds=1.0)
VERSION_DAYS: Final = 30


class DirectoryService:
    """Hands out the newest version that both network and Commission have signed."""

    def __init__(
        self, party: Party, database: Database, wake: Callable[[], None] = lambda: None
    ) -> None:
        """`wake` tells the sequencer that an entry waits."""
        self._party = party
        self._database = database
        self._wake = wake

    async def load(self) -> None:
        """Adopt the newest published version, if there is a newer one than held."""
        newest = await self._database.read(store.newest)
        if newest is not None and newest[0] > self._party.directory_version:
            self._party.adopt(newest[1], newest[2])

    async def directory(self, letter: Letter[DirectoryRequest]) -> DirectoryAnswer:
        """Answer with the newest version."""
        newest = await self._database.read(store.newest)
        if newest is None:
            raise WireError("directory-expired", "No directory has been published yet.")
        return DirectoryAnswer(
            **self._party.envelope(letter.message.sender),
            version=newest[1],
            countersignature=newest[2],
        )

    async def proposal(self, letter: Letter[DirectoryProposalRequest]) -> DirectoryProposal:
        """The version that waits for the Commission, if one does."""
        newest = await self._database.read(store.newest_proposal)
        return DirectoryProposal(
            **self._party.envelope(letter.message.sender),
            version=newest[1] if newest is not None else None,
        )

    async def countersigned(self, letter: Letter[DirectoryCountersigned]) -> DirectoryPublished:
        """Publish a proposed version; the same countersignature again changes nothing."""
        countersignature = letter.message.countersignature
        _, statement = parse(countersignature.encode(), (DirectoryCountersignature,))
        salt = self._party.randomness(SALT_BYTES)
        roots, now = self._party.roots, self._party.now()

        def publish_proposed(connection: Connection) -> None:
            known = store.published(connection, statement.version)
            signed = known[0] if known else store.proposed(connection, statement.version)
            if signed is None:
                raise WireError("stale", "This version does not wait for a signature.")
            Directory.verify(signed, countersignature, roots).check_current(now)
            if known is None:
                publish(connection, signed, countersignature, roots, salt)

        await self._database.write(publish_proposed)
        self._wake()
        await self.load()
        return DirectoryPublished(
            **self._party.envelope(letter.message.sender), version=statement.version
        )


def publish(
    connection: Connection, signed: str, countersigned: str, roots: TrustRoots, salt: bytes
) -> int:
    """Publish a version with both signatures; gives its number.

    Raises WireError where a signature is missing or the version is not newer than the last.
    """
    directory = Directory.verify(signed, countersigned, roots)
    newest = store.newest(connection)
    if newest is not None and directory.version <= newest[0]:
        raise WireError("stale", f"Version {newest[0]} is published already; sign a newer one.")
    digests = jws.digest_of(signed.encode()), jws.digest_of(countersigned.encode())
    store.publish(connection, (directory.version, signed, countersigned), digests, salt)
    return directory.version


# -- the operator's part -------------------------------------------------------------------------


def entries_in_force(connection: Connection) -> list[DirectoryEntry]:
    """The entries of the newest published version; raises WireError where there is none."""
    newest = store.newest(connection)
    if newest is None:
        raise WireError("directory-expired", "No directory has been published yet.")
    _, message = parse(newest[1].encode(), (DirectoryVersion,))
    return message.entries


def entries_with_new_epochs(connection: Connection) -> list[DirectoryEntry]:
    """The entries in force, with every code epoch that its institution has confirmed."""
    ready = _confirmed(connection)
    return [
        msgspec.structs.replace(entry, epoch=ready.get(entry.party, entry.epoch))
        for entry in entries_in_force(connection)
    ]


def _confirmed(connection: Connection) -> dict[str, int]:
    """Institutions whose next epoch only waits for a directory version."""
    return {
        one.institution: one.epoch
        for one in epochs.open_epochs(connection)
        if one.confirmed and one.in_force_at is None
    }


def propose_entries(connection: Connection, party: Party, entries: Sequence[DirectoryEntry]) -> int:
    """Sign the next version with these entries and propose it; gives its number.

    `party` is the network with its `directory` key.
    """
    numbers = [
        found[0]
        for found in (store.newest(connection), store.newest_proposal(connection))
        if found is not None
    ]
    envelope = party.envelope(EVERYONE)
    version = DirectoryVersion(
        **envelope,
        version=max(numbers, default=0) + 1,
        expires_at=envelope["at"] + timedelta(days=VERSION_DAYS),
        entries=list(entries),
    )
    return propose(connection, party.write(version).decode(), party.roots)


def propose(connection: Connection, signed: str, roots: TrustRoots) -> int:
    """Keep a version the network has signed until the Commission has; gives its number.

    Raises WireError where the network did not sign it, the number is not the next free one, or an
    entry names a code epoch that is neither in force nor confirmed by its institution.
    """
    message = read_anchored(signed, DirectoryVersion, Anchor(LINKAGE, roots.network)).message
    Directory(message)
    for found in (store.newest(connection), store.newest_proposal(connection)):
        if found is not None and message.version <= found[0]:
            raise WireError("stale", f"Number {found[0]} is taken; sign a higher one.")
    _check_epochs(connection, message.entries)
    store.propose(connection, message.version, signed)
    return message.version


def _check_epochs(connection: Connection, entries: Sequence[DirectoryEntry]) -> None:
    if store.newest(connection) is None:
        return
    in_force = {entry.party: entry.epoch for entry in entries_in_force(connection)}
    ready = _confirmed(connection)
    for entry in entries:
        known = in_force.get(entry.party)
        if known is not None and entry.epoch not in (known, ready.get(entry.party, known)):
            raise WireError("epoch", f"{entry.party} has not confirmed epoch {entry.epoch}.")
