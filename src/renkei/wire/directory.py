"""The directory as a lookup: verified versions only (機関台帳の参照)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.wire.clocks import shown
from renkei.wire.errors import WireError
from renkei.wire.framing import Anchor, read_anchored
from renkei.wire.key_id import KeyId
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryCountersignature,
    DirectoryEntry,
    DirectoryVersion,
)
from renkei.wire.names import LINKAGE, OVERSIGHT

KEY_PERIOD_DAYS = 90
"""A key period lasts at most this many days."""
DIRECTORY_DAYS = 30
"""A version expires at the latest this many days after issue."""


@dataclass(frozen=True, slots=True)
class TrustRoots:
    """The two public keys a node is installed with: network and Commission (信頼の基点).

    Uncompressed P-256 points of 65 bytes.
    """

    network: bytes
    oversight: bytes


class Directory:
    """One verified version, indexed; use `Directory.verify` to get one (機関台帳)."""

    def __init__(self, version: DirectoryVersion) -> None:
        self.version = version.version
        self.expires_at = version.expires_at
        self.issued_at = version.at
        self.entries = {entry.party: entry for entry in version.entries}
        self._keys: dict[str, tuple[str, Any]] = {}
        for entry in version.entries:
            for key in entry.signing_keys:
                if KeyId.parse(key.kid).party != entry.party or key.kid in self._keys:
                    raise WireError("malformed", "A directory key id names another party.")
                self._keys[key.kid] = (entry.party, _load(key.public))
            if len({key.period for key in entry.agreement_keys}) != len(entry.agreement_keys):
                raise WireError("malformed", "A directory names each key period of a party once.")
            for period in entry.agreement_keys:
                _check_period(period)
        self._by_dns = {entry.dns_name: entry.party for entry in version.entries}
        if len(self.entries) != len(version.entries) or len(self._by_dns) != len(self.entries):
            raise WireError("malformed", "A directory names each party and DNS name once.")

    @classmethod
    def verify(cls, version: str, countersignature: str, roots: TrustRoots) -> "Directory":
        """Check both signatures; a version signed by the network alone raises WireError."""
        signed = read_anchored(version, DirectoryVersion, Anchor(LINKAGE, roots.network))
        counter = read_anchored(
            countersignature, DirectoryCountersignature, Anchor(OVERSIGHT, roots.oversight)
        )
        message, statement = signed.message, counter.message
        if statement.version != message.version:
            raise WireError("signature", "The countersignature is for another version.")
        if message.expires_at - message.at > timedelta(days=DIRECTORY_DAYS):
            raise WireError("malformed", f"A directory lasts at most {DIRECTORY_DAYS} days.")
        if statement.digest != signed.digest:
            raise WireError("signature", "The countersignature is for other contents.")
        return cls(message)

    def check_current(self, now: datetime, whose: str = "this process") -> None:
        """Raise WireError `directory-expired` once the version has run out by somebody's clock."""
        if now >= self.expires_at:
            raise WireError(
                "directory-expired",
                f"The directory has run out: it holds until {shown(self.expires_at)}, the clock of "
                f"{whose} shows {shown(now)}. Fetch a new version, or set the clock.",
            )

    def signer(self, kid: str) -> tuple[str, Any]:
        """The party a key id belongs to and its public key."""
        found = self._keys.get(kid)
        if found is None:
            raise WireError("unknown-party", "The directory lists no such key.")
        return found

    def entry(self, party: str) -> DirectoryEntry:
        """The entry of a party; raises WireError `unknown-party`."""
        found = self.entries.get(party)
        if found is None:
            raise WireError("unknown-party", "The directory lists no such party.")
        return found

    def party_of_dns(self, names: tuple[str, ...]) -> str | None:
        """The party a certificate's DNS names belong to, if exactly one."""
        parties = {self._by_dns[name] for name in names if name in self._by_dns}
        return parties.pop() if len(parties) == 1 else None

    def agreement_key(self, party: str, now: datetime) -> AgreementKey:
        """The newest key of a party in force now; raises WireError `permit-boxes`."""
        keys = [k for k in self.entry(party).agreement_keys if k.not_before <= now < k.not_after]
        if not keys:
            raise WireError(
                "permit-boxes",
                f"{party} has no agreement key in force at {shown(now)} by the clock here. "
                "Fetch a new directory, or set the clock.",
            )
        return max(keys, key=lambda key: key.period)

    def agreement_key_of(self, party: str, period: int) -> bytes:
        """The public key of one key period; raises WireError `permit-boxes`."""
        for key in self.entry(party).agreement_keys:
            if key.period == period:
                return key.public
        raise WireError("permit-boxes", f"{party} has no key period {period} in the directory.")

    def active(self, entry: DirectoryEntry, day: date) -> bool:
        """Whether a body takes part on a day; a technical condition without article."""
        text = day.isoformat()
        until = entry.active_until
        return entry.active_from <= text and (until is None or text < until)


def _check_period(key: AgreementKey) -> None:
    """Inside a key period there is no forward secrecy: it begins before it ends, and soon ends."""
    if not timedelta(0) < key.not_after - key.not_before <= timedelta(days=KEY_PERIOD_DAYS):
        raise WireError("malformed", f"A key period lasts at most {KEY_PERIOD_DAYS} days.")


def _load(public: bytes) -> Any:
    try:
        return jws.load_public(public)
    except CryptoError as error:
        raise WireError("malformed", "A directory key is no point of P-256.") from error
