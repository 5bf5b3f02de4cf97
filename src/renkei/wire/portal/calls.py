"""The portal's calls, all from the Commission (開示システムの呼出し)."""

from typing import Any, Final

from renkei.wire.call import Call
from renkei.wire.names import OVERSIGHT, PORTAL
from renkei.wire.portal import messages as m

TITLE: Final = "Portal, as the Commission sees it (情報提供等記録開示システム)"

LEDGER: Final = Call(PORTAL, "/ledger", m.LedgerRequest, (m.Ledger,), (OVERSIGHT,))
OPENINGS: Final = Call(PORTAL, "/openings", m.OpeningRequest, (m.Openings,), (OVERSIGHT,))
ACCOUNTS: Final = Call(PORTAL, "/accounts", m.AccountsRequest, (m.Accounts,), (OVERSIGHT,))
STATEMENT: Final = Call(
    PORTAL, "/statement", m.StatementHandover, (m.StatementNoted,), (OVERSIGHT,)
)
FINDINGS: Final = Call(PORTAL, "/findings", m.FindingsRequest, (m.Findings,), (OVERSIGHT,))

CALLS: Final[tuple[Call[Any, Any], ...]] = (LEDGER, OPENINGS, ACCOUNTS, STATEMENT, FINDINGS)
