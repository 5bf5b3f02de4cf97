"""Envelopes that are not right: refused with their own code, and nobody writes anything.

Every test here runs under `nothing_written`: the contents of every table of every party are the
same before and after.
"""

import asyncio
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from renkei.crypto import jws
from renkei.kit.certificates import create_authority, create_leaf
from renkei.kit.http_client import HttpClient, PeerUnreachable
from renkei.kit.tls import client_context
from renkei.wire import framing
from renkei.wire.institution.messages import Presentation, Received, ReceivedAnswer
from renkei.wire.linkage.directory import DirectoryRequest
from renkei.wire.linkage.permit import PermitRequest, Receipts
from renkei.wire.table import KIND_OF

A, B, OTHER, J_LIS = "chofu-city", "ichikawa-city", "pension-service", "individual-number"
pytestmark = pytest.mark.usefixtures("nothing_written")


# -- certificate, kid and sender ------------------------------------------------------------------

COMBINATIONS = [
    (cert, kid, sender)
    for cert in (A, OTHER)
    for kid in (A, OTHER)
    for sender in (A, OTHER)
    if len({cert, kid, sender}) > 1
]


@pytest.mark.parametrize(("cert", "kid", "sender"), COMBINATIONS)
async def test_certificate_kid_and_sender_are_one_party(
    by_hand: Any, other_by_hand: Any, country: Any, cert: str, kid: str, sender: str, unsigned: Any
) -> None:
    """Each way in which one of the three names another party is `sender-mismatch`."""
    hands = {A: by_hand, OTHER: other_by_hand}
    request = msgspec.structs.replace(hands[sender].request(), sender=sender)
    raw = framing.write(
        request, f"{kid}:sign:1", lambda data: hands[kid].party.keys.sign("sign", data)
    )
    unsigned(await country.post(cert, "linkage", "/permit", raw), 403, "sender-mismatch")


@pytest.mark.parametrize(
    ("kid", "status", "code"),
    [
        ("pension-service:sign:1", 401, "signature"),
        ("linkage:sign:1", 401, "signature"),
        ("linkage:permit:1", 401, "signature"),
        ("chofu-city:sign:2", 403, "unknown-party"),
        ("chofu-city:permit:1", 403, "unknown-party"),
        ("chofu-city-desk:sign:1", 403, "unknown-party"),
        ("nobody:sign:1", 403, "unknown-party"),
        ("x", 403, "unknown-party"),
    ],
)
async def test_a_kid_is_worth_nothing_without_its_key(
    by_hand: Any, forge: Any, kid: str, status: int, code: str, unsigned: Any
) -> None:
    """A message under a foreign, future or invented key id, signed with A's own key, is refused."""
    raw = forge(by_hand.party, kid, by_hand.request())
    unsigned(await by_hand.ask(raw), status, code)


@pytest.mark.parametrize("home", ["portal", "oversight", "chofu-city/desk", "individual-number"])
async def test_a_certificate_speaks_for_its_own_party(
    by_hand: Any, country: Any, home: str, unsigned: Any, post_from: Any
) -> None:
    """A's signed request over the connection of another party, or of its own desk, is refused."""
    raw = by_hand.party.write(by_hand.request())
    answer = await post_from(home, ("linkage", "/permit"), raw)
    code = "unknown-party" if home.endswith("desk") else "sender-mismatch"
    unsigned(answer, 403, code)


async def test_a_client_certificate_of_another_authority(
    by_hand: Any, country: Any, tmp_path: Any
) -> None:
    """A certificate with A's name from a foreign authority gets no connection at all."""
    now = country.country.manifest.built_at
    foreign = create_authority(tmp_path, "renkei sandbox ca", now=now)
    leaf = create_leaf(foreign, tmp_path, f"{A}.renkei.test", now=now)
    authority = country.folder / "authority" / "ca.crt"
    async with HttpClient(client_context(leaf.certificate, leaf.key, authority)) as http:
        with pytest.raises(PeerUnreachable):
            await http.post(
                country.peer("linkage"),
                "/permit",
                by_hand.party.write(by_hand.request()),
                deadline_seconds=10,
                max_answer_bytes=1000,
            )


async def test_no_client_certificate(by_hand: Any, country: Any) -> None:
    """Without a client certificate nothing is read."""
    reply = await raw_http(country, "linkage", b"POST /permit HTTP/1.1\r\n\r\n", certified=False)
    assert reply == b""


# -- form -----------------------------------------------------------------------------------------


