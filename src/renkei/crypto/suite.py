"""The group that codes live in, behind one interface (機関別符号の群).

A second suite (P-256 in an HSM) can join without touching a role: whoever handles codes is given a
`CodeSuite`. The only one today is ristretto255 (RFC 9496) through libsodium.
"""

from functools import cache
from typing import Any, Final, Protocol

from renkei.crypto.errors import InvalidElement, InvalidScalar


class CodeSuite(Protocol):
    """A prime-order group with canonical encodings; all methods check what they are given (群).

    Elements and scalars travel as fixed-length bytes. The identity and the scalar 0 are never
    accepted and never returned.
    """

    @property
    def name(self) -> str:
        """The suite's name as it stands in messages, such as `ristretto255-sha512`."""

    @property
    def element_bytes(self) -> int:
        """The length of an encoded element in bytes."""

    @property
    def scalar_bytes(self) -> int:
        """The length of an encoded scalar in bytes."""

    def check_scalar(self, data: bytes) -> bytes:
        """Return `data` if it is a canonical scalar in 1..q-1, else raise `InvalidScalar`."""

    def check_element(self, data: bytes) -> bytes:
        """Return `data` if it canonically encodes a non-identity element, else `InvalidElement`."""

    def multiply(self, scalar: bytes, element: bytes) -> bytes:
        """Return scalar · element; both are checked, the result is never the identity."""

    def multiply_scalars(self, a: bytes, b: bytes) -> bytes:
        """Return a · b mod q."""

    def invert_scalar(self, a: bytes) -> bytes:
        """Return the inverse of a mod q."""

    def scalar_from_uniform(self, data: bytes) -> bytes:
        """Reduce 64 uniform bytes to a scalar; raises `InvalidScalar` should it be 0."""

    def element_from_uniform(self, data: bytes) -> bytes:
        """Map 64 uniform bytes to an element; raises `InvalidElement` should it be the identity."""


_P: Final = 2**255 - 19
_Q: Final = 2**252 + 27742317777372353535851937790883648493
_ZERO: Final = bytes(32)


@cache
def load() -> Any:
    """libsodium through `rbcl`, loaded at the first use: a desk and a verifier multiply nothing.

    Whoever forks processes calls this before, so that they share the library.
    """
    import rbcl

    return rbcl


class _Ristretto255:
    """ristretto255 (RFC 9496) over libsodium, with the canonicality checks that `rbcl` lacks.

    `rbcl` takes scalars r + q, ignores a set top bit and calls the identity a valid point, so every
    argument is compared as an integer first (well under 1 µs). Whether the bytes decode at all
    (RFC 9496 §4.3.1, a square root, about 6 µs) is left to libsodium, which does it once inside
    the multiplication; `check_element` alone pays for it separately.
    """

    name: Final = "ristretto255-sha512"
    element_bytes: Final = 32
    scalar_bytes: Final = 32

    def check_scalar(self, data: bytes) -> bytes:
        """Return `data` if it is 32 bytes, little-endian, in 1..q-1 (RFC 9496 §4.4)."""
        if not isinstance(data, bytes) or len(data) != 32:
            raise InvalidScalar("a scalar must be exactly 32 bytes")
        if not 0 < int.from_bytes(data, "little") < _Q:
            raise InvalidScalar("a scalar must be canonical: at least 1 and below the group order")
        return data

    @staticmethod
    def _check_field(data: bytes) -> None:
        """Refuse all that RFC 9496 §4.3.1 step 1 refuses, and the identity (all zero)."""
        if not isinstance(data, bytes) or len(data) != 32:
            raise InvalidElement("an element must be exactly 32 bytes")
        value = int.from_bytes(data, "little")
        if value & 1 or not 0 < value < _P:
            raise InvalidElement("an element must be canonically encoded and not the identity")

    def check_element(self, data: bytes) -> bytes:
        """Return `data` if it decodes by RFC 9496 §4.3.1 to an element other than the identity."""
        self._check_field(data)
        if not load().crypto_core_ristretto255_is_valid_point(data):
            raise InvalidElement("the bytes do not encode an element of ristretto255")
        return data

    def multiply(self, scalar: bytes, element: bytes) -> bytes:
        """Return scalar · element, 32 bytes; libsodium decodes the element while multiplying."""
        self.check_scalar(scalar)
        self._check_field(element)
        try:
            product: bytes = load().crypto_scalarmult_ristretto255(scalar, element)
        except RuntimeError as error:
            raise InvalidElement("the bytes do not encode an element of ristretto255") from error
        if product == _ZERO:
            raise InvalidElement("the product is the identity")
        return product

    def multiply_scalars(self, a: bytes, b: bytes) -> bytes:
        """Return a · b mod q, 32 bytes; q is prime, so the product of two scalars is not 0."""
        product: bytes = load().crypto_core_ristretto255_scalar_mul(
            self.check_scalar(a), self.check_scalar(b)
        )
        return self.check_scalar(product)

    def invert_scalar(self, a: bytes) -> bytes:
        """Return the inverse of a mod q, 32 bytes, in constant time (about 40 µs)."""
        inverse: bytes = load().crypto_core_ristretto255_scalar_invert(self.check_scalar(a))
        return self.check_scalar(inverse)

    def scalar_from_uniform(self, data: bytes) -> bytes:
        """Reduce 64 bytes, read little-endian, mod q (RFC 9496 §4.4)."""
        if not isinstance(data, bytes) or len(data) != 64:
            raise InvalidScalar("a scalar is derived from exactly 64 uniform bytes")
        scalar: bytes = load().crypto_core_ristretto255_scalar_reduce(data)
        return self.check_scalar(scalar)

    def element_from_uniform(self, data: bytes) -> bytes:
        """Map 64 bytes to an element by the element derivation of RFC 9496 §4.3.4."""
        if not isinstance(data, bytes) or len(data) != 64:
            raise InvalidElement("an element is derived from exactly 64 uniform bytes")
        element: bytes = load().crypto_core_ristretto255_from_hash(data)
        self._check_field(element)
        return element


RISTRETTO255: Final[CodeSuite] = _Ristretto255()
