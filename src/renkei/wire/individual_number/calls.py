"""J-LIS's calls (機構の呼出し)."""

from typing import Any, Final

from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import Call
from renkei.wire.individual_number import messages as m
from renkei.wire.names import INDIVIDUAL_NUMBER, INSTITUTION, OVERSIGHT, PORTAL

TITLE: Final = "J-LIS, holder of the individual numbers (地方公共団体情報システム機構)"

ACQUIRE_BATCH: Final = Call(
    INDIVIDUAL_NUMBER,
    "/acquire/batch",
    m.AcquireBatch,
    (m.AcquireBatchAnswer,),
    (INSTITUTION,),
    boxes=(BoxPurpose.ACQUIRE,),
)
ACQUIRE_DECISION: Final = Call(
    INDIVIDUAL_NUMBER,
    "/acquire/decision",
    m.AcquireDecision,
    (m.AcquireAnswer,),
    (INSTITUTION,),
    echoes=("number",),
)
COMPARISONS: Final = Call(
    INDIVIDUAL_NUMBER,
    "/comparisons",
    m.ComparisonsRequest,
    (m.Comparisons,),
    (OVERSIGHT,),
    echoes=("day",),
)
PORTAL_BATCH: Final = Call(
    INDIVIDUAL_NUMBER, "/portal/batch", m.PortalBatch, (m.PortalBatchFilled,), (PORTAL,)
)
NOTICES: Final = Call(INDIVIDUAL_NUMBER, "/notices", m.NoticesRequest, (m.Notices,), (PORTAL,))
PERSONA_SIGN_IN: Final = Call(
    INDIVIDUAL_NUMBER,
    "/persona/sign-in",
    m.PersonaSignIn,
    (m.PersonaSignedIn,),
    (PORTAL,),
    echoes=("number",),
)

CALLS: Final[tuple[Call[Any, Any], ...]] = (
    ACQUIRE_BATCH,
    ACQUIRE_DECISION,
    COMPARISONS,
    PORTAL_BATCH,
    NOTICES,
    PERSONA_SIGN_IN,
)
