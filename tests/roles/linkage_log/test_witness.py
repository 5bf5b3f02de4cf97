"""The Commission at the log: cosignatures, locations, records; the portal's roots."""

import hashlib

import msgspec
import pytest
from small_network import SmallNetwork

from renkei.crypto.checkpoint import cosign, parse_checkpoint, verify_cosignature
from renkei.crypto.digests import entry_hash
from renkei.crypto.note import parse_note
from renkei.kit.database import connect
from renkei.roles.linkage.store import checkpoints
from renkei.wire.errors import WireError
from renkei.wire.linkage.log import Cosignature, LedgerRoot, LocateRequest, RecordsRequest
from renkei.wire.linkage.permit import Permit


async def cosigned(network: SmallNetwork, **changes: object) -> Cosignature:
    """What the witness hands in for the newest checkpoint."""
    file = await network.public.file("checkpoint")
    assert file is not None
    checkpoint, note = parse_checkpoint(file.body, network.log_key)
    keys = network.parties["oversight"].keys
    time = int(changes.pop("time", network.clock.now().timestamp()))  # type: ignore[call-overload]
    line = cosign(note, network.witness_key, time, lambda data: keys.sign_note("witness", data))
    facts = {
        "log_size": checkpoint.head.size,
        "root": checkpoint.head.root,
        "line": line.text.rstrip("\n"),
    }
    return Cosignature(**network.parties["oversight"].envelope("linkage"), **(facts | changes))


async def hand_in(network: SmallNetwork, message: Cosignature) -> int:
    """Give a cosignature to the log."""
    facts = {name: getattr(message, name) for name in ("log_size", "root", "line")}
    answer = await network.say("oversight", Cosignature, **facts)
    return int(answer.log_size)


async def newest(network: SmallNetwork) -> tuple[int, int]:
    """Size and time of the newest cosigned checkpoint, verified with both keys."""
    file = await network.public.file("cosigned")
    assert file is not None
    checkpoint, note = parse_checkpoint(file.body, network.log_key)
    return checkpoint.head.size, verify_cosignature(note, network.witness_key)


async def test_the_newest_cosigned_checkpoint(network: SmallNetwork) -> None:
    """Published is the largest checkpoint with a cosignature, whatever was signed after it."""
    await network.integrate()
    first = await cosigned(network)
    await network.exchange()
    await network.integrate()
    assert await network.public.file("cosigned") is None
    second = await cosigned(network)
    assert await hand_in(network, second) == 2
    assert await hand_in(network, first) == 1
    assert await newest(network) == (2, int(network.clock.now().timestamp()))
    await network.exchange()
    await network.integrate()
    assert (await newest(network))[0] == 2


async def test_a_later_cosignature_of_one_size_counts(network: SmallNetwork) -> None:
    """Of two cosignatures of one checkpoint the later one is kept, in whichever order they come."""
    await network.integrate()
    now = int(network.clock.now().timestamp())
    for time in (now, now + 60, now - 60):
        await hand_in(network, await cosigned(network, time=time))
    assert await newest(network) == (1, now + 60)


async def test_false_cosignatures(network: SmallNetwork) -> None:
    """A foreign key, another head, a root of another size, two lines, the future: all refused."""
    await network.integrate()
    good = await cosigned(network)
    await network.exchange()
    await network.integrate()
    bad = [
        (await cosigned(network, log_size=1, root=good.root), "signature"),
        (await cosigned(network, root=good.root), "signature"),
        (await cosigned(network, log_size=7), "answer-unknown"),
        (await cosigned(network, line=good.line + "\n" + good.line), "signature"),
        (await cosigned(network, line=good.line[:-4] + "AAA="), "signature"),
        (await cosigned(network, line="this is no line"), "signature"),
        (await cosigned(network, time=network.clock.now().timestamp() + 4_000), "signature"),
    ]
    own = parse_note((await network.public.file("checkpoint")).body)  # type: ignore[union-attr]
    bad.append((await cosigned(network, line=own.signatures[0].text.rstrip("\n")), "signature"))
    for message, code in bad:
        with pytest.raises(WireError, match=code):
            await hand_in(network, message)
    assert await network.public.file("cosigned") is None


async def test_old_heads_are_forgotten_but_the_cosigned(network: SmallNetwork) -> None:
    """Forgetting old heads never forgets the newest cosigned one, nor the newest ones."""
    await network.integrate()
    await hand_in(network, await cosigned(network))
    for _ in range(5):
        await network.exchange()
        await network.integrate()
    with connect(network.where) as connection:
        assert checkpoints.prune(connection, 2) == 3
        assert checkpoints.prune(connection, 2) == 0
        assert checkpoints.size(connection) == 6
    assert (await newest(network))[0] == 1


async def test_locations(network: SmallNetwork) -> None:
    """Integrated entries are located; pending and unknown ones are named without a place."""
    first = await network.exchange(1)
    await network.integrate()
    second = await network.exchange(2)
    wanted = [second.entry_hash, first.entry_hash, bytes(32), first.entry_hash]
    answer = await network.say("oversight", LocateRequest, entry_hashes=wanted)
    assert [one.entry_hash for one in answer.located] == wanted
    assert [one.leaf for one in answer.located] == [None, 1, None, 1]


async def test_records(network: SmallNetwork) -> None:
    """Records come with salt and kind and hash to what was promised; every kind is JSON."""
    permit = await network.exchange()
    assert isinstance(permit, Permit)
    await network.receipt("city-b", permit)
    await network.integrate()
    await set_root(network, 3, b"r")
    await network.integrate()
    answer = await network.say("oversight", RecordsRequest, leaves=[3, 2, 1, 0, 99])
    assert [(one.leaf, one.kind) for one in answer.records] == [(0, 3), (1, 1), (2, 2), (3, 4)]
    directory, exchange, receipt, root = (msgspec.json.decode(one.record) for one in answer.records)
    one = answer.records[1]
    assert entry_hash(1, one.record, one.salt) == permit.entry_hash
    assert directory["version"] == 1
    assert exchange["tx"] == receipt["tx"] == permit.tx
    assert (root["log_size"], root["exchange_entries"]) == (3, 1)
    assert set(root) == {"log_size", "root", "exchange_entries"}
    for one in answer.records:
        decoded = msgspec.json.decode(one.record)
        assert msgspec.json.encode(decoded, order="sorted") == one.record


async def set_root(network: SmallNetwork, log_size: int, root: bytes, count: int = 1) -> int:
    """The portal has a root logged."""
    answer = await network.say(
        "portal",
        LedgerRoot,
        log_size=log_size,
        root=hashlib.sha256(root).digest(),
        exchange_entries=count,
    )
    return int(answer.log_size)


async def test_one_root_per_log_size(network: SmallNetwork) -> None:
    """The same root twice is one entry; another root or count for the size is refused."""
    await network.integrate()
    assert await set_root(network, 1, b"one") == 1
    assert await set_root(network, 1, b"one") == 1
    for root, count in ((b"two", 1), (b"one", 2)):
        with pytest.raises(WireError, match="tx-conflict"):
            await set_root(network, 1, root, count)
    with pytest.raises(WireError, match="malformed"):
        await set_root(network, 2, b"one")
    assert await network.integrate() == 1
