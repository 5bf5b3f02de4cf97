"""Bugs that somebody met: an id for the reader, the same id in the log, and nothing else (障害)."""

from __future__ import annotations

from typing import Final

from renkei.kit.logs import get_logger
from renkei.kit.randomness import Randomness

_LETTERS: Final = "bcdfghjkmnpqrstv"
"""No digits: the log masks long runs of them."""


class Incidents:
    """Gives every unexpected exception an id and writes it to the log under it (障害番号)."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def note(self, error: BaseException, path: str) -> str:
        """Write an exception to the log; the id under which it stands there."""
        incident = "".join(
            _LETTERS[byte >> 4] + _LETTERS[byte & 15] for byte in self._randomness(8)
        )
        get_logger().error("incident", incident=incident, path=path, exc_info=error)
        return incident
