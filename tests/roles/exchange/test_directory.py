"""Directories that are not signed twice, and servers that are not the network: all refused."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lines import ByName

from renkei.crypto import jws
from renkei.kit.certificates import create_authority, create_leaf
from renkei.kit.database import connect
from renkei.kit.key_files import create_signing_key
from renkei.roles.linkage.service.directory import publish
from renkei.run.assembly import party_of
from renkei.run.directory import DirectoryKeeper, load, save
from renkei.sandbox.country import quiet_keys
from renkei.wire import framing
from renkei.wire.directory import Directory
from renkei.wire.errors import WireError
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryAnswer,
    DirectoryCountersignature,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.names import EVERYONE

A = "chofu-city"


class Publisher:
    """The network's and the Commission's real keys, and one key of nobody."""

    def __init__(self, country: Any, folder: Path) -> None:
        self.country = country
        built = country.country
        create_signing_key(folder, "sign")
        self.foreign = quiet_keys(folder)
        self.network, self.commission = built.keys("linkage"), built.keys("oversight")
        self.now = built.now()
        self.current = country.party(A).directory
        self.roots = built.roots()

    def version(self, **changes: Any) -> DirectoryVersion:
        """The next version: the country's own entries, changed where a test says so."""
        facts: dict[str, Any] = {
            "sender": "linkage",
            "aud": EVERYONE,
            "at": self.now,
            "version": self.current.version + 1,
            "expires_at": self.now + timedelta(days=30),
            "entries": list(self.current.entries.values()),
        }
        return DirectoryVersion(**{**facts, **changes})

    def signed(self, message: DirectoryVersion, keys: Any = None, use: str = "directory") -> bytes:
        """The version under the network's key id."""
        keys = keys or self.network
        return framing.write(message, "linkage:directory:1", lambda data: keys.sign(use, data))

    def countersigned(self, signed: bytes, keys: Any = None, **changes: Any) -> bytes:
        """The Commission's statement about signed bytes."""
        keys = keys or self.commission
        facts: dict[str, Any] = {
            "sender": "oversight",
            "aud": EVERYONE,
            "at": self.now,
            "version": self.current.version + 1,
            "digest": jws.digest_of(signed),
        }
        statement = DirectoryCountersignature(**{**facts, **changes})
        return framing.write(statement, "oversight:sign:1", lambda data: keys.sign("sign", data))


@pytest.fixture
def publisher(country: Any, tmp_path: Path) -> Publisher:
    """Whoever signs directories here."""
    return Publisher(country, tmp_path / "foreign")


def bad_pairs(by: Publisher) -> dict[str, tuple[bytes, bytes]]:
    """Version and countersignature, wrong in one way each."""
    good = by.signed(by.version())
    other = by.signed(by.version(expires_at=by.now + timedelta(days=29)))
    return {
        "network alone": (good, good),
        "countersigned by the network": (good, by.countersigned(good, by.network)),
        "countersigned by nobody": (good, by.countersigned(good, by.foreign)),
        "signed by nobody": (
            by.signed(by.version(), by.foreign, "sign"),
            by.countersigned(by.signed(by.version(), by.foreign, "sign")),
        ),
        "signed by the network's permit key": (
            by.signed(by.version(), use="permit"),
            by.countersigned(by.signed(by.version(), use="permit")),
        ),
        "countersignature of other contents": (good, by.countersigned(other)),
        "countersignature of another version": (good, by.countersigned(good, version=77)),
        "countersignature in another name": (good, by.countersigned(good, sender="linkage")),
        "addressed to one party": (
            by.signed(by.version(aud=A)),
            by.countersigned(by.signed(by.version(aud=A))),
        ),
        "no countersignature": (good, b"x" * 20),
    }


BAD = [
    "network alone",
    "countersigned by the network",
    "countersigned by nobody",
    "signed by nobody",
    "signed by the network's permit key",
    "countersignature of other contents",
    "countersignature of another version",
    "countersignature in another name",
    "addressed to one party",
    "no countersignature",
]


def test_every_bad_pair_is_tried(publisher: Publisher) -> None:
    """The list of names is the list of pairs, and the good pair is taken."""
    assert list(bad_pairs(publisher)) == BAD
    good = publisher.signed(publisher.version())
    taken = Directory.verify(good.decode(), publisher.countersigned(good).decode(), publisher.roots)
    assert taken.version == publisher.current.version + 1


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", BAD)
async def test_a_directory_without_both_signatures_is_refused(
    country: Any, publisher: Publisher, tmp_path: Path, name: str
) -> None:
    """Kept in a file, published, or served by the network itself: never adopted, never kept."""
    version, countersignature = (part.decode() for part in bad_pairs(publisher)[name])
    config = country.country.config(A)

    kept = tmp_path / "kept.json"
    save(kept, version, countersignature)
    party = party_of(config)
    assert load(kept, party) is False
    assert party.directory_version == 0

    with (
        connect(country.country.database("linkage")) as connection,
        pytest.raises(WireError) as published,
    ):
        publish(connection, version, countersignature, publisher.roots, bytes(32))
    assert published.value.code in ("signature", "malformed", "unknown-message", "too-large")
    assert published.value.article is None

    serving = country.party("linkage")

    class LyingNetwork(ByName):
        """The real network's keys, handing out a directory of its own."""

        async def directory(self, _letter: bytes) -> bytes:
            return serving.write(
                DirectoryAnswer(
                    **serving.envelope(A), version=version, countersignature=countersignature
                )
            )

    fetched = tmp_path / "fetched.json"
    keeper = DirectoryKeeper(party, LyingNetwork(), fetched)
    with pytest.raises(WireError) as served:
        await keeper.refresh()
    assert served.value.code in ("signature", "malformed", "unknown-message", "too-large")
    assert party.directory_version == 0
    assert not fetched.exists()


