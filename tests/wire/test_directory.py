"""The directory: two signatures over one version, current, and no name twice."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from renkei.crypto import jws
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.errors import WireError

Country = Any
CITY, OTHER = "city-hidamari", "city-kawabe"


def refused(code: str, words: str, work: Callable[[], Any]) -> None:
    """Run something that must raise this code with these words in its detail."""
    with pytest.raises(WireError, match=words) as caught:
        work()
    assert caught.value.code == code


def published(country: Country, **changes: Any) -> Directory:
    """A version with changed fields, properly signed by both."""
    signed = country.write(country.version(**changes))
    return country.verify(signed, country.countersign(signed))  # type: ignore[no-any-return]


def with_entry(country: Country, **changes: Any) -> Directory:
    """A version of two cities, the second one's entry changed, properly signed by both."""
    entries = [country.entry(CITY), country.entry(OTHER, **changes)]
    return published(country, entries=entries)


def test_both_signatures(country: Country) -> None:
    """A version signed by network and Commission gives each key id its party and key."""
    directory = published(country)
    assert directory.version == 7
    party, key = directory.signer(f"{CITY}:sign:1")
    assert (party, jws.public_bytes(key)) == (CITY, country.public(f"{CITY}:sign:1"))
    assert directory.entry(OTHER).dns_name == f"{OTHER}.renkei.test"


def test_network_alone(country: Country) -> None:
    """A version that the network countersigns itself, with any of its keys, is refused."""
    signed = country.write(country.version())
    for use in ("sign", "directory", "permit"):
        forged = country.statement(signed)
        raw = country.write(forged, "oversight:sign:1", key=f"linkage:{use}:1")
        refused(
            "signature",
            "oversight did not sign",
            lambda raw=raw: country.verify(signed, raw),
        )
    refused("too-large", "at most", lambda: country.verify(signed, signed))


def test_commission_alone(country: Country) -> None:
    """A version the Commission wrote itself, or another party signed, is refused."""
    for key in ("oversight:sign:1", f"{CITY}:sign:1", "linkage:sign:1", "linkage:permit:1"):
        signed = country.write(country.version(), "linkage:directory:1", key=key)
        refused(
            "signature",
            "linkage did not sign",
            lambda s=signed: country.verify(s, country.countersign(s)),
        )


def test_countersignature_of_another_version(country: Country) -> None:
    """A countersignature that names another version is refused, the digest being right."""
    signed = country.write(country.version(8))
    refused(
        "signature",
        "another version",
        lambda: country.verify(signed, country.countersign(signed, number=7)),
    )


def test_countersignature_of_other_contents(country: Country) -> None:
    """A countersignature of another text of the same version is refused: no forked directory."""
    one = country.write(country.version(entries=[country.entry(CITY)]))
    other = country.write(country.version(entries=[country.entry(CITY, suspended=False)]))
    refused("signature", "other contents", lambda: country.verify(one, country.countersign(other)))


def test_changed_byte(country: Country) -> None:
    """One changed byte in the version or the countersignature is refused."""
    signed = country.write(country.version())
    counter = country.countersign(signed)
    for first, second in ((flip(signed), counter), (signed, flip(counter))):
        with pytest.raises(WireError):
            country.verify(first, second)


def flip(raw: bytes) -> bytes:
    """The message with one character of its payload changed."""
    at = raw.index(b".") + 40
    return raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]


@pytest.mark.parametrize("kid", [f"{CITY}:directory:1", "linkage:sign:1", "linkage", "x:y:z"])
def test_kid_of_a_version(country: Country, kid: str) -> None:
    """A version under another party's key id, or that of a key for other messages, is refused."""
    signed = country.write(country.version(), kid, key="linkage:directory:1")
    refused(
        "signature", "did not sign", lambda: country.verify(signed, country.countersign(signed))
    )


def test_sender_of_a_version(country: Country) -> None:
    """A version in another's name, or for one party only, is no directory of the network."""
    for changes in ({"sender": CITY}, {"aud": CITY}):
        signed = country.write(country.version(**changes), "linkage:directory:1")
        refused(
            "signature",
            "linkage did not sign",
            lambda s=signed: country.verify(s, country.countersign(s)),
        )


def test_sender_of_a_countersignature(country: Country) -> None:
    """A countersignature in another's name, or for one party only, is refused."""
    signed = country.write(country.version())
    for changes in ({"sender": "linkage"}, {"aud": CITY}):
        counter = country.countersign(signed, **changes)
        refused("signature", "oversight did not sign", lambda c=counter: country.verify(signed, c))


def test_swapped_roots(country: Country) -> None:
    """A node that trusts the two keys the other way round takes nothing."""
    signed = country.write(country.version())
    counter = country.countersign(signed).decode()
    roots = TrustRoots(country.roots.oversight, country.roots.network)
    refused("signature", "linkage", lambda: Directory.verify(signed.decode(), counter, roots))


