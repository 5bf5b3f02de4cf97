"""The handle by which one institution knows one person (情報提供用個人識別符号, 令27条5項)."""

from typing import Final, final

from renkei.values.errors import ValueFormatError
from renkei.values.reveal import Masked, Purpose, require_purpose

FIELD: Final = "institution-code"
ELEMENT_BYTES: Final = 32
EPOCH_LIMIT: Final = 2**31 - 1


@final
class InstitutionCode(Masked):
    """One person's code at one institution, with its epoch (機関別符号, 番号法2条9項).

    `element` is 32 bytes, an encoded group element; whether it is canonical is for the code
    suite to check. `epoch` counts the institution's scalars from 1. Masked altogether, since
    by law a code is an individual number in the wide sense. Raises ValueFormatError `length` or
    `range`.
    """

    __slots__ = ()

    def __init__(self, element: bytes, epoch: int) -> None:
        if not isinstance(element, bytes):
            raise TypeError("an institution code's element is bytes")
        if len(element) != ELEMENT_BYTES:
            raise ValueFormatError(
                FIELD, "length", f"{len(element)} bytes given, {ELEMENT_BYTES} expected."
            )
        if isinstance(epoch, bool) or not isinstance(epoch, int):
            raise TypeError("an institution code's epoch is a whole number")
        if not 1 <= epoch <= EPOCH_LIMIT:
            raise ValueFormatError(FIELD, "range", "the epoch must be 1 or more, in 31 bits.")
        super().__init__(element, epoch)

    @property
    def epoch(self) -> int:
        """Under which of the institution's scalars the code was made, counted from 1."""
        return int(self._qualifier)

    def reveal(self, purpose: Purpose) -> bytes:
        """Give the 32 bytes for a stated purpose."""
        require_purpose(purpose)
        return self._clear

    def _mask(self) -> str:
        return f"••••, epoch {self.epoch}"
