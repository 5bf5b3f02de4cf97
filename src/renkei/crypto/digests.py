"""Digests that records, permits and the log share (記録の要約値).

An entry of the log is kind ‖ SHA-256(salt ‖ canonical record). Deleting salt and record after the
retention period (令30条) leaves an entry that says only its kind.
"""

from hashlib import sha256
from typing import Final

from renkei.crypto.codes import Mac
from renkei.crypto.encoding import join
from renkei.crypto.errors import FramingError

SALT_BYTES: Final = 32
ENTRY_BYTES: Final = 33


def log_entry(kind: int, record: bytes, salt: bytes) -> bytes:
    """Return the 33 bytes of a log entry: kind ‖ SHA-256(salt ‖ record) (ログの項目).

    `kind` is 0 to 255, `record` the canonical record as stored, `salt` 32 random bytes.
    """
    if not 0 <= kind <= 255:
        raise FramingError("the kind of a log entry must be 0 to 255")
    if len(salt) != SALT_BYTES:
        raise FramingError("the salt of a log entry must be exactly 32 bytes")
    return bytes((kind,)) + sha256(salt + record).digest()


def entry_hash(kind: int, record: bytes, salt: bytes) -> bytes:
    """Return the 32-byte leaf hash of a log entry, SHA-256(0x00 ‖ entry) (RFC 9162 §2.1.1).

    This is what a permit carries as its promise to log, and what the witness looks for.
    """
    return sha256(b"\x00" + log_entry(kind, record, salt)).digest()


def element_digest(element: bytes) -> bytes:
    """Return SHA-256 of a blinded element, by which a line can belong to one code only (要約値)."""
    if len(element) != 32:
        raise FramingError("a blinded element must be exactly 32 bytes")
    return sha256(element).digest()


def officer_pseudonym(mac_sha256: Mac, tx: str, officer: str) -> bytes:
    """Return 32 bytes that stand for an officer in one transaction only (職員の仮名).

    `mac_sha256` is HMAC-SHA256 under the institution's own key: it alone can tell who it was.
    """
    return mac_sha256(join("renkei officer v1", tx, officer))


def case_digest(mac_sha256: Mac, tx: str, case_number: str) -> bytes:
    """Return 32 bytes that bind a request to a case without telling its number (事案番号の要約値).

    The same case gives unrelated digests in two transactions.
    """
    return mac_sha256(join("renkei case v1", tx, case_number))


def code_row_mark(mac_sha256: Mac, who: tuple[str, str], epoch: int, element: bytes) -> bytes:
    """Return 32 bytes that bind a code to a person's record, id and number (符号の行の認証子)."""
    return mac_sha256(join("renkei code row v1", *who, str(epoch), element))


def consent_pseudonym(mac_sha256: Mac, tx: str, consent_digest: bytes) -> bytes:
    """Return 32 bytes that stand for a recorded consent in one transaction only (同意の仮名).

    The digest itself would tie together all requests about whoever gave that consent.
    """
    return mac_sha256(join("renkei consent v1", tx, consent_digest))


def sought_digest(mac_sha256: Mac, requester: str, kind: str, who: str) -> bytes:
    """Return 32 bytes that stand for whom one body's attributes meant here (提示された本人の仮名).

    Tries about one person are counted by it; the rows of two requesters share no value.
    """
    return mac_sha256(join("renkei sought v1", requester, kind, who))


def question_digest(mac_sha256: Mac, institution: str, *words: str) -> bytes:
    """Return 32 bytes that stand for one body's whole question about a person (照合の求め)."""
    return mac_sha256(join("renkei question v1", institution, *words))