def test_expiry(country: Country) -> None:
    """A version is in force up to its last moment, and refused at `expires_at` itself."""
    directory = published(country)
    end = directory.expires_at
    directory.check_current(end - timedelta(microseconds=1))
    for late in (end, end + timedelta(days=1)):
        refused("directory-expired", "run out", lambda late=late: directory.check_current(late))


def test_party_twice(country: Country) -> None:
    """A party listed twice is refused, even with another name for its server."""
    keys = [key_under(country, f"{CITY}:sign:2")]
    entries = [country.entry(CITY), country.entry(CITY, dns_name="x.test", signing_keys=keys)]
    refused("malformed", "each party", lambda: published(country, entries=entries))


def key_under(country: Country, kid: str) -> Any:
    """The city's real key under another key id."""
    return msgspec.structs.replace(country.entry(CITY).signing_keys[0], kid=kid)


def test_server_name_twice(country: Country) -> None:
    """Two parties with one server name are refused."""
    name = country.entry(CITY).dns_name
    refused("malformed", "DNS name", lambda: with_entry(country, dns_name=name))


def test_kid_twice(country: Country) -> None:
    """A key id listed twice is refused, be the key the same or another."""
    one = country.entry(OTHER).signing_keys[0]
    other = msgspec.structs.replace(one, public=country.public(f"{CITY}:sign:1"))
    for keys in ([one, one], [one, other]):
        refused("malformed", "key id", lambda keys=keys: with_entry(country, signing_keys=keys))


@pytest.mark.parametrize("kid", [f"{CITY}:sign:2", f"{OTHER}x:sign:1", "linkage:permit:9"])
def test_kid_of_another_party(country: Country, kid: str) -> None:
    """A party cannot list a key id that names another party."""
    refused(
        "malformed",
        "names another party",
        lambda: with_entry(country, signing_keys=[key_under(country, kid)]),
    )


def test_key_that_is_no_point(country: Country) -> None:
    """A signing key that is no point of the curve is an error of the list."""
    bad = msgspec.structs.replace(
        country.entry(OTHER).signing_keys[0], public=b"\x04" + b"\x01" * 64
    )
    refused("malformed", "no point", lambda: with_entry(country, signing_keys=[bad]))


def test_key_period_twice(country: Country) -> None:
    """A key period listed twice for one party is refused: a box must have one key."""
    key = country.entry(OTHER).agreement_keys[0]
    refused("malformed", "key period", lambda: with_entry(country, agreement_keys=[key, key]))


@pytest.mark.parametrize("days", [-1, 0, 91, 36_500])
def test_a_key_period_is_short(country: Country, days: int) -> None:
    """A key period that ends before it begins, or lasts more than 90 days, is no directory's."""
    key = country.entry(OTHER).agreement_keys[0]
    lasting = msgspec.structs.replace(key, not_after=key.not_before + timedelta(days=days))
    refused("malformed", "90 days", lambda: with_entry(country, agreement_keys=[lasting]))


def test_lookups_of_strangers(country: Country) -> None:
    """Parties, keys and key periods the directory does not list are errors of the list."""
    directory = published(country)
    refused("unknown-party", "no such party", lambda: directory.entry("nobody"))
    refused("unknown-party", "no such key", lambda: directory.signer(f"{CITY}:sign:2"))
    refused("permit-boxes", "period 99", lambda: directory.agreement_key_of(CITY, 99))


def test_party_of_a_certificate(country: Country) -> None:
    """A certificate belongs to the one party its names list; to none if it names two."""
    directory = published(country)
    one, other = (f"{party}.renkei.test" for party in (CITY, OTHER))
    assert directory.party_of_dns((one,)) == CITY
    assert directory.party_of_dns((one, "localhost")) == CITY
    assert directory.party_of_dns((one, other)) is None
    assert directory.party_of_dns(("localhost",)) is None
    assert directory.party_of_dns(()) is None


def test_agreement_key_in_force(country: Country) -> None:
    """Boxes go under the newest period in force: from its first moment, not at its last."""
    key = country.entry(OTHER).agreement_keys[0]
    later = msgspec.structs.replace(
        key, period=key.period + 1, not_before=key.not_before + timedelta(days=60)
    )
    directory = with_entry(country, agreement_keys=[later, key])
    assert directory.agreement_key(OTHER, key.not_before).period == key.period
    assert directory.agreement_key(OTHER, later.not_before).period == later.period
    for out in (key.not_before - timedelta(seconds=1), key.not_after):
        refused("permit-boxes", "in force", lambda out=out: directory.agreement_key(OTHER, out))


def test_active_days(country: Country) -> None:
    """A party takes part from its first day and no longer on the day it ends."""
    directory = with_entry(country, active_from="2026-04-01", active_until="2027-04-01")
    entry = directory.entry(OTHER)
    days = {"2026-03-31": False, "2026-04-01": True, "2027-03-31": True, "2027-04-01": False}
    for day, active in days.items():
        assert directory.active(entry, date.fromisoformat(day)) is active
