"""The portal's tables: accounts and lines, the ledger, findings, its own numbers (開示記録)."""

from typing import Final

REVISION: Final = "0004"