def resigned(hand: Any, payload: bytes, *, typ: str, kid: str = "chofu-city:sign:1") -> bytes:
    """Any payload, well signed."""
    signing_input = jws.frame(kid, typ, payload)
    return jws.assemble(signing_input, hand.party.keys.sign("sign", signing_input))


def b64(data: bytes) -> bytes:
    """Base64url without padding."""
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=")


async def test_an_unsigned_read(by_hand: Any, unsigned: Any) -> None:
    """Plain JSON, nothing, `alg` none, a MAC, or a header with more in it: `malformed`."""
    payload = msgspec.json.encode(by_hand.request())
    typ = "renkei.permit-request.v1"
    signed = by_hand.party.write(by_hand.request())
    headers = [
        {"alg": "none", "kid": "chofu-city:sign:1", "typ": typ},
        {"alg": "HS256", "kid": "chofu-city:sign:1", "typ": typ},
        {"alg": "ES256", "kid": "chofu-city:sign:1", "typ": typ, "crit": ["exp"]},
        {"alg": "ES256", "kid": "chofu-city:sign:1", "typ": typ, "jwk": {"kty": "EC"}},
    ]
    bodies = [b"", b"{}", payload, b64(payload), b"..", signed + b".x", signed.replace(b".", b"..")]
    for header in headers:
        head = b64(json.dumps(header, separators=(",", ":")).encode())
        bodies += [
            head + b"." + b64(payload) + b".",
            head + b"." + b64(payload) + b"." + b64(b"x" * 64),
        ]
    for body in bodies:
        unsigned(await by_hand.ask(body), 400, "malformed")


@pytest.mark.parametrize(
    ("receiver", "path", "message"),
    [
        ("linkage", "/directory", {"have_version": 0}),
        ("linkage", "/acquisition/collect/batch", {"numbers": ["A" * 22]}),
        (B, "/received", {"answers": [{"tx": "x", "answer_digest": "x"}]}),
        (A, "/desk/case", {"case_number": "1", "wait_seconds": 0}),
    ],
)
async def test_no_read_without_signature(
    by_hand: Any, receiver: str, path: str, message: dict[str, Any], unsigned: Any
) -> None:
    """Reads and polls are messages too: the plain question is `malformed`."""
    body = json.dumps({**message, "sender": A, "aud": receiver}).encode()
    unsigned(await by_hand.send(receiver, path, body), 400, "malformed")


async def test_an_unknown_field(by_hand: Any, unsigned: Any) -> None:
    """A field the version does not have, on any level, is `malformed`; so is a missing one."""
    whole = by_hand.party.write(by_hand.request())
    boxes = whole[whole.index(b"~") :]
    good = json.loads(jws.parse(framing.stripped(whole), len(whole)).payload)
    typ = "renkei.permit-request.v2"
    variants = [
        {**good, "note": "x"},
        {**good, "code": {"sender_period": 1, "receiver_period": 1, "data": "x"}},
        {key: value for key, value in good.items() if key != "commitment"},
        {**good, "epoch": "1"},
        {**good, "epoch": 1.5},
        {**good, "epoch": 10**30},
        {**good, "items": []},
        {**good, "items": ["municipal-tax"] * 21},
        {**good, "at": "2026-07-01T00:00:00"},
        {**good, "commitment": good["commitment"][:-4]},
        [good],
    ]
    for variant in variants:
        raw = resigned(by_hand, json.dumps(variant).encode(), typ=typ) + boxes
        unsigned(await by_hand.ask(raw), 400, "malformed")
    for payload in (b"[" * 6000, b'{"a":' * 2000, b"\xff\xfe", b'{"sender":"\\ud800"}', b"null"):
        raw = resigned(by_hand, payload, typ=typ) + boxes
        unsigned(await by_hand.ask(raw), 400, "malformed")


async def test_another_type_or_version(by_hand: Any, unsigned: Any) -> None:
    """A known message at another address, or an unknown version, is `unknown-message`."""
    payload = msgspec.json.encode(by_hand.request())
    earlier = "renkei.permit-request.v1"
    for typ in (
        earlier,
        "renkei.permit-request.v3",
        "renkei.permit.v2",
        "JWT",
        "renkei.receipts.v1",
    ):
        unsigned(await by_hand.ask(resigned(by_hand, payload, typ=typ)), 404, "unknown-message")
    unsigned(await by_hand.send(B, "/provide", by_hand.request()), 404, "unknown-message")


