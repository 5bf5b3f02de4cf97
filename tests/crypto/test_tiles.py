"""Tiles and entry bundles in the layout that C2SP tlog-tiles lays down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.crypto import merkle, tiles
from renkei.crypto.errors import CryptoError, FramingError, ProofError
from renkei.crypto.merkle import Frontier, GetHash
from renkei.crypto.tiles import Bundle, Tile

SIZE = 70_000
LEAVES = [number.to_bytes(32, "big") for number in range(SIZE)]
FRONTIER, NODES = Frontier().extend(LEAVES)
HASHES = {(node.level, node.index): node.hash for node in NODES}


def get_hash(level: int, index: int) -> bytes:
    return HASHES[level, index]


def stored(size: int) -> dict[str, bytes]:
    """Return all tiles of a tree as a static server would hold them."""
    return {tile.path: tiles.tile_bytes(tile, get_hash) for tile in tiles.new_tiles(0, size)}


def reader(size: int, store: dict[str, bytes]) -> GetHash:
    return tiles.tile_reader(size, lambda tile: store[tile.path])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 5, 17), "tile/1/005.p/17"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(0, 1000, 1), "tile/0/x001/000.p/1"),
        (Bundle(0), "tile/entries/000"),
        (Bundle(273, 112), "tile/entries/273.p/112"),
        (Bundle(10**9, 1), "tile/entries/x001/x000/x000/000.p/1"),
    ],
)
def test_paths(tile: Tile | Bundle, path: str) -> None:
    """Paths group the index in threes and name the width of partial tiles; they read back."""
    assert tile.path == path
    assert tiles.parse_path(path) == tile


@given(st.integers(0, 63), st.integers(0, 2**60 - 1), st.integers(1, 256))
def test_paths_read_back(level: int, index: int, width: int) -> None:
    """Every path reads back as its own tile or bundle."""
    assert tiles.parse_path(Tile(level, index, width).path) == Tile(level, index, width)
    assert tiles.parse_path(Bundle(index, width).path) == Bundle(index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/entries/x1/000",
        "tile/data/000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_other_paths(path: str) -> None:
    """A path that is not canonical, or not of a tile, is refused."""
    with pytest.raises(FramingError):
        tiles.parse_path(path)


def test_example_of_the_specification() -> None:
    """A tree of 70,000 leaves has the tiles that the specification counts."""
    all_tiles = list(tiles.new_tiles(0, SIZE))
    assert sum(tile.level == 0 and tile.width == 256 for tile in all_tiles) == 273
    assert [tile for tile in all_tiles if tile.width < 256] == [
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert [tile for tile in all_tiles if tile.level > 0 and tile.width == 256] == [Tile(1, 0)]
    assert list(tiles.new_tiles(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.new_tiles(0, 0)) == []
    assert [bundle.width for bundle in tiles.new_bundles(0, 600)] == [256, 256, 88]


@given(st.lists(st.integers(0, 2000), max_size=6))
def test_written_in_steps(steps: list[int]) -> None:
    """Whatever the steps of growth, what was written holds all tiles of the last size."""
    size, written, bundles = 0, set(), set()
    for step in steps:
        new = list(tiles.new_tiles(size, size + step))
        bundles.update(bundle.path for bundle in tiles.new_bundles(size, size + step))
        assert all(tile.path not in written for tile in new)
        written.update(tile.path for tile in new)
        size += step
    assert {tile.path for tile in tiles.new_tiles(0, size)} <= written
    assert {bundle.path for bundle in tiles.new_bundles(0, size)} <= bundles


def test_full_and_partial_content() -> None:
    """A tile holds its hashes in order, 32 bytes each, and level 1 the roots of full tiles."""
    first = tiles.tile_bytes(Tile(0, 0), get_hash)
    assert first == b"".join(LEAVES[:256])
    assert tiles.tile_bytes(Tile(0, 273, 112), get_hash) == b"".join(LEAVES[273 * 256 :])
    assert tiles.tile_bytes(Tile(1, 0), get_hash)[:32] == merkle.root(LEAVES[:256])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537, SIZE])
def test_proofs_from_tiles(size: int) -> None:
    """Roots and proofs read from tiles are those of the tree."""
    store = stored(size)
    head = merkle.frontier(size, reader(size, store)).head()
    assert head.root == merkle.root(LEAVES[:size])
    for index in {0, size // 3, size // 2, size - 1}:
        proof = merkle.inclusion_proof(index, size, reader(size, store))
        merkle.verify_inclusion(LEAVES[index], index, head, proof)
    for old in {1, size // 2, size - 1} - {0}:
        older = merkle.frontier(old, get_hash).head()
        proof = merkle.consistency_proof(old, size, reader(size, store))
        merkle.verify_consistency(older, head, proof)


@settings(max_examples=50)
@given(st.data())
def test_a_changed_tile_fails(data: st.DataObject) -> None:
    """A changed byte in a tile that a proof needs makes the proof fail."""
    size = data.draw(st.integers(2, 3000))
    index = data.draw(st.integers(0, size - 1))
    read: list[Tile] = []
    store = stored(size)

    def get_tile(tile: Tile) -> bytes:
        read.append(tile)
        return store[tile.path]

    honest = merkle.inclusion_proof(index, size, tiles.tile_reader(size, get_tile))
    tile = data.draw(st.sampled_from(read))
    content = bytearray(store[tile.path])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    store[tile.path] = bytes(content)
    proof = merkle.inclusion_proof(index, size, reader(size, store))
    head = merkle.frontier(size, get_hash).head()
    if proof != honest:  # the changed byte may be in a hash that this proof leaves out
        with pytest.raises(ProofError):
            merkle.verify_inclusion(LEAVES[index], index, head, proof)


def test_reader_bounds() -> None:
    """A tile of wrong length and a subtree that the tree lacks are refused."""
    get = tiles.tile_reader(300, lambda tile: bytes(31))
    with pytest.raises(ProofError, match="must have"):
        get(0, 0)
    whole = reader(300, stored(300))
    for level, index in ((0, 300), (8, 1), (9, 0), (0, -1), (-1, 0), (2, 75)):
        with pytest.raises(ProofError, match="no such"):
            whole(level, index)
    with pytest.raises(ProofError):
        list(tiles.new_tiles(2, 1))


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=256))
def test_bundles(entries: list[bytes]) -> None:
    """Entries come back from their bundle in order."""
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries


def test_bad_bundles() -> None:
    """Bundles that are cut, too long, of another count or overfull are refused."""
    data = tiles.encode_bundle([b"one", b"", b"three"])
    assert data == b"\0\3one\0\0\0\5three"
    for broken in (data[:-1], data + b"\0", data + b"\0\1", b"", data[2:], data * 2):
        with pytest.raises(FramingError):
            tiles.decode_bundle(broken, 3)
    for width in (0, 2, 4, 257):
        with pytest.raises(FramingError):
            tiles.decode_bundle(data, width)
    for entries in ([], [b""] * 257, [bytes(1 << 16)]):
        with pytest.raises(FramingError):
            tiles.encode_bundle(entries)


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**60, 1)],
)
def test_bad_tiles(level: int, index: int, width: int) -> None:
    """A level, index or width that no tile has is refused."""
    with pytest.raises(CryptoError):
        Tile(level, index, width)
