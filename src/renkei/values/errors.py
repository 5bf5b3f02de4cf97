"""The one error that a malformed value raises: which field, why, and what to do."""

from typing import Final


class ValueFormatError(ValueError):
    """Text that is not the value it claims to be.

    `field` names the value (`individual-number`), `reason` is a code for machines (`length`,
    `character`, `check-digit`, `range`, `prefecture`, `looks-like-number`), `detail` is one
    sentence for people that says which digit or length is wrong and what to do.

    Neither the message nor the arguments ever hold the text that was refused: an error travels
    into logs and on to screens, where an individual number must not appear.
    """

    field: Final[str]
    reason: Final[str]
    detail: Final[str]

    def __init__(self, field: str, reason: str, detail: str) -> None:
        super().__init__(field, reason, detail)
        self.field = field
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"
