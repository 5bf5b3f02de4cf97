"""Checkpoints and cosignatures in the formats that log verifiers read (C2SP tlog-checkpoint).

A checkpoint is a signed note of three lines: origin, size, root. A witness adds a cosignature with
a time (C2SP tlog-cosignature, type 0x04): it has seen the log grow to this size and nothing else.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from renkei.crypto.errors import FramingError, SignatureError
from renkei.crypto.merkle import EMPTY_ROOT, HASH_BYTES, SIZE_LIMIT_LEAVES, TreeHead
from renkei.crypto.note import (
    COSIGNATURE_V1,
    SIGNATURE_BYTES,
    Note,
    NoteKey,
    Sign,
    SignatureLine,
    check_name,
    parse_note,
    sign_note,
    strict_base64,
    verify_note,
)

TIME_LIMIT_SECONDS: Final = 2**63 - 1
_TIME_BYTES: Final = 8
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin and the head of its tree (チェックポイント).

    There are no extension lines: nobody could audit them, and readers refuse them here.
    """

    origin: str
    head: TreeHead

    def __post_init__(self) -> None:
        check_name(self.origin)
        if self.head.size == 0 and self.head.root != EMPTY_ROOT:
            raise FramingError("a checkpoint of size 0 must have the root of the empty tree")

    @property
    def text(self) -> str:
        """The three lines that are signed, each with its newline."""
        root = b64encode(self.head.root).decode("ascii")
        return f"{self.origin}\n{self.head.size}\n{root}\n"


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Read the three lines of a checkpoint; raises `FramingError` for any other form (解釈)."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise FramingError("a checkpoint must be three lines: origin, size, root")
    origin, size, encoded = lines[:3]
    if not _SIZE.fullmatch(size) or int(size) > SIZE_LIMIT_LEAVES:
        raise FramingError("the size must be decimal, without leading zeros, below 2^63")
    root = strict_base64(encoded)
    if len(root) != HASH_BYTES:
        raise FramingError("the root hash must be exactly 32 bytes")
    return Checkpoint(origin, TreeHead(int(size), root))


def sign_checkpoint(checkpoint: Checkpoint, key: NoteKey, sign: Sign) -> Note:
    """Return the checkpoint signed by its log; the key's name is the origin (署名)."""
    if key.name != checkpoint.origin:
        raise SignatureError("a checkpoint must be signed under its own origin's name")
    return sign_note(checkpoint.text, key, sign)


def verify_checkpoint(note: Note, log: NoteKey) -> Checkpoint:
    """Return the checkpoint if the log signed it and names itself as origin, else raise (検証).

    Raises `SignatureError` for the signature or origin, `FramingError` for the form.
    """
    verify_note(note, log)
    checkpoint = parse_checkpoint_text(note.text)
    if checkpoint.origin != log.name:
        raise SignatureError("the checkpoint is that of another log")
    return checkpoint


def parse_checkpoint(data: bytes, log: NoteKey) -> tuple[Checkpoint, Note]:
    """Return a verified checkpoint and its note from the bytes of a note (分解と検証)."""
    note = parse_note(data)
    return verify_checkpoint(note, log), note


def _cosigned_message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _check_witness(witness: NoteKey) -> None:
    if witness.algorithm != COSIGNATURE_V1:
        raise SignatureError("a witness needs a key of type 0x04 (cosignature/v1)")


def cosign(note: Note, witness: NoteKey, time: int, sign: Sign) -> SignatureLine:
    """Return the witness's line for a checkpoint, made at `time` in POSIX seconds (共同署名).

    The caller has verified before that this checkpoint extends the last one it cosigned.
    """
    _check_witness(witness)
    parse_checkpoint_text(note.text)
    if not 0 < time <= TIME_LIMIT_SECONDS:
        raise FramingError("the time of a cosignature must be a positive number of POSIX seconds")
    signature = sign(_cosigned_message(note.text, time))
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError("an Ed25519 signature must be exactly 64 bytes")
    return SignatureLine(
        witness.name, witness.key_id, time.to_bytes(_TIME_BYTES, "big") + signature
    )


def verify_cosignature(note: Note, witness: NoteKey) -> int:
    """Return the POSIX time at which the witness cosigned, else raise (共同署名の検証).

    Raises `SignatureError` where its line is missing, doubled or wrong. Whether the time is in the
    future or too old is for the caller, who has a clock.
    """
    _check_witness(witness)
    line = note.signature_of(witness)
    if len(line) != _TIME_BYTES + SIGNATURE_BYTES:
        raise SignatureError("a cosignature must be a time of 8 bytes and a signature of 64")
    time = int.from_bytes(line[:_TIME_BYTES], "big")
    if not 0 < time <= TIME_LIMIT_SECONDS:
        raise SignatureError("the time of the cosignature is out of range")
    witness.check(_cosigned_message(note.text, time), line[_TIME_BYTES:])
    return time