async def test_another_addressee(by_hand: Any, unsigned: Any) -> None:
    """A message addressed to somebody else is `not-addressed`, at the network and at B."""
    unsigned(await by_hand.ask(by_hand.request(aud=B)), 403, "not-addressed")
    party = by_hand.party
    answers = [ReceivedAnswer(tx=by_hand.tx(), answer_digest=bytes(32))]
    message = Received(**party.envelope(OTHER), answers=answers)
    unsigned(await by_hand.send(B, "/received", message), 403, "not-addressed")


@pytest.mark.parametrize("seconds", [-301, 301, -86_400 * 365, 86_400 * 365 * 70])
async def test_a_message_of_another_time(by_hand: Any, seconds: int, unsigned: Any) -> None:
    """A read signed more than 300 seconds from now, either way, is `stale`."""
    party = by_hand.party
    at = party.now() + timedelta(seconds=seconds)
    message = DirectoryRequest(sender=A, aud="linkage", at=at, have_version=0)
    unsigned(await by_hand.send("linkage", "/directory", message), 409, "stale")
    presentation = Presentation(sender=A, aud=B, at=at, permit="x" * 16)
    unsigned(await by_hand.send(B, "/provide", presentation), 409, "stale")


# -- HTTP -----------------------------------------------------------------------------------------


async def raw_http(country: Any, receiver: str, data: bytes, *, certified: bool = True) -> bytes:
    """Bytes over A's TLS connection, and whatever comes back; empty where the door is shut."""
    import ssl

    tls = country.country.config(A).tls
    context = client_context(tls.certificate, tls.key, tls.authority)
    if not certified:
        context = ssl.create_default_context(cafile=str(tls.authority))
    peer = country.peer(receiver)
    reader, writer = await asyncio.open_connection(
        peer.host, peer.port, ssl=context, server_hostname=peer.dns_name
    )
    try:
        writer.write(data)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 15)
    except (ConnectionError, ssl.SSLError):
        return b""
    finally:
        writer.close()


def http(path: str, body: bytes, *, method: str = "POST", headers: str = "") -> bytes:
    """One HTTP request by hand; the content type is part of `headers`."""
    head = f"{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


JOSE = "content-type: application/jose\r\n"


async def test_the_outside_of_a_message(by_hand: Any, country: Any) -> None:
    """A valid message in the wrong wrapping, by another method or at no address, is refused."""
    raw = by_hand.party.write(by_hand.request())
    tries = [
        (http("/permit", raw), 415, "media-type"),
        (http("/permit", raw, headers="content-type: application/json\r\n"), 415, "media-type"),
        (http("/permit", raw, headers=JOSE + "content-encoding: gzip\r\n"), 415, "media-type"),
        (http("/permit", raw, headers=JOSE, method="GET"), 405, "method-not-allowed"),
        (http("/permit", raw, headers=JOSE, method="PUT"), 405, "method-not-allowed"),
        (http("/nothing", raw, headers=JOSE), 404, "not-found"),
        (http("/permit/", b"", headers=JOSE), 404, "not-found"),
        (http("/permit", b"", headers=JOSE), 400, "malformed"),
        (http("/permit", raw + b"A" * 20_000, headers=JOSE), 413, "too-large"),
    ]
    for data, status, code in tries:
        reply = await raw_http(country, "linkage", data)
        head, _, body = reply.partition(b"\r\n\r\n")
        assert head.split(b" ")[1] == str(status).encode(), (data[:60], reply)
        assert json.loads(body)["error"] == code


@pytest.mark.parametrize("path", ["/permit", "/directory", "/receipts"])
async def test_an_oversized_body(by_hand: Any, path: str, unsigned: Any) -> None:
    """A body past the limit of its address is `too-large`, whatever it holds."""
    struct = {"/permit": PermitRequest, "/directory": DirectoryRequest, "/receipts": Receipts}[path]
    limit = KIND_OF[struct].max_bytes
    unsigned(await by_hand.send("linkage", path, b"A" * (limit + 1)), 413, "too-large")
    at_limit = await by_hand.send("linkage", path, b"A" * limit)
    unsigned(at_limit, 400, "malformed")


async def test_an_endless_body(by_hand: Any, country: Any) -> None:
    """A chunked body is cut at the same limit, though it never says how long it is."""
    chunk = b"4000\r\n" + b"A" * 0x4000 + b"\r\n"
    head = f"POST /permit HTTP/1.1\r\nhost: x\r\n{JOSE}transfer-encoding: chunked\r\n\r\n".encode()
    reply = await raw_http(country, "linkage", head + chunk * 3)
    assert b" 413 " in reply.split(b"\r\n")[0]
