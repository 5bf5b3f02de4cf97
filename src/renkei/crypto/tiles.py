"""The log as static tiles and entry bundles, readable by existing verifiers (C2SP tlog-tiles).

A tile holds up to 256 consecutive hashes of one level; levels are 8 tree levels apart. A bundle
holds the entries under one tile of level 0. Storage and network come as callables.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from renkei.crypto.errors import FramingError, ProofError
from renkei.crypto.merkle import HASH_BYTES, GetHash, check_size, node_hash

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
LEVEL_LIMIT: Final = 63
ENTRY_LIMIT_BYTES: Final = (1 << 16) - 1
_CACHED_TILES: Final = 64
_INDEX_LIMIT: Final = 1 << 60
_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)


def _check_place(index: int, width: int) -> None:
    if not 0 <= index < _INDEX_LIMIT or not 1 <= width <= TILE_WIDTH:
        raise FramingError("a tile has an index from 0 and a width of 1 to 256")


def _place_path(index: int, width: int) -> str:
    """Return the index in groups of three digits, and the width where the tile is partial."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + ("" if width == TILE_WIDTH else f".p/{width}")


@dataclass(frozen=True, slots=True)
class Tile:
    """Where `width` consecutive hashes of tree level 8 · `level` stand (タイル).

    The hashes are those at `index` · 256 and after; `width` is 256 for a full tile.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        _check_place(self.index, self.width)
        if not 0 <= self.level <= LEVEL_LIMIT:
            raise FramingError("the level of a tile is 0 to 63")

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as `tile/0/x001/x234/067.p/8`."""
        return f"tile/{self.level}/{_place_path(self.index, self.width)}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where the entries under the tile of level 0 with this index stand (項目の束)."""

    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        _check_place(self.index, self.width)

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as `tile/entries/x001/067.p/8`."""
        return f"tile/entries/{_place_path(self.index, self.width)}"


def parse_path(path: str) -> Tile | Bundle:
    """Read a path back; raises `FramingError` for any but the canonical one (パスの解釈)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise FramingError("the path is not that of a tile or of a bundle of entries")
    level, digits, width = match.groups()
    index = int(digits.replace("x", "").replace("/", ""))
    place = index, int(width) if width else TILE_WIDTH
    found = Bundle(*place) if level == "entries" else Tile(int(level), *place)
    if found.path != path:
        raise FramingError("the path of the tile is not in its canonical form")
    return found


def new_tiles(old_size: int, new_size: int) -> Iterator[Tile]:
    """Yield the tiles to write when the tree grows, partial ones as of the new size (新しいタイル).

    With `old_size` 0 these are all tiles of the tree.
    """
    if not 0 <= old_size <= check_size(new_size):
        raise ProofError("a log only grows: the old size must not exceed the new one")
    level, old, new = 0, old_size, new_size
    while old != new:
        for index in range(old >> TILE_HEIGHT, (new + TILE_WIDTH - 1) >> TILE_HEIGHT):
            yield Tile(level, index, min(TILE_WIDTH, new - (index << TILE_HEIGHT)))
        level, old, new = level + 1, old >> TILE_HEIGHT, new >> TILE_HEIGHT


def new_bundles(old_size: int, new_size: int) -> Iterator[Bundle]:
    """Yield the bundles of entries to write when the tree grows (新しい項目の束)."""
    for tile in new_tiles(old_size, new_size):
        if tile.level > 0:
            return
        yield Bundle(tile.index, tile.width)


def tile_bytes(tile: Tile, get_hash: GetHash) -> bytes:
    """Return the content of a tile: its hashes, 32 bytes each (タイルの内容)."""
    first = tile.index << TILE_HEIGHT
    level = tile.level * TILE_HEIGHT
    return b"".join(get_hash(level, index) for index in range(first, first + tile.width))


def tile_reader(size: int, get_tile: Callable[[Tile], bytes]) -> GetHash:
    """Return access to the hashes of a tree of `size` leaves through its tiles (タイルの読取り).

    What a log returns is not to be believed: verify the proof or root that comes of it against a
    signed checkpoint. The 64 tiles used last are kept. Raises `ProofError` for a tile of wrong
    length or a subtree that the tree does not have.
    """
    check_size(size)

    @lru_cache(maxsize=_CACHED_TILES)
    def content(level: int, index: int) -> bytes:
        width = min(TILE_WIDTH, (size >> (level * TILE_HEIGHT)) - (index << TILE_HEIGHT))
        data = get_tile(Tile(level, index, width))
        if len(data) != width * HASH_BYTES:
            raise ProofError(f"a tile of width {width} must have {width * HASH_BYTES} bytes")
        return data

    def get_hash(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > size:
            raise ProofError("the tree has no such complete subtree")
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        data = content(tile_level, first >> TILE_HEIGHT)
        start = (first % TILE_WIDTH) * HASH_BYTES
        return _subtree(data[start : start + (HASH_BYTES << height)])

    return get_hash


def _subtree(data: bytes) -> bytes:
    """Return the root over concatenated hashes, a power of two of them."""
    hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    while len(hashes) > 1:
        hashes = [
            node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return 1 to 256 entries, each led by its length as 2 bytes big-endian (束の符号化)."""
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise FramingError("a bundle has 1 to 256 entries")
    if any(len(entry) > ENTRY_LIMIT_BYTES for entry in entries):
        raise FramingError(f"an entry has at most {ENTRY_LIMIT_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle; `FramingError` unless there are exactly `width` (復号)."""
    _check_place(0, width)
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data) or len(entries) == width:
            raise FramingError("the bundle is cut short or has too many entries")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        raise FramingError(f"the bundle has {len(entries)} entries instead of {width}")
    return entries
