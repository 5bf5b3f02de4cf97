"""Who may talk to whom: one authority, TLS 1.3, both sides checked."""

from __future__ import annotations

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.kit.conftest import CLIENT_NAME, SERVER_NAME, Country, raw, running

from renkei.kit.certificates import create_authority, create_leaf, dns_names, own_names
from renkei.kit.config import ConfigError
from renkei.kit.http_client import Answer, HttpClient, Peer, PeerUnreachable, PeerUntrusted
from renkei.kit.http_server import Incoming, Outgoing, Route, build_app
from renkei.kit.tls import client_context, server_context


class Door:
    """A server whose handler counts how often anyone got in."""

    def __init__(self) -> None:
        self.entered = 0
        self.app = build_app([Route("/v1/ask", self.enter, 10)])

    async def enter(self, _incoming: Incoming) -> Outgoing:
        self.entered += 1
        return Outgoing(200, b"in")


async def knock(peer: Peer, context: ssl.SSLContext) -> Answer:
    async with HttpClient(context) as client:
        return await client.post(peer, "/v1/ask", b"x", deadline_seconds=5, max_answer_bytes=1000)


@pytest.fixture
def door() -> Door:
    return Door()


async def test_the_country_is_let_in(country: Country, door: Door) -> None:
    """Both certificates from the one authority: the message arrives (the control of this file)."""
    async with running(door.app, country.server_context()) as peer:
        assert (await knock(peer, country.client_context())).body == b"in"
    assert door.entered == 1


@pytest.fixture(params=[False, True], ids=["plain", "system-trusts-it"])
def system_trust(
    request: pytest.FixtureRequest, abroad: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The foreign authority, once unknown to the system and once in its trust store."""
    if request.param:
        monkeypatch.setenv("SSL_CERT_FILE", str(abroad.authority.certificate))
        trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
        pem = abroad.authority.certificate.read_bytes()
        assert x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER) in trusted


@pytest.mark.usefixtures("system_trust")
async def test_a_foreign_server_is_refused(country: Country, abroad: Country, door: Door) -> None:
    """A server certified by another authority, which admits us, gets no message from us."""
    files = abroad.server
    context = server_context(files.certificate, files.key, country.authority.certificate)
    async with running(door.app, context) as peer:
        with pytest.raises(PeerUntrusted):
            await knock(peer, country.client_context())
    assert door.entered == 0


@pytest.mark.usefixtures("system_trust")
async def test_a_foreign_client_is_refused(country: Country, abroad: Country, door: Door) -> None:
    """A client certified by another authority, which trusts us, does not get in."""
    files = abroad.client
    context = client_context(files.certificate, files.key, country.authority.certificate)
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, context)
    assert door.entered == 0


async def test_another_name_is_refused(country: Country, door: Door) -> None:
    """A server of our authority but of another name than asked for is refused."""
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUntrusted):
            await knock(Peer(CLIENT_NAME, peer.host, peer.port), country.client_context())
        with pytest.raises(PeerUntrusted):
            await knock(Peer("127.0.0.1", peer.host, peer.port), country.client_context())
    assert door.entered == 0


async def test_an_open_connection_is_not_reused_for_another_name(
    country: Country, door: Door
) -> None:
    """A connection kept open to one name is not used for another name at the same address."""
    async with (
        running(door.app, country.server_context()) as peer,
        HttpClient(country.client_context()) as client,
    ):
        bounds = {"deadline_seconds": 5, "max_answer_bytes": 1000}
        await client.post(peer, "/v1/ask", b"x", **bounds)
        other = Peer(CLIENT_NAME, peer.host, peer.port)
        with pytest.raises(PeerUntrusted):
            await client.post(other, "/v1/ask", b"x", **bounds)
    assert door.entered == 1


async def test_a_client_without_certificate_is_refused(country: Country, door: Door) -> None:
    """Without a certificate nobody gets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(country.authority.certificate)
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, context)
    assert door.entered == 0


async def test_tls_1_2_is_refused_by_the_server(country: Country, door: Door) -> None:
    """A client that speaks TLS 1.2 at most does not get in."""
    context = country.client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, context)
    assert door.entered == 0


async def test_tls_1_2_is_refused_by_the_client(country: Country, door: Door) -> None:
    """A server that speaks TLS 1.2 at most gets no message from us."""
    context = country.server_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with running(door.app, context) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, country.client_context())
    assert door.entered == 0


