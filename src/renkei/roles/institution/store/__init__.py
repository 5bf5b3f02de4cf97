"""An institution's tables: persons, codes, copies, what it asked and what it provided (記録)."""

from typing import Final

REVISION: Final = "0001"
