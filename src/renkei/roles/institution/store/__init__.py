"""An institution's tables: persons, codes, copies, what it asked, provided and found (記録)."""

from typing import Final

REVISION: Final = "0007"
