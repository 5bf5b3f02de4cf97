"""Signed notes: text with signature lines that tools outside of Renkei read (C2SP signed-note).

A note is text ending in a newline, an empty line, and lines «— name base64(key id ‖ signature)».
Keys are Ed25519. Who verifies names the one key expected; lines of other keys are ignored.
"""

import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from renkei.crypto.errors import FramingError, SignatureError

ED25519: Final = 0x01
COSIGNATURE_V1: Final = 0x04
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KEY_ID_BYTES: Final = 4
# Room for sixteen post-quantum signatures of others, which the format asks readers to bear.
NOTE_LIMIT_BYTES: Final = 1 << 17
SIGNATURE_LIMIT_LINES: Final = 64
_NAME_LIMIT_CHARACTERS: Final = 255
_LINE_START: Final = "— "

Sign = Callable[[bytes], bytes]
"""An Ed25519 signature under a key that stays in its store: message to 64 bytes."""


def check_name(name: str) -> str:
    """Return a key name: no spaces, plus signs or controls, at most 255 characters (鍵の名)."""
    if not 0 < len(name) <= _NAME_LIMIT_CHARACTERS or "+" in name or not name.isprintable():
        raise FramingError("a key name must be 1 to 255 printable characters without a plus sign")
    if any(character.isspace() for character in name):
        raise FramingError("a key name must not contain spaces")
    return name


def strict_base64(text: str) -> bytes:
    """Decode standard base64 with padding, refusing every encoding but the canonical one."""
    try:
        data = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError) as error:
        raise FramingError("the text is not standard base64") from error
    if b64encode(data).decode("ascii") != text:
        raise FramingError("the base64 is not canonical")
    return data


@dataclass(frozen=True)
class NoteKey:
    """An Ed25519 key with its name and use, as a verifier is told of it (検証鍵).

    `algorithm` is `ED25519` for a log's signature over the text or `COSIGNATURE_V1` for a witness;
    `public` is 32 bytes.
    """

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if not isinstance(self.public, bytes) or len(self.public) != PUBLIC_BYTES:
            raise SignatureError("an Ed25519 public key must be exactly 32 bytes")
        if self.algorithm not in (ED25519, COSIGNATURE_V1):
            raise SignatureError("a note key is of type 0x01 (Ed25519) or 0x04 (cosignature/v1)")

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes that lead a signature of this key: SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]."""
        material = self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public
        return sha256(material).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key in the text form that other verifiers take: name+id+base64(type ‖ key)."""
        material = b64encode(bytes((self.algorithm,)) + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise `SignatureError` unless this key signed the message (64-byte signature)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise SignatureError(f"the signature is not that of {self.name}") from error


def parse_key(text: str) -> NoteKey:
    """Read a key in text form, name+id+base64; raises `FramingError` (検証鍵の解釈)."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1], re.ASCII):
        raise FramingError("a note key must be name+key id in 8 hexadecimal digits+base64")
    material = strict_base64(parts[2])
    key = NoteKey(parts[0], material[1:], material[0] if material else 0)
    if key.key_id.hex() != parts[1]:
        raise FramingError("the key id does not fit the name and the key")
    return key


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note by a named key; `signature` is what follows the key id (署名行)."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The line as it stands in a note, with its newline."""
        encoded = b64encode(self.key_id + self.signature).decode("ascii")
        return f"{_LINE_START}{self.name} {encoded}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures; nothing has been verified yet (署名付き文書).

    `text` ends in a newline and has no control characters but newlines.
    """

    text: str
    signatures: tuple[SignatureLine, ...]

    def __bytes__(self) -> bytes:
        return "".join([self.text, "\n", *(line.text for line in self.signatures)]).encode()

    def with_line(self, line: SignatureLine) -> "Note":
        """Return the note with one more signature line, in place of the same key's older one."""
        others = (
            other
            for other in self.signatures
            if (other.name, other.key_id) != (line.name, line.key_id)
        )
        return Note(self.text, (*others, line))

    def signature_of(self, key: NoteKey) -> bytes:
        """Return what the key put on this note, unverified; `SignatureError` unless it is there."""
        found = [
            line.signature
            for line in self.signatures
            if (line.name, line.key_id) == (key.name, key.key_id)
        ]
        if len(found) != 1:
            raise SignatureError(f"the note needs exactly one signature of {key.name}")
        return found[0]


def _parse_line(line: str) -> SignatureLine:
    name, separator, encoded = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START) or not separator:
        raise FramingError("a signature line must be a dash, a key name and base64")
    data = strict_base64(encoded)
    if len(data) <= KEY_ID_BYTES:
        raise FramingError("a signature line must hold a key id and a signature")
    return SignatureLine(check_name(name), data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def check_text(text: str) -> str:
    """Return the text of a note if it may be one, else raise `FramingError` (本文の確認)."""
    if not text.endswith("\n") or any(letter < " " and letter != "\n" for letter in text):
        raise FramingError("the text of a note must end in a newline and have no other controls")
    return text


def parse_note(data: bytes) -> Note:
    """Take a note of at most 128 KiB and 64 signatures apart without believing it (文書の分解)."""
    if len(data) > NOTE_LIMIT_BYTES:
        raise FramingError(f"a note has at most {NOTE_LIMIT_BYTES} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FramingError("a note must be UTF-8") from error
    text, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise FramingError("a note must be text, an empty line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURE_LIMIT_LINES:
        raise FramingError(f"a note has at most {SIGNATURE_LIMIT_LINES} signatures")
    return Note(check_text(text + "\n"), tuple(_parse_line(line) for line in lines))


def sign_note(text: str, key: NoteKey, sign: Sign) -> Note:
    """Return the text as a note signed by an Ed25519 key (文書の署名)."""
    if key.algorithm != ED25519:
        raise SignatureError("a note is signed by a key of type 0x01; witnesses cosign instead")
    signature = sign(check_text(text).encode())
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError("an Ed25519 signature must be exactly 64 bytes")
    return Note(text, (SignatureLine(key.name, key.key_id, signature),))


def verify_note(note: Note, key: NoteKey) -> None:
    """Raise `SignatureError` unless exactly one line is a valid signature of this key (検証)."""
    if key.algorithm != ED25519:
        raise SignatureError("a note is signed by a key of type 0x01; witnesses cosign instead")
    key.check(note.text.encode(), note.signature_of(key))
