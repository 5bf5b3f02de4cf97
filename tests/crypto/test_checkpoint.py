"""Notes, checkpoints and cosignatures: vectors of others, round trips, and forgeries."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto import checkpoint as cp
from renkei.crypto import note as notes
from renkei.crypto.errors import CryptoError, FramingError, SignatureError
from renkei.crypto.merkle import EMPTY_ROOT, TreeHead
from renkei.crypto.note import COSIGNATURE_V1, NoteKey, SignatureLine

LOG_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = NoteKey("linkage.example/log", LOG_PRIVATE.public_key().public_bytes_raw())
WITNESS = NoteKey(
    "oversight.example/w1", WITNESS_PRIVATE.public_key().public_bytes_raw(), COSIGNATURE_V1
)
HEAD = TreeHead(20852163, bytes(range(32)))
CHECKPOINT = cp.Checkpoint(LOG.name, HEAD)
SIGNED = cp.sign_checkpoint(CHECKPOINT, LOG, LOG_PRIVATE.sign)
TIME = 1679315147
COSIGNED = SIGNED.with_line(cp.cosign(SIGNED, WITNESS, TIME, WITNESS_PRIVATE.sign))

# A key and note that the documentation of Go's note package publishes as its example.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)
GO_CHECKSUM_DATABASE = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def test_note_of_another_implementation() -> None:
    """A note that Go's implementation signed verifies under its published key."""
    key = notes.parse_key(GO_KEY)
    note = notes.parse_note(GO_NOTE.encode())
    notes.verify_note(note, key)
    assert bytes(note) == GO_NOTE.encode()
    assert key.text == GO_KEY
    with pytest.raises(SignatureError):
        notes.verify_note(notes.parse_note(GO_NOTE.replace("your", "my").encode()), key)


def test_published_key() -> None:
    """The key of Go's checksum database reads back, so key ids are computed as others do."""
    assert notes.parse_key(GO_CHECKSUM_DATABASE).text == GO_CHECKSUM_DATABASE


def test_checkpoint_form() -> None:
    """A checkpoint is three lines, an empty line and a signature line under its origin."""
    root = b64encode(HEAD.root).decode()
    text, _, lines = bytes(SIGNED).decode().partition("\n\n")
    assert text == f"linkage.example/log\n20852163\n{root}"
    assert lines.startswith("— linkage.example/log ")
    assert lines.count("\n") == 1


def test_round_trip() -> None:
    """A signed and cosigned checkpoint comes back from its bytes with both statements."""
    read, note = cp.parse_checkpoint(bytes(COSIGNED), LOG)
    assert read == CHECKPOINT
    assert note == COSIGNED
    assert cp.verify_cosignature(note, WITNESS) == TIME


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.integers(1, 2**63 - 1))
def test_any_head(size: int, root: bytes, time: int) -> None:
    """Any size, root and time are signed, cosigned, read back and verified."""
    made = cp.Checkpoint(LOG.name, TreeHead(size, root))
    note = cp.sign_checkpoint(made, LOG, LOG_PRIVATE.sign)
    note = note.with_line(cp.cosign(note, WITNESS, time, WITNESS_PRIVATE.sign))
    read, again = cp.parse_checkpoint(bytes(note), LOG)
    assert read == made
    assert cp.verify_cosignature(again, WITNESS) == time


def test_the_cosigned_message() -> None:
    """What a witness signs is the fixed header, the time and the three lines."""
    seen: list[bytes] = []

    def sign(message: bytes) -> bytes:
        seen.append(message)
        return bytes(64)

    cp.cosign(SIGNED, WITNESS, TIME, sign)
    assert seen == [b"cosignature/v1\ntime 1679315147\n" + SIGNED.text.encode()]


def test_empty_log() -> None:
    """The checkpoint of an empty log has size 0 and the empty root, and no other root."""
    made = cp.Checkpoint(LOG.name, TreeHead(0, EMPTY_ROOT))
    assert cp.parse_checkpoint_text(made.text) == made
    with pytest.raises(FramingError):
        cp.Checkpoint(LOG.name, TreeHead(0, bytes(32)))


def test_every_changed_byte() -> None:
    """A bit changed anywhere in a cosigned checkpoint breaks one of the two statements."""
    data = bytes(COSIGNED)
    for at in range(len(data)):
        for bit in (1, 4, 0x80):
            changed = data[:at] + bytes((data[at] ^ bit,)) + data[at + 1 :]
            with pytest.raises(CryptoError):
                cp.verify_cosignature(cp.parse_checkpoint(changed, LOG)[1], WITNESS)