@pytest.mark.parametrize(("days", "words"), [(-200, "has run out"), (2, "is not yet valid")])
async def test_certificates_out_of_date_are_refused(
    country: Country, door: Door, tmp_path: Path, days: int, words: str
) -> None:
    """A certificate that has run out, or is not valid yet, is refused on both sides, with why."""
    now = datetime.now(UTC) + timedelta(days=days)
    authority = country.authority
    server = create_leaf(authority, tmp_path, SERVER_NAME, now=now)
    client = create_leaf(authority, tmp_path, CLIENT_NAME, now=now)
    ca = authority.certificate
    async with running(door.app, server_context(server.certificate, server.key, ca)) as peer:
        with pytest.raises(PeerUntrusted) as caught:
            await knock(peer, country.client_context())
        assert caught.value.reason.startswith(f"its certificate {words}")
        assert "set the clock that is wrong" in caught.value.reason
        assert f"this machine's clock shows {datetime.now(UTC):%Y-%m-%d %H:}" in caught.value.reason
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, client_context(client.certificate, client.key, ca))
    assert door.entered == 0


async def test_a_leaf_cannot_certify(country: Country, door: Door, tmp_path: Path) -> None:
    """A certificate issued by a leaf, with the leaf sent along, is refused."""
    forged = create_leaf(country.client, tmp_path, "forged.renkei.test", now=datetime.now(UTC))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(forged.certificate.read_bytes() + country.client.certificate.read_bytes())
    context = client_context(chain, forged.key, country.authority.certificate)
    async with running(door.app, country.server_context()) as peer:
        with pytest.raises(PeerUnreachable):
            await knock(peer, context)
    assert door.entered == 0


async def test_plain_http_is_refused(country: Country, door: Door) -> None:
    """Bytes without TLS get no HTTP answer."""
    async with running(door.app, country.server_context()) as peer:
        reader, writer = await asyncio.open_connection(peer.host, peer.port)
        writer.write(b"POST /v1/ask HTTP/1.1\r\nHost: a\r\n\r\n")
        try:
            received = await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            received = b""
        writer.close()
    assert b"HTTP" not in received
    assert door.entered == 0


async def test_the_negotiated_version_is_1_3(country: Country, door: Door) -> None:
    """What is spoken between ours is TLS 1.3."""
    versions: list[str | None] = []
    context = country.server_context()
    context.sni_callback = lambda connection, *_rest: versions.append(connection)  # type: ignore[func-returns-value]
    async with running(door.app, context) as peer:
        await raw(peer, country.client_context(), b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert versions[0].version() == "TLSv1.3"


def test_certificates_carry_one_name_and_both_uses(country: Country) -> None:
    """A leaf has its DNS name, client and server use, no authority; keys are mode 0600."""
    certificate = x509.load_pem_x509_certificate(country.server.certificate.read_bytes())
    assert dns_names(certificate.public_bytes(Encoding.DER)) == (SERVER_NAME,)
    uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(uses) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < timedelta(days=91)
    for files in (country.authority, country.server, country.client):
        assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    authority = x509.load_pem_x509_certificate(country.authority.certificate.read_bytes())
    assert dns_names(authority.public_bytes(Encoding.DER)) == ()


def test_certificates_are_never_overwritten(tmp_path: Path) -> None:
    """Making an authority twice fails: a second one would orphan every certificate."""
    create_authority(tmp_path, "a", now=datetime.now(UTC))
    with pytest.raises(FileExistsError):
        create_authority(tmp_path, "a", now=datetime.now(UTC))


@pytest.mark.parametrize("name", ["", "UPPER.test", "*.test", "a b", "../x", "a" * 64, "a..b"])
def test_bad_names_are_refused(country: Country, tmp_path: Path, name: str) -> None:
    """What is not a plain lower-case DNS name gets no certificate."""
    with pytest.raises(ValueError, match="DNS name"):
        create_leaf(country.authority, tmp_path, name, now=datetime.now(UTC))


def test_a_chain_or_words_around_a_certificate_do_not_hide_its_name(
    country: Country, tmp_path: Path
) -> None:
    """The first certificate of a file counts; a file without one is named."""
    leaf = country.server.certificate.read_bytes()
    file = tmp_path / "chain.crt"
    for text in (
        leaf,
        leaf + country.authority.certificate.read_bytes(),
        b"Issued for tests\n" + leaf,
    ):
        file.write_bytes(text)
        assert own_names(file) == (SERVER_NAME,)
    file.write_bytes(b"nothing")
    with pytest.raises(ConfigError, match=r"chain\.crt"):
        own_names(file)
