"""The log's public face over HTTP, and the network's messages through its doors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from running import RunningCountry, problem_code

from renkei.crypto import merkle, tiles
from renkei.crypto.checkpoint import cosign, parse_checkpoint, verify_cosignature
from renkei.crypto.merkle import leaf_hash
from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.kit.certificates import CertificateFiles, create_leaf
from renkei.kit.clock import SystemClock
from renkei.kit.http_client import HttpClient
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.kit.tls import client_context
from renkei.run.directory import load
from renkei.wire.fields import Message
from renkei.wire.linkage.log import Cosignature, Feed, FeedAcknowledge, FeedRequest
from renkei.wire.table import call_for

ORIGIN = "renkei.test/log"
BOUNDS = {"deadline_seconds": 10, "max_answer_bytes": 100_000}
CITY = "chofu-city"


def log_key(country: RunningCountry) -> NoteKey:
    """What verifies the running log's checkpoints."""
    return NoteKey(ORIGIN, country.country.keys("linkage").public("checkpoint"))


def tls_of(country: RunningCountry, name: str) -> Any:
    """The TLS context of a party that has a certificate but no process of its own."""
    files = country.country.home(name) / "tls"
    authority = country.country.folder / "authority" / "ca.crt"
    dns = f"{name}.renkei.test"
    return client_context(files / f"{dns}.crt", files / f"{dns}.key", authority)


@asynccontextmanager
async def getting(country: RunningCountry) -> AsyncIterator[Any]:
    """Fetches public files as a city does; gives status, headers and body."""
    connector = aiohttp.TCPConnector(ssl=tls_of(country, CITY))
    async with aiohttp.ClientSession(connector=connector) as session:
        port = country.country.manifest.ports["linkage"]

        async def get(path: str, method: str = "GET", **rest: Any) -> tuple[int, Any, bytes]:
            url = f"https://127.0.0.1:{port}{path}"
            names = {"server_hostname": "linkage.renkei.test"}
            async with session.request(method, url, **names, **rest) as answer:
                return answer.status, answer.headers, await answer.read()

        yield get


async def checkpoint(get: Any) -> bytes:
    """The newest checkpoint; a country that was just started signs its first within a second."""
    for _ in range(40):
        status, headers, body = await get("/log/checkpoint")
        if status == 200:
            assert headers["cache-control"] == "no-store"
            assert headers["content-type"] == "text/plain; charset=utf-8"
            return bytes(body)
        await asyncio.sleep(0.1)
    raise AssertionError("no checkpoint")


async def test_a_reader_of_the_formats_can_check_the_log(country: RunningCountry) -> None:
    """Checkpoint, tile and bundle by plain GET hang together; tiles and bundles are immutable."""
    async with getting(country) as get:
        head = parse_checkpoint(await checkpoint(get), log_key(country))[0].head
        assert 1 <= head.size < 256
        width = f".p/{head.size}"
        held = {}
        for name in (f"tile/0/000{width}", f"tile/entries/000{width}"):
            status, headers, held[name] = await get(f"/log/{name}")
            assert status == 200
            assert "immutable" in headers["cache-control"]
            assert len(headers.getall("cache-control")) == 1
    entries = tiles.decode_bundle(held[f"tile/entries/000{width}"], head.size)
    assert all(len(entry) == 33 for entry in entries)
    assert held[f"tile/0/000{width}"] == b"".join(map(leaf_hash, entries))
    assert merkle.root(map(leaf_hash, entries)) == head.root


async def test_what_is_not_there(country: RunningCountry) -> None:
    """Other paths are 404, other methods 405 with what is allowed, a body is refused."""
    async with getting(country) as get:
        await checkpoint(get)
        for path in ("/log/tile/0/001", "/log/nothing", "/log/tile/0/../0/000", "/log/", "/logs"):
            assert (await get(path))[0] == 404, path
        status, headers, _ = await get("/log/checkpoint", "POST", data=b"x")
        assert (status, headers["allow"]) == (405, "GET")
        assert (await get("/log/checkpoint", data=b"x"))[0] == 413
        status, headers, _ = await get("/ledger-root")
        assert (status, headers["allow"]) == (405, "POST")


async def test_strangers_see_nothing(country: RunningCountry) -> None:
    """A certificate of the network's own authority for a party the directory lacks is refused."""
    folder = country.country.folder / "authority"
    authority = CertificateFiles(folder / "ca.crt", folder / "ca.key")
    leaf = create_leaf(
        authority, country.folder.parent / "stranger", "stranger.renkei.test", now=datetime.now(UTC)
    )
    context = client_context(leaf.certificate, leaf.key, authority.certificate)
    async with HttpClient(context) as http:
        answer = await http.get(country.peer("linkage"), "/log/checkpoint", **BOUNDS)
    assert answer.status == 403
    assert problem_code(answer) == "unknown-party"


async def say(country: RunningCountry, name: str, kind: type[Message], **facts: Any) -> Any:
    """Send a message as a party whose role has no process here yet; gives the verified answer."""
    built = country.country
    party = Party(
        name,
        built.keys(name),
        SystemClock(built.manifest.clock_offset_seconds),
        system_randomness,
        roots=built.roots(),
    )
    assert load(built.config(CITY).directory, party)
    call = call_for(kind)
    raw = party.write(kind(**party.envelope("linkage"), **facts))
    async with HttpClient(tls_of(country, name)) as http:
        answer = await http.post(country.peer("linkage"), call.path, raw, **BOUNDS)
    assert answer.status == 200, answer.body
    return party.read(answer.body, call.answers, peer="linkage").message


async def test_a_cosignature_through_the_door(country: RunningCountry) -> None:
    """The Commission's cosignature, signed and sent over TLS, is published with its checkpoint."""
    keys = country.country.keys("oversight")
    witness = NoteKey("renkei.test/witness", keys.public("witness"), COSIGNATURE_V1)
    async with getting(country) as get:
        first, note = parse_checkpoint(await checkpoint(get), log_key(country))
        time = int(country.country.now().timestamp())
        line = cosign(note, witness, time, lambda data: keys.sign_note("witness", data))
        facts = {"log_size": first.head.size, "root": first.head.root}
        await say(country, "oversight", Cosignature, **facts, line=line.text.rstrip("\n"))
        status, _, body = await get("/log/cosigned")
    assert status == 200
    published, cosigned = parse_checkpoint(body, log_key(country))
    assert published.head.size >= first.head.size
    assert verify_cosignature(cosigned, witness) >= time


async def test_the_portal_reads_and_acknowledges(country: RunningCountry) -> None:
    """The portal's messages pass the doors; a log without exchanges has no lines for it."""
    feed = await say(country, "portal", FeedRequest, after=0, limit=5)
    assert isinstance(feed, Feed)
    lines = [line.leaf for line in feed.lines]
    assert lines == sorted(lines)
    noted = await say(country, "portal", FeedAcknowledge, through=0, statement=None)
    assert noted.through == 0


async def test_the_feed_is_for_the_portal(country: RunningCountry) -> None:
    """A city that asks for the feed, over its own valid TLS and signature, is refused."""
    city = country.party(CITY)
    raw = city.write(FeedRequest(**city.envelope("linkage"), after=0, limit=1))
    answer = await country.post(CITY, "linkage", call_for(FeedRequest).path, raw)
    assert (answer.status, problem_code(answer)) == (403, "not-allowed")