def foreign_keys(by: Publisher) -> dict[str, Any]:
    """The entry of A with a key that is not A's, in each place one can stand."""
    entry = by.current.entries[A]
    foreign = by.foreign.public("sign")
    agreement = entry.agreement_keys[0]
    own = entry.signing_keys[0]
    later = AgreementKey(
        period=2,
        public=b"\x09" + bytes(31),
        not_before=agreement.not_before,
        not_after=agreement.not_after,
    )
    replace = msgspec.structs.replace
    return {
        "its signing key": replace(entry, signing_keys=[SigningKey(kid=own.kid, public=foreign)]),
        "one more signing key": replace(
            entry, signing_keys=[own, SigningKey(kid=f"{A}:sign:2", public=foreign)]
        ),
        "a signing key of another use": replace(
            entry, signing_keys=[own, SigningKey(kid=f"{A}:permit:1", public=foreign)]
        ),
        "its agreement key": replace(
            entry, agreement_keys=[replace(agreement, public=later.public)]
        ),
        "one more agreement key": replace(entry, agreement_keys=[agreement, later]),
        "no signing key of its own": replace(
            entry, signing_keys=[SigningKey(kid=f"{A}:sign:2", public=foreign)]
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "its signing key",
        "one more signing key",
        "a signing key of another use",
        "its agreement key",
        "one more agreement key",
        "no signing key of its own",
    ],
)
def test_a_foreign_key_in_ones_own_entry_is_noticed(
    country: Any, publisher: Publisher, name: str
) -> None:
    """Even with both signatures: nobody adopts a directory that speaks in its name."""
    entries = {**publisher.current.entries, A: foreign_keys(publisher)[name]}
    signed = publisher.signed(publisher.version(entries=list(entries.values())))
    party = party_of(country.country.config(A))
    with pytest.raises(WireError) as refused:
        party.adopt(signed.decode(), publisher.countersigned(signed).decode())
    assert (refused.value.code, refused.value.article) == ("signature", None)
    assert party.directory_version == 0


def test_a_directory_that_ran_out_is_refused(country: Any, publisher: Publisher) -> None:
    """Both signatures do not help a version past its expiry."""
    signed = publisher.signed(publisher.version(expires_at=publisher.now))
    party = party_of(country.country.config(A))
    with pytest.raises(WireError) as refused:
        party.adopt(signed.decode(), publisher.countersigned(signed).decode())
    assert (refused.value.code, refused.value.article) == ("directory-expired", None)


def test_an_older_directory_replaces_none(country: Any, publisher: Publisher) -> None:
    """A version that is not newer is not adopted, however well signed."""
    party = country.party(A)
    held = party.directory
    entries = [msgspec.structs.replace(entry, epoch=9) for entry in held.entries.values()]
    signed = publisher.signed(publisher.version(version=held.version, entries=entries))
    counter = publisher.countersigned(signed, version=held.version)
    assert party.adopt(signed.decode(), counter.decode()) is False
    assert party.directory.entries[A].epoch == 1


# -- a server that is not the network -------------------------------------------------------------

INSTITUTION = """
import asyncio, ssl, sys, urllib.request
from pathlib import Path
from renkei.clients.caller import Caller
from renkei.kit.counterparty import Counterparty
from renkei.kit.tls import client_context
from renkei.kit.http_client import HttpClient, Peer
from renkei.run.assembly import party_of
from renkei.run.config import read
from renkei.run.directory import load
from renkei.wire.errors import WireError
from renkei.wire.linkage.calls import DIRECTORY
from renkei.wire.linkage.directory import DirectoryRequest

async def main(config_path, port):
    context = ssl.create_default_context()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="linkage.renkei.test"
    )
    print("the system trusts it")
    writer.close()
    config = read(Path(config_path))
    party = party_of(config)
    assert load(config.directory, party)
    tls = config.tls
    context = client_context(tls.certificate, tls.key, tls.authority)
    peer = Peer("linkage.renkei.test", "127.0.0.1", port)
    async with HttpClient(context) as http:
        client = Counterparty(party, "linkage", Caller(party, http, "linkage", lambda: peer))
        message = DirectoryRequest(**party.envelope("linkage"), have_version=0)
        try:
            await client.ask(DIRECTORY, message)
            print("ANSWERED")
        except WireError as error:
            print(error.code, type(error.__cause__).__name__, error.article)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_a_server_of_an_authority_the_system_trusts(country: Any, tmp_path: Path) -> None:
    """A certificate for the network's name from an authority the system trusts is refused."""
    import asyncio
    import ssl

    built = country.country
    foreign = create_authority(tmp_path, "renkei sandbox ca", now=built.manifest.built_at)
    leaf = create_leaf(foreign, tmp_path, "linkage.renkei.test", now=built.manifest.built_at)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.certificate, leaf.key)
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    environment = {
        **os.environ,
        "SSL_CERT_FILE": str(foreign.certificate),
        "SSL_CERT_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        INSTITUTION,
        str(built.config_path(A)),
        str(port),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, errors = await asyncio.wait_for(process.communicate(), 60)
    server.close()
    await server.wait_closed()
    assert said.decode().splitlines() == [
        "the system trusts it",
        "unavailable PeerUntrusted None",
    ], errors.decode()
    assert not any(heard), "not one byte of a message reached the false server"
