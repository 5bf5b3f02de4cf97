"""The network's tables: acquisitions, permits and records, the log, the directory (記録)."""

from typing import Final

REVISION: Final = "0001"
