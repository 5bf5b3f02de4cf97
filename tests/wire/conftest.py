"""A directory with real ES256 keys, and pens that sign what a test wants signed."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from renkei.crypto import jws
from renkei.wire import framing, values
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.fields import Message
from renkei.wire.linkage.directory import (
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
    SigningKey,
)
from renkei.wire.names import EVERYONE
from renkei.wire.table import KIND_OF

KINDS = {kind.name: kind for kind in KIND_OF.values()}
GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 4, 6, 1, 2, 3, tzinfo=UTC)
CITY, OTHER = "city-hidamari", "city-kawabe"


def url(data: bytes) -> bytes:
    """Base64url without padding, by the standard library."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@dataclass
class Country:
    """A few parties with a key for each use, and the directory that lists them."""

    now: datetime = NOW
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = {"linkage": ("sign", "permit", "directory")}
        for party in (CITY, OTHER, "j-lis", "portal", "oversight", "linkage"):
            for use in names.get(party, ("sign",)):
                self.keys[f"{party}:{use}:1"] = ec.generate_private_key(ec.SECP256R1())

    def public(self, kid: str) -> bytes:
        """The public key of a key id, 65 bytes."""
        return jws.public_bytes(self.keys[kid].public_key())

    def sign(self, kid: str) -> Callable[[bytes], bytes]:
        """A pen with the key of a key id."""
        return lambda data: jws.sign_raw(self.keys[kid], data)

    def write(self, message: Message, kid: str | None = None, key: str | None = None) -> bytes:
        """Sign a message under a key id; `key` is another key than the one the id names."""
        kid = kid or f"{message.sender}:{KIND_OF[type(message)].key_use}:1"
        return framing.write(message, kid, self.sign(key or kid))

    def write_raw(self, payload: bytes, typ: str, kid: str) -> bytes:
        """Sign any payload at all."""
        signing_input = jws.frame(kid, typ, payload)
        return jws.assemble(signing_input, self.sign(kid)(signing_input))

    def write_header(self, header: bytes, payload: bytes, kid: str) -> bytes:
        """Sign any header at all, validly."""
        signing_input = url(header) + b"." + url(payload)
        return signing_input + b"." + url(self.sign(kid)(signing_input))

    def entry(self, party: str, **changes: Any) -> DirectoryEntry:
        """The directory entry of a party with its real keys."""
        kids = [kid for kid in self.keys if kid.split(":")[0] == party]
        roles = {"j-lis": "individual-number"} | {
            one: one for one in ("linkage", "portal", "oversight")
        }
        fields: dict[str, Any] = {
            "party": party,
            "role": roles.get(party, "institution"),
            "dns_name": f"{party}.renkei.test",
            "signing_keys": [SigningKey(kid=kid, public=self.public(kid)) for kid in kids],
        }
        return msgspec.structs.replace(golden("directory-version").entries[0], **(fields | changes))

    def version(self, number: int = 7, **changes: Any) -> DirectoryVersion:
        """An unsigned directory of all parties."""
        parties = dict.fromkeys(kid.split(":")[0] for kid in self.keys)
        fields: dict[str, Any] = {
            "sender": "linkage",
            "aud": EVERYONE,
            "at": self.now,
            "version": number,
            "expires_at": self.now + timedelta(days=30),
            "entries": [self.entry(party) for party in parties],
        }
        return DirectoryVersion(**(fields | changes))

    def statement(self, signed: bytes, number: int = 7, **changes: Any) -> Message:
        """What the Commission says about a signed version, unsigned."""
        fields: dict[str, Any] = {
            "sender": "oversight",
            "aud": EVERYONE,
            "at": self.now,
            "version": number,
            "digest": jws.digest(jws.parse(signed, max_bytes=len(signed))),
        }
        return DirectoryCountersignature(**(fields | changes))

    def countersign(self, signed: bytes, number: int = 7, **changes: Any) -> bytes:
        """The Commission's signed statement about a signed version."""
        return self.write(self.statement(signed, number, **changes), "oversight:sign:1")

    @property
    def roots(self) -> TrustRoots:
        """What a node is installed with."""
        return TrustRoots(self.public("linkage:directory:1"), self.public("oversight:sign:1"))

    def verify(self, signed: bytes, countersigned: bytes) -> Directory:
        """Verify a directory as a node does."""
        return Directory.verify(signed.decode(), countersigned.decode(), self.roots)

    def directory(self) -> Directory:
        """A verified directory of all parties."""
        signed = self.write(self.version())
        return self.verify(signed, self.countersign(signed))


def golden_text(name: str) -> bytes:
    """A golden file without its spaces: the bytes that are signed."""
    return msgspec.json.format((GOLDEN / f"{name}.json").read_bytes(), indent=-1)


def golden(name: str) -> Any:
    """The message of a golden file."""
    return values.decoder(KINDS[name].struct).decode(golden_text(name))


@pytest.fixture(scope="session")
def country() -> Country:
    """Parties with real keys, made once."""
    return Country()


@pytest.fixture(scope="session")
def keys(country: Country) -> Directory:
    """The directory of the country, verified."""
    return country.directory()


@pytest.fixture(scope="session")
def letter_of() -> Callable[..., Any]:
    """Gives a golden message with changed fields, e.g. `letter_of("received", sender="x")`."""

    def letter(name: str, **changes: Any) -> Any:
        return msgspec.structs.replace(golden(name), **changes)

    return letter


@pytest.fixture(scope="session")
def payload_of() -> Callable[[str], Any]:
    """Gives the payload of a golden message as plain JSON values."""
    return lambda name: json.loads(golden_text(name))


@pytest.fixture(scope="session")
def bytes_of() -> Callable[[str], bytes]:
    """Gives the bytes that are signed for a golden message or put into a box."""
    return golden_text
