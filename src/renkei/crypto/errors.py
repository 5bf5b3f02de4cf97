"""What can be wrong with bytes that claim to be cryptographic (暗号処理の誤り).

Every error is a `ValueError`: the bytes are at fault, never the state of the process. No message
contains a secret or the bytes themselves, so that any of them may be logged.
"""


class CryptoError(ValueError):
    """Some bytes are not what they claim to be; the parent of all errors here (暗号処理の誤り)."""


class InvalidElement(CryptoError):
    """Bytes are not the canonical encoding of a group element other than the identity (群の元)."""


class InvalidScalar(CryptoError):
    """Bytes are not a canonical scalar between 1 and q - 1, or not a 32-byte seed (スカラー)."""


class BoxError(CryptoError):
    """A box cannot be made or does not open with this key and context (暗号化データの不整合)."""


class SignatureError(CryptoError):
    """A signature or a signature key is not valid (署名の不一致)."""


class FramingError(CryptoError):
    """Bytes do not have the one form that the format allows (形式の誤り)."""


class ProofError(CryptoError):
    """A proof does not show what it should about a log or a ledger (証明の不一致)."""
