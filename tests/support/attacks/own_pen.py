"""What a liar does with its own keys: changes what it says, and signs and seals it again (自署).

A message is taken apart as its receiver would, one thing in it is changed, wherever it stands: in
the message, in a message of its own inside it, in a record, in a box that it can open because it
sealed it or because it is for it. Then it is signed with the key it must be signed with.
"""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import msgspec
from altering import Alter, NothingToAlter, Pool, is_signed

from renkei.crypto import boxes, jws
from renkei.crypto.boxes import BoxContext
from renkei.crypto.errors import CryptoError
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.keys import KeyStoreError
from renkei.kit.party import Party
from renkei.wire import framing
from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import kind_of
from renkei.wire.entries import ExchangeRecord, LedgerRecord, ReceiptRecord, read_entry, write_entry
from renkei.wire.errors import WireError
from renkei.wire.fields import Box, Message
from renkei.wire.individual_number.messages import AcquireSubject, FourAttributes
from renkei.wire.institution.messages import Content, DomicileSubject
from renkei.wire.key_id import KeyId
from renkei.wire.table import KIND_BY_TYP

RECORDS = (ExchangeRecord, ReceiptRecord, LedgerRecord)
BOXED = (Content, AcquireSubject, FourAttributes, DomicileSubject)
FORM_TRIES = 12
"""Draws until a message has the form that its receiver takes; the last one is said as it is."""


def message_of(raw: bytes) -> Message:
    """A message taken apart without believing it; raises WireError."""
    try:
        typ = jws.parse(raw.partition(framing.BESIDE)[0], len(raw)).typ
    except CryptoError as error:
        raise WireError("malformed", str(error)) from error
    if typ not in KIND_BY_TYP:
        raise WireError("unknown-message", typ)
    struct = KIND_BY_TYP[typ].struct
    if framing.BESIDE not in raw and struct.STRIPPED is not None:
        struct = struct.STRIPPED
    return framing.parse(raw, (struct,))[1]


def seen_in(raw: bytes, pool: Pool) -> None:
    """Remember every value of a message and of the messages inside it."""
    with contextlib.suppress(WireError):
        message = message_of(raw)
        pool.note(message)
        for name in message.__struct_fields__:
            value = getattr(message, name)
            if is_signed(value):
                seen_in(value.encode(), pool)


