"""The directory: verify, publish, hand out (機関台帳の公表)."""

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.linkage.store import directory as store
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.messages.directory import DirectoryAnswer, DirectoryRequest


class DirectoryService:
    """Hands out the newest version that both network and Commission have signed."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def load(self) -> None:
        """Adopt the newest published version, if there is a newer one than held."""
        newest = await self._database.read(store.newest)
        if newest is not None and newest[0] > self._party.directory_version:
            self._party.adopt(newest[1], newest[2])

    async def reload(self, _batch: int) -> int:
        """Look for a newer published version; gives 0, as nothing more is due at once."""
        await self.load()
        return 0

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
    store.publish(connection, directory.version, signed, countersigned, salt)
    return directory.version
