"""How codes are made, blinded, converted and committed to (機関別符号, 令27条).

Each institution i holds one code per person, code_i = s_i · B_p. A requester sends X = r · code_A;
the network turns it into X_B = (s_B / s_A) · X; the provider divides r out again.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from renkei.crypto.encoding import join
from renkei.crypto.errors import InvalidElement, InvalidScalar
from renkei.crypto.suite import RISTRETTO255, CodeSuite

Mac = Callable[[bytes], bytes]
"""A keyed MAC whose key stays where it is, usually in the key store."""

SEED_BYTES: Final = 32


def link_seed(mac_sha256: Mac, first_resident_code: str, issue_number: int) -> bytes:
    """Return J-LIS's 32-byte link seed for a person (符号の元となる値).

    `mac_sha256` is HMAC-SHA256 under K_J; `issue_number` counts from 0 and rises only on repair.
    The seed stays the same when the individual number or the resident code change.
    """
    if not 0 <= issue_number < 1 << 64:
        raise InvalidScalar("the issue number must fit 64 bits and not be negative")
    message = join("renkei link v1", first_resident_code, issue_number.to_bytes(8, "big"))
    seed = mac_sha256(message)
    if len(seed) != SEED_BYTES:
        raise InvalidScalar("the MAC for link seeds must return 32 bytes (HMAC-SHA256)")
    return seed


def base_element(mac_sha512: Mac, link_seed: bytes, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return B_p, the element from which all codes of a person are made (基点).

    `mac_sha512` is HMAC-SHA512 under K_J. Raises `InvalidElement` for a seed that is not 32 bytes.
    """
    if len(link_seed) != SEED_BYTES:
        raise InvalidElement("a link seed must be exactly 32 bytes")
    return suite.element_from_uniform(mac_sha512(join("renkei base v1", link_seed)))


def derive_blind(rho: bytes, party: str, tx: str, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return the blinding scalar r for a request (ブラインド値).

    `rho` is the 32-byte random seed of the request, `party` the requester, `tx` its transaction.
    """
    if not isinstance(rho, bytes) or len(rho) != SEED_BYTES:
        raise InvalidScalar("a blinding seed must be exactly 32 bytes")
    return suite.scalar_from_uniform(hmac.digest(rho, join("renkei blind v1", party, tx), "sha512"))


def blind(r: bytes, code: bytes, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return X = r · code, which tells nothing of the code (ブラインド)."""
    return suite.multiply(r, code)


def unblind(r: bytes, x: bytes, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return the code r⁻¹ · X (ブラインドの除去)."""
    return suite.multiply(suite.invert_scalar(r), x)


def conversion_factor(s_from: bytes, s_to: bytes, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return s_to / s_from, which turns codes of one institution into another's (符号変換)."""
    return suite.multiply_scalars(s_to, suite.invert_scalar(s_from))


def commitment(party: str, tx: str, r: bytes, suite: CodeSuite = RISTRETTO255) -> bytes:
    """Return the 32-byte commitment c of a request to its blinding scalar (コミットメント)."""
    return sha256(join("renkei commit v1", party, tx, suite.check_scalar(r))).digest()


def commit_matches(
    c: bytes, party: str, tx: str, r: bytes, suite: CodeSuite = RISTRETTO255
) -> bool:
    """Tell in constant time whether `c` is the commitment to r by `party` in `tx` (照合)."""
    return hmac.compare_digest(c, commitment(party, tx, r, suite))