class Pen:
    """One party's keys in a liar's hand."""

    def __init__(self, party: Party, draw: random.Random, pool: Pool) -> None:
        self._party = party
        self._draw = draw
        self._alter = Alter(draw, pool, self._special)
        self._told: list[str] = []

    def changed(self, raw: bytes, *, signed: bool = True) -> tuple[bytes, str]:
        """A message with one thing changed, and which; under its old signature unless `signed`.

        Raises NothingToAlter, and WireError for what is no message.
        """
        before, after = message_of(raw), None
        for _ in range(FORM_TRIES):
            self._told = []
            after = self._alter.struct(before)
            with contextlib.suppress(WireError):
                framing.check(after)
                break
        assert after is not None
        where = " ".join([*differing(before, after), *self._told])
        return (self.write(after) if signed else self._under(raw, after)), where

    def anew(self, raw: bytes, like: bytes) -> bytes:
        """An earlier message of its own said again as if it were a new one, signed now."""
        old, now = message_of(raw), message_of(like)
        return self.write(msgspec.structs.replace(old, at=now.at, aud=now.aud))

    def write(self, message: Message) -> bytes:
        """Sign as the product does, whatever the message says."""
        use = message.KEY_USE
        kid = KeyId(self._party.name, use)
        return bytes(framing.write(message, kid, lambda data: self._party.keys.sign(use, data)))

    def _under(self, raw: bytes, message: Message) -> bytes:
        """Other words under the signature of the old ones."""
        old, mark, _ = raw.partition(framing.BESIDE)
        new, _, beside = self.write(message).partition(framing.BESIDE)
        return new.rpartition(b".")[0] + b"." + old.rpartition(b".")[2] + mark + beside

    # -- what stands inside ----------------------------------------------------------------------

    def _special(self, value: Any, name: str, inside: Any) -> Any:
        if isinstance(value, Box):
            return self._resealed(value, name, inside)
        if isinstance(value, bytes) and value.startswith(b'{"'):
            return self._record(value)
        if is_signed(value):
            return self._inside(value)
        return NotImplemented

    def _inside(self, text: str) -> Any:
        """A message of its own inside another one; somebody else's cannot be signed again."""
        try:
            owner = KeyId.parse(jws.parse(text.encode(), len(text)).kid).party
            message = message_of(text.encode())
        except (CryptoError, WireError, ValueError):
            return NotImplemented
        if owner != self._party.name:
            return NotImplemented
        changed = self._alter.struct(message)
        self._told += differing(message, changed)
        return self.write(changed).decode()

    def _record(self, data: bytes) -> Any:
        for kind in RECORDS:
            with contextlib.suppress(WireError):
                record = read_entry(data, kind)
                changed = self._alter.struct(record)
                self._told += differing(record, changed)
                return write_entry(changed)
        return NotImplemented

    # -- boxes -----------------------------------------------------------------------------------

    def _resealed(self, box: Box, name: str, inside: Any) -> Any:
        """A box with something else in it, sealed as this one was; one that it did not seal is
        spoilt, or exchanged for another that was seen."""
        for context, shared, plain in self._opened(box, inside):
            new = boxes.seal(shared, context, self._other_content(plain), self._draw.randbytes(12))
            self._told.append(f"in the box {context.purpose}")
            return msgspec.structs.replace(box, data=new)
        if name == "portal_seed" and getattr(inside, "sender", None) == self._party.name:
            seed, period = self._draw.randbytes(32), box.receiver_period
            about = (self._party.name, inside.tx)
            self._told.append("another seed in the box portal-seed")
            return self._party.seal_seed("portal", BoxPurpose.PORTAL_SEED, about, seed, period)
        return NotImplemented

    def _other_content(self, plain: bytes) -> bytes:
        for kind in BOXED:
            with contextlib.suppress(WireError, NothingToAlter):
                return framing.encode(self._alter.struct(framing.decode(plain, kind)))
        return self._alter.bytes(plain)

    def _opened(self, box: Box, inside: Any) -> Iterator[tuple[BoxContext, bytes, bytes]]:
        """What a box holds, with what it was sealed under, if this party has a key to it."""
        me, directory = self._party.name, self._party.directory
        abouts = [getattr(inside, one) for one in ("tx", "number") if hasattr(inside, one)]
        for other in directory.entries:
            for sender, receiver in ((me, other), (other, me)):
                mine, theirs = box.sender_period, box.receiver_period
                if sender != me:
                    mine, theirs = theirs, mine
                try:
                    public = directory.agreement_key_of(other, theirs)
                    shared = self._party.keys.agree(f"agree-{mine}", public)
                except (WireError, CryptoError, KeyStoreError):
                    continue
                for purpose in BoxPurpose:
                    for about in abouts:
                        context = _context(purpose, (sender, receiver), about, box)
                        with contextlib.suppress(CryptoError):
                            yield context, shared, boxes.unseal(shared, context, box.data)


def _context(purpose: str, parties: tuple[str, str], about: str, box: Box) -> BoxContext:
    return BoxContext(
        suite=RISTRETTO255.name,
        purpose=str(purpose),
        sender=parties[0],
        receiver=parties[1],
        tx=about,
        sender_period=str(box.sender_period),
        receiver_period=str(box.receiver_period),
    )


def differing(before: Any, after: Any, at: str = "") -> list[str]:
    """Where two values of one type differ, as paths."""
    if isinstance(before, msgspec.Struct) and type(before) is type(after):
        name = at or (kind_of(type(before)).name if isinstance(before, Message) else "")
        return [
            one
            for field in before.__struct_fields__
            for one in differing(getattr(before, field), getattr(after, field), f"{name}.{field}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [one for n, (a, b) in pairs for one in differing(a, b, f"{at}[{n}]")]
    return [f"{at}: {short(before)} -> {short(after)}"] if before != after else []


def short(value: Any) -> str:
    """A value in few characters."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