def test_other_keys() -> None:
    """Neither another key under the same name nor the same key under another name passes."""
    other = NoteKey(LOG.name, WITNESS.public)
    renamed = NoteKey("other.example", LOG.public)
    as_witness = NoteKey(LOG.name, LOG.public, COSIGNATURE_V1)
    for key in (other, renamed, as_witness):
        with pytest.raises(SignatureError):
            cp.verify_checkpoint(SIGNED, key)
    for key in (LOG, NoteKey(WITNESS.name, LOG.public, COSIGNATURE_V1)):
        with pytest.raises(SignatureError):
            cp.verify_cosignature(COSIGNED, key)
    with pytest.raises(SignatureError, match="exactly one"):
        cp.verify_cosignature(SIGNED, WITNESS)


def test_foreign_origin() -> None:
    """A checkpoint of another origin is refused though this log's key signed it."""
    text = cp.Checkpoint("other.example/log", HEAD).text
    note = notes.sign_note(text, LOG, LOG_PRIVATE.sign)
    with pytest.raises(SignatureError, match="another log"):
        cp.verify_checkpoint(note, LOG)
    with pytest.raises(SignatureError, match="origin"):
        cp.sign_checkpoint(cp.Checkpoint("other.example/log", HEAD), LOG, LOG_PRIVATE.sign)


def test_signatures_are_not_interchangeable() -> None:
    """A log's signature is no cosignature and a cosignature no log's signature, same key or not."""
    both = NoteKey(LOG.name, LOG.public, COSIGNATURE_V1)
    raw = LOG_PRIVATE.sign(SIGNED.text.encode())
    forged = SIGNED.with_line(SignatureLine(both.name, both.key_id, TIME.to_bytes(8, "big") + raw))
    with pytest.raises(SignatureError):
        cp.verify_cosignature(forged, both)
    with pytest.raises(SignatureError):
        notes.sign_note(SIGNED.text, both, LOG_PRIVATE.sign)
    with pytest.raises(SignatureError):
        cp.cosign(SIGNED, LOG, TIME, LOG_PRIVATE.sign)


def test_unknown_signatures_are_ignored() -> None:
    """Lines of unknown keys, also of other types and lengths, do not matter."""
    unknown = [
        SignatureLine("unknown.example", b"1234", b"x" * 2428),
        SignatureLine(LOG.name, b"\0\0\0\0", bytes(64)),
        SignatureLine("unknown.example", LOG.key_id, bytes(64)),
    ]
    note = COSIGNED
    for line in unknown:
        note = note.with_line(line)
    read, again = cp.parse_checkpoint(bytes(note), LOG)
    assert (read, cp.verify_cosignature(again, WITNESS)) == (CHECKPOINT, TIME)


def test_doubled_signature() -> None:
    """Two lines of one key are refused, and a new line takes the place of the older one."""
    line = SIGNED.signatures[0]
    with pytest.raises(SignatureError, match="exactly one"):
        cp.verify_checkpoint(notes.Note(SIGNED.text, (line, line)), LOG)
    later = COSIGNED.with_line(cp.cosign(SIGNED, WITNESS, TIME + 1, WITNESS_PRIVATE.sign))
    assert len(later.signatures) == 2
    assert cp.verify_cosignature(later, WITNESS) == TIME + 1


@pytest.mark.parametrize("length", [0, 63, 65, 71, 73])
def test_signature_lengths(length: int) -> None:
    """Signatures of wrong length are neither made nor taken."""
    with pytest.raises(SignatureError):
        cp.sign_checkpoint(CHECKPOINT, LOG, lambda message: bytes(length))
    with pytest.raises(SignatureError):
        cp.cosign(SIGNED, WITNESS, TIME, lambda message: bytes(length))
    log_line = SignatureLine(LOG.name, LOG.key_id, bytes(length))
    with pytest.raises(SignatureError):
        cp.verify_checkpoint(SIGNED.with_line(log_line), LOG)
    witness_line = SignatureLine(WITNESS.name, WITNESS.key_id, bytes(length))
    with pytest.raises(SignatureError):
        cp.verify_cosignature(SIGNED.with_line(witness_line), WITNESS)


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_times(time: int) -> None:
    """A cosignature has a positive time below 2^63, whoever signs it."""
    with pytest.raises(FramingError):
        cp.cosign(SIGNED, WITNESS, time, WITNESS_PRIVATE.sign)
    if time >= 0:
        signature = WITNESS_PRIVATE.sign(f"cosignature/v1\ntime {time}\n{SIGNED.text}".encode())
        data = time.to_bytes(8, "big") + signature
        line = SignatureLine(WITNESS.name, WITNESS.key_id, data)
        with pytest.raises(SignatureError, match="range"):
            cp.verify_cosignature(SIGNED.with_line(line), WITNESS)


