"""What may be seen in clear only for a stated purpose (目的明示, 番号法19条・20条)."""

import enum
import hmac
from typing import Never


class Purpose(enum.Enum):
    """Why a masked value is needed in clear; every call of `reveal` names one."""

    STORE_IN_REGISTER = "store-in-register"
    """The holder writes it into the file the law lets it keep."""
    SEND_BOXED = "send-boxed"
    """It goes into a box that only the addressee opens."""
    COMPARE = "compare"
    """It is compared with what a register holds."""
    DERIVE = "derive"
    """A seed, blinded element or digest is computed from it."""
    SHOW_TO_HOLDER = "show-to-holder"
    """The person it belongs to asked to see it."""
    PRINT_NOTICE = "print-notice"
    """It is printed on the notice for the person (個人番号通知書)."""
    EXPORT_SYNTHETIC = "export-synthetic"
    """It belongs to nobody: a synthetic person's value in a sandbox export."""


def require_purpose(purpose: Purpose) -> None:
    """Refuse anything but a Purpose, so that a reveal can be found by searching for its reason."""
    if not isinstance(purpose, Purpose):
        raise TypeError("reveal needs a member of renkei.values.Purpose that says what for")


class Masked:
    """Keeps one value out of print, format, pickle and order; subclasses add `reveal`.

    Equal values of the same type compare equal in constant time, and hash with the key that
    the interpreter draws at start, so a hash tells nothing outside this process.
    """

    __slots__ = ("_clear", "_qualifier")

    _clear: bytes
    _qualifier: int | str

    def __init__(self, clear: bytes, qualifier: int | str) -> None:
        object.__setattr__(self, "_clear", clear)
        object.__setattr__(self, "_qualifier", qualifier)

    def _mask(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mask()})"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, specification: str) -> str:
        return format(repr(self), specification)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Masked):
            return NotImplemented
        same = hmac.compare_digest(self._clear, other._clear)
        return same and self._qualifier == other._qualifier

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._clear, self._qualifier))

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __copy__(self) -> "Masked":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Masked":
        return self

    def __getstate__(self) -> Never:
        raise TypeError(self._refusal())

    def __reduce__(self) -> Never:
        raise TypeError(self._refusal())

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(self._refusal())

    def _refusal(self) -> str:
        return f"{type(self).__name__} does not serialise; reveal it for a purpose, in a box"


def mask_digits(digits: str) -> str:
    """Show the last four digits and a dot for each other one."""
    return "•" * (len(digits) - 4) + digits[-4:]
