"""The Commission's tables: what it saw of the log, records to compare, ledger, findings (記録)."""

from typing import Final

REVISION: Final = "0004"
