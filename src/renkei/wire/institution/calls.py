"""An institution's calls: from its peers, the Commission and its own desks (機関の呼出し)."""

from typing import Any, Final

from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import Call
from renkei.wire.institution import desk as k
from renkei.wire.institution import desk_codes as c
from renkei.wire.institution import messages as m
from renkei.wire.names import DESK, INSTITUTION, OVERSIGHT

TITLE: Final = "Institution: inquirer, provider, and its desks (情報照会者・情報提供者)"

PROVIDE: Final[Call[m.Presentation, m.Answer | m.Interim]] = Call(
    INSTITUTION,
    "/provide",
    m.Presentation,
    (m.Answer, m.Interim),
    (INSTITUTION,),
    boxes=(BoxPurpose.ANSWER,),
)
ATTRIBUTES: Final[Call[m.AttributesOffer, m.Answer | m.Interim]] = Call(
    INSTITUTION,
    "/attributes",
    m.AttributesOffer,
    (m.Answer, m.Interim),
    (INSTITUTION,),
    boxes=(BoxPurpose.ATTRIBUTES, BoxPurpose.ANSWER),
)
RECEIVED: Final = Call(INSTITUTION, "/received", m.Received, (m.ReceivedNoted,), (INSTITUTION,))
DOMICILE: Final = Call(
    INSTITUTION,
    "/domicile",
    m.DomicileRequest,
    (m.DomicileAnswer,),
    (INSTITUTION,),
    boxes=(BoxPurpose.DOMICILE,),
)
ENTRIES: Final = Call(INSTITUTION, "/entries", m.EntriesRequest, (m.Entries,), (OVERSIGHT,))
OFFERS: Final = Call(
    INSTITUTION, "/offers", m.OffersRequest, (m.Offers,), (OVERSIGHT,), echoes=("day",)
)
ENTRIES_OF: Final = Call(
    INSTITUTION,
    "/entries/of",
    m.EntriesOfRequest,
    (m.EntriesOf,),
    (OVERSIGHT,),
    echoes=("about",),
)
SHOW: Final = Call(INSTITUTION, "/show", m.ShowRequest, (m.Shown,), (OVERSIGHT,), echoes=("tx",))

DESK_PROCEDURE: Final = Call(
    INSTITUTION,
    "/desk/procedure",
    k.DeskProcedure,
    (k.DeskCase,),
    (DESK,),
    echoes=("case_number",),
)
DESK_OPEN: Final = Call(
    INSTITUTION, "/desk/open", k.DeskOpen, (k.DeskCase,), (DESK,), echoes=("case_number",)
)
DESK_CLOSE: Final = Call(
    INSTITUTION, "/desk/close", k.DeskClose, (k.DeskCase,), (DESK,), echoes=("case_number",)
)
DESK_CONSENT: Final = Call(
    INSTITUTION,
    "/desk/consent",
    k.DeskConsent,
    (k.DeskConsentKept,),
    (DESK,),
    echoes=("case_number",),
)
DESK_CONSENTS: Final = Call(
    INSTITUTION,
    "/desk/consents",
    k.DeskConsentsRequest,
    (k.DeskConsents,),
    (DESK,),
    echoes=("case_number",),
)
DESK_CONDITIONS: Final = Call(
    INSTITUTION,
    "/desk/conditions",
    k.DeskConditions,
    (k.DeskCase,),
    (DESK,),
    echoes=("case_number",),
)
DESK_ASK: Final = Call(
    INSTITUTION, "/desk/ask", k.DeskAsk, (k.DeskCase,), (DESK,), echoes=("case_number",)
)
DESK_CASE: Final = Call(
    INSTITUTION, "/desk/case", k.DeskCaseRequest, (k.DeskCase,), (DESK,), echoes=("case_number",)
)
DESK_ACQUIRE: Final = Call(
    INSTITUTION, "/desk/acquire", c.DeskAcquire, (c.DeskAcquisitions,), (DESK,)
)
DESK_PENDING: Final = Call(
    INSTITUTION, "/desk/pending", k.DeskPendingRequest, (k.DeskPending,), (DESK,)
)
DESK_DECIDE: Final = Call(
    INSTITUTION, "/desk/decide", k.DeskDecide, (k.DeskDecided,), (DESK,), echoes=("tx",)
)

CALLS: Final[tuple[Call[Any, Any], ...]] = (
    PROVIDE,
    ATTRIBUTES,
    RECEIVED,
    DOMICILE,
    ENTRIES,
    OFFERS,
    ENTRIES_OF,
    SHOW,
    DESK_PROCEDURE,
    DESK_OPEN,
    DESK_CLOSE,
    DESK_CONSENT,
    DESK_CONSENTS,
    DESK_CONDITIONS,
    DESK_ASK,
    DESK_CASE,
    DESK_ACQUIRE,
    DESK_PENDING,
    DESK_DECIDE,
)