ROOT = b64encode(HEAD.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{LOG.name}\n5\n",
        f"{LOG.name}\n5\n{ROOT}",
        f"{LOG.name}\n5\n{ROOT}\nextension\n",
        f"{LOG.name}\n5\n{ROOT}\n\n",
        f"\n5\n{ROOT}\n",
        f"a b\n5\n{ROOT}\n",
        f"a+b\n5\n{ROOT}\n",
        f"{LOG.name}\n05\n{ROOT}\n",
        f"{LOG.name}\n+5\n{ROOT}\n",
        f"{LOG.name}\n-5\n{ROOT}\n",
        f"{LOG.name}\n5 \n{ROOT}\n",
        f"{LOG.name}\n٥\n{ROOT}\n",
        f"{LOG.name}\n5_0\n{ROOT}\n",
        f"{LOG.name}\n\n{ROOT}\n",
        f"{LOG.name}\n{2**63}\n{ROOT}\n",
        f"{LOG.name}\n{'9' * 5000}\n{ROOT}\n",
        f"{LOG.name}\n0\n{ROOT}\n",
        f"{LOG.name}\n5\n{ROOT[:-1]}\n",
        f"{LOG.name}\n5\n{ROOT[:-4]}\n",
        f"{LOG.name}\n5\n{ROOT[:-2]}9=\n",
        f"{LOG.name}\n5\n{ROOT.replace('A', '-', 1)}\n",
        f"{LOG.name}\n5\n {ROOT}\n",
        f"{LOG.name}\r\n5\r\n{ROOT}\r\n",
    ],
)
def test_bad_checkpoints(text: str) -> None:
    """Any text but origin, decimal size and canonical root is refused."""
    with pytest.raises(FramingError):
        cp.parse_checkpoint_text(text)


LINE = SIGNED.signatures[0].text.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"text\n" + LINE,
        b"text\n\n" + LINE[:-1],
        b"text\n\n" + LINE + b"rest",
        b"text\n\n" + LINE + b"\n",
        b"text\n\n" + LINE.replace("—".encode(), b"-"),
        b"text\n\n" + LINE.replace(b" ", b"  ", 1),
        b"text\n\n" + LINE.replace(b"linkage", b"lin+kage"),
        b"text\n\n" + LINE.replace(b"linkage", "lin\u3000kage".encode()),
        b"text\n\n" + LINE.replace(b"linkage", "lin\u00a0kage".encode()),
        b"text\n\n" + LINE.replace(b"linkage", "lin\u202ekage".encode()),
        b"te\txt\n\n" + LINE,
        b"te\0xt\n\n" + LINE,
        b"text\r\n\n" + LINE,
        b"te\xffxt\n\n" + LINE,
        b"text\n\n" + "— a \n".encode(),
        b"text\n\n" + "— a AAAA\n".encode(),
        b"text\n\n" + "— a AAAAAA==\n".encode(),
        b"text\n\n" + "— a AAAAAAA\n".encode(),
        b"text\n\n" + "— a AAAAAAB=\n".encode(),
        b"text\n\n" + LINE * 65,
        b"x" * notes.NOTE_LIMIT_BYTES + b"\n\n" + LINE,
    ],
)
def test_bad_notes(data: bytes) -> None:
    """Notes of any other form, too many signatures or too many bytes are refused."""
    with pytest.raises(FramingError):
        notes.parse_note(data)


@given(st.binary(max_size=400))
def test_arbitrary_bytes(data: bytes) -> None:
    """Arbitrary bytes give a framing error, or a note that is written back unchanged."""
    try:
        note = notes.parse_note(data)
    except FramingError:
        return
    assert bytes(note) == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY.replace("PeterNeumann", "PeterNewman"),
        GO_KEY.replace("PeterNeumann", ""),
        GO_KEY[:-4],
        GO_KEY + "AAAA",
        GO_KEY.replace("+ARpc", "+BRpc"),
        GO_KEY + "\n",
        "a+00000000+",
        "a+00000000+A",
    ],
)
def test_bad_keys(text: str) -> None:
    """A key whose id, type, length or encoding is wrong is refused."""
    with pytest.raises(CryptoError):
        notes.parse_key(text)
