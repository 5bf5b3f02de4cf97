"""The log's public face: checkpoint, cosigned checkpoint, tiles, bundles (C2SP tlog-tiles).

Hashes above level 0 are stored; those of level 0 and the entries stand with the entries themselves.
What a path names never changes once it is there.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from renkei.crypto import tiles
from renkei.crypto.errors import FramingError
from renkei.crypto.tiles import Bundle, Tile
from renkei.kit.database import Database
from renkei.roles.linkage.store import checkpoints, log
from renkei.wire.linkage.calls import NOTE_TYPE, TILE_TYPE


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file's content, its media type, and whether it will ever change."""

    body: bytes
    media_type: str
    immutable: bool


class PublicFiles:
    """Finds the log's public files by their paths (公開ファイル)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(self, path: str) -> PublicFile | None:
        """The file at a path such as `checkpoint` or `tile/0/000.p/5`; None where there is none."""
        if path in ("checkpoint", "cosigned"):
            return await self._database.read(_note if path == "checkpoint" else _cosigned)
        try:
            place = tiles.parse_path(path)
        except FramingError:
            return None
        return await self._database.read(lambda connection: _content(connection, place))


def _note(connection: Connection) -> PublicFile | None:
    head = checkpoints.newest(connection)
    return _text(head.note) if head is not None else None


def _cosigned(connection: Connection) -> PublicFile | None:
    note = checkpoints.newest_cosigned(connection)
    return _text(note) if note is not None else None


def _text(note: str) -> PublicFile:
    return PublicFile(note.encode(), NOTE_TYPE, immutable=False)


def _content(connection: Connection, place: Tile | Bundle) -> PublicFile | None:
    level = place.level if isinstance(place, Tile) else 0
    first = place.index << tiles.TILE_HEIGHT
    if first + place.width > checkpoints.size(connection) >> (level * tiles.TILE_HEIGHT):
        return None
    if isinstance(place, Tile):
        body = b"".join(log.tile(connection, level, first, place.width))
    else:
        body = tiles.encode_bundle(log.entries(connection, first, place.width))
    return PublicFile(body, TILE_TYPE, immutable=True)
