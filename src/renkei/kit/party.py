"""One party of the network: its name, pen, seals and eyes (機関).

A `Party` writes and reads signed messages, seals and opens boxes, and holds the newest directory
it has verified. It never gives out a private key.
"""

from datetime import datetime
from typing import Any, Final, TypeVar

from renkei.crypto import boxes, derived_boxes, jws
from renkei.crypto.errors import BoxError, CryptoError
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.clock import Clock
from renkei.kit.keys import KeyStore, UnknownKey
from renkei.kit.randomness import Randomness
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.directory import Directory, TrustRoots
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Message
from renkei.wire.framing import Letter, Signed
from renkei.wire.key_id import KeyId
from renkei.wire.names import DESK

M = TypeVar("M", bound=Message)
SIGN_KEY: Final = "sign"
NONCE_BYTES: Final = 12


class Party:
    """A party with its key store, clock and directory; one per process (機関)."""

    def __init__(
        self,
        name: str,
        keys: KeyStore,
        clock: Clock,
        randomness: Randomness,
        *,
        roots: TrustRoots,
        desks: dict[str, tuple[str, bytes]] | None = None,
    ) -> None:
        """`desks` maps a desk's party name to its DNS name and 65-byte public key."""
        self.name = name
        self.keys = keys
        self.clock = clock
        self.randomness = randomness
        self.roots = roots
        self._directory: Directory | None = None
        desks = desks or {}
        self._desk_keys = {
            str(KeyId(desk, SIGN_KEY)): (desk, jws.load_public(public))
            for desk, (_, public) in desks.items()
        }
        self._desk_dns = {dns: desk for desk, (dns, _) in desks.items()}

    # -- directory ---------------------------------------------------------------------------

    @property
    def directory(self) -> Directory:
        """The newest verified directory; raises WireError `directory-expired` without one."""
        if self._directory is None:
            raise WireError("directory-expired", "No directory with both signatures is held yet.")
        self._directory.check_current(self.clock.now(), self.name)
        return self._directory

    @property
    def directory_version(self) -> int:
        """Number of the version held, 0 for none."""
        return self._directory.version if self._directory else 0

    @property
    def directory_ends_at(self) -> datetime | None:
        """When the version held runs out, or ran out; None for none."""
        return self._directory.expires_at if self._directory else None

    def adopt(self, version: str, countersignature: str) -> bool:
        """Verify a directory and use it; False if it is not newer than the one held.

        Raises WireError where a signature is missing or wrong, it has run out, or the entry of
        this party does not list this party's own keys.
        """
        directory = Directory.verify(version, countersignature, self.roots)
        directory.check_current(self.clock.now(), self.name)
        if directory.version <= self.directory_version:
            return False
        self._check_own_entry(directory)
        self._directory = directory
        return True

    def _check_own_entry(self, directory: Directory) -> None:
        """Every key that speaks or opens boxes in this party's name must be one it holds itself.

        Only a key period that is over may lack its private key: it has been destroyed.
        """
        entry, now = directory.entry(self.name), self.clock.now()
        held = set(self.keys.names())
        listed = []
        for key in entry.signing_keys:
            listed.append((KeyId.parse(key.kid).key_name, key.public))
        for agreement in entry.agreement_keys:
            name = f"agree-{agreement.period}"
            if name in held or now < agreement.not_after:
                listed.append((name, agreement.public))
        if any(name not in held or self.keys.public(name) != public for name, public in listed):
            raise WireError("signature", "The directory lists a foreign key for this party.")
        if str(KeyId(self.name, SIGN_KEY)) not in {key.kid for key in entry.signing_keys}:
            raise WireError("signature", "The directory does not list this party's own key.")

    # -- messages ----------------------------------------------------------------------------

    def now(self) -> datetime:
        """The party's clock, in UTC."""
        return self.clock.now()

    def envelope(self, aud: str) -> dict[str, Any]:
        """Sender, receiver and time of a message written now."""
        return {"sender": self.name, "aud": aud, "at": self.clock.now()}

    def write(self, message: Message) -> Signed:
        """Sign a message with the key its kind asks for; gives its bytes with their digest."""
        use = message.KEY_USE
        return framing.write(message, KeyId(self.name, use), lambda data: self.keys.sign(use, data))

    def signer(self, kid: str) -> tuple[str, Any]:
        """Owner and public key of a key id: this party's own desks, then the directory."""
        desk = self._desk_keys.get(kid)
        if desk is not None:
            return desk
        owner, key = self.directory.signer(kid)
        if owner in self._desk_dns.values():
            raise WireError("unknown-party", "A desk of this party signs with its own key only.")
        return owner, key

    def read_inside(self, text: str, expected: tuple[type[M], ...], *, aud: str) -> Letter[M]:
        """Read a message that another one carries: its signer need not be who sent that one."""
        return framing.read(text.encode(), expected, self, aud=aud)

    def read(
        self, raw: bytes, expected: tuple[type[M], ...], *, peer: str | None, aud: str | None = None
    ) -> Letter[M]:
        """Read a message from the TLS peer `peer`, addressed to this party or to `aud`."""
        return framing.read(raw, expected, self, aud=aud or self.name, certificate_party=peer)

    def party_of_certificate(self, names: tuple[str, ...]) -> str:
        """The party a client certificate belongs to; raises WireError `unknown-party`."""
        parties = {self._desk_dns[name] for name in names if name in self._desk_dns}
        listed = self.directory.party_of_dns(tuple(n for n in names if n not in self._desk_dns))
        # Whoever is listed under a desk's name is not that desk, and nobody else either.
        misnamed = listed in self._desk_dns.values()
        parties |= {listed} if listed is not None else set()
        if len(parties) != 1 or misnamed:
            raise WireError("unknown-party", "The client certificate belongs to no known party.")
        (party,) = parties
        return party

    def role_of(self, party: str) -> str:
        """The role of a party in the directory, `desk` for this party's own desks."""
        if party in self._desk_dns.values():
            return DESK
        return self.directory.entry(party).role

    # -- boxes -------------------------------------------------------------------------------

    def seal(self, receiver: str, purpose: BoxPurpose, tx: str, plaintext: bytes) -> Box:
        """Seal bytes for one receiver, purpose and transaction, under key periods in force."""
        now = self.clock.now()
        mine = self.directory.agreement_key(self.name, now).period
        theirs = self.directory.agreement_key(receiver, now)
        context = _context(purpose, self.name, receiver, tx, (mine, theirs.period))
        shared = self.keys.agree(f"agree-{mine}", theirs.public)
        data = boxes.seal(shared, context, plaintext, self.randomness(NONCE_BYTES))
        return Box(sender_period=mine, receiver_period=theirs.period, data=data)

    def unseal(self, sender: str, purpose: BoxPurpose, tx: str, box: Box) -> bytes:
        """Open a box from `sender`; raises WireError `permit-boxes` if it is not for this use."""
        periods = (box.sender_period, box.receiver_period)
        context = _context(purpose, sender, self.name, tx, periods)
        public = self.directory.agreement_key_of(sender, box.sender_period)
        try:
            shared = self.keys.agree(f"agree-{box.receiver_period}", public)
            return boxes.unseal(shared, context, box.data)
        except UnknownKey as error:
            raise WireError("permit-boxes", "The key period of this box is over.") from error
        except CryptoError as error:
            raise WireError("permit-boxes", "A box does not open for this use.") from error

    def seal_seed(
        self, receiver: str, purpose: BoxPurpose, about: tuple[str, str], seed: bytes, period: int
    ) -> Box:
        """The one box of a seed for a receiver's key period: whoever has the seed makes it again.

        `about` is who made the seed, and the transaction. Raises WireError `permit-boxes` for a
        period that the directory does not list.
        """
        public = self.directory.agreement_key_of(receiver, period)
        data = derived_boxes.seal_seed(seed, _of_seed(purpose, receiver, about, period), public)
        return Box(sender_period=period, receiver_period=period, data=data)

    def unseal_seed(self, purpose: BoxPurpose, about: tuple[str, str], box: Box) -> bytes:
        """Open a box made by `seal_seed`; raises WireError `permit-boxes`."""
        context = _of_seed(purpose, self.name, about, box.receiver_period)
        key = f"agree-{box.receiver_period}"
        try:
            if box.sender_period != box.receiver_period:
                raise BoxError("such a box uses no key of its sender")
            public = self.keys.public(key)
            return derived_boxes.unseal_seed(
                lambda other: self.keys.agree_once(key, other), context, public, box.data
            )
        except UnknownKey as error:
            raise WireError("permit-boxes", "The key period of this box is over.") from error
        except CryptoError as error:
            raise WireError("permit-boxes", "A box does not open for this use.") from error


def _of_seed(
    purpose: BoxPurpose, receiver: str, about: tuple[str, str], period: int
) -> boxes.BoxContext:
    sender, tx = about
    return _context(purpose, sender, receiver, tx, (period, period))


def _context(
    purpose: BoxPurpose, sender: str, receiver: str, tx: str, periods: tuple[int, int]
) -> boxes.BoxContext:
    return boxes.BoxContext(
        suite=RISTRETTO255.name,
        purpose=str(purpose),
        sender=sender,
        receiver=receiver,
        tx=tx,
        sender_period=str(periods[0]),
        receiver_period=str(periods[1]),
    )
