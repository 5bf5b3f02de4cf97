"""Field types shared by all messages, each with its limit (項目型).

Patterns end in `\\Z`: in Python `$` also matches before a line feed at the end, so that a name
could stand twice in a directory and a transaction be "new" twice.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, UnsetType

from renkei.crypto.encoding import join
from renkei.wire.limits import BOX_DATA_BYTES, CONDITIONS, DIRECTORY_BYTES, ITEMS, SMALL_BYTES

PartyId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}\Z")]
"""Name of a party in the directory, e.g. `linkage`."""

Kid = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}:[a-z]{1,16}:[0-9]{1,6}\Z")]
"""Key id: party, use and number, e.g. `linkage:permit:1`."""

TxText = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]
"""Transaction id, a UUIDv7 in canonical text (RFC 9562)."""

AcquisitionText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
"""Acquisition number (取得番号): 16 random bytes, base64url."""

Bytes32 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Jws = Annotated[str, Meta(min_length=16, max_length=262_144)]
DirectoryJws = Annotated[str, Meta(min_length=16, max_length=DIRECTORY_BYTES)]
"""A directory version inside another message; as long as the version itself may be."""
Word = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9:.-]{0,79}\Z")]
"""A machine word: item, relation, reason, body kind."""
_SHOWN = (
    r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb]*\Z"
)
"""Text without characters that are not seen or turn their neighbours around: control characters,
line and paragraph separators, zero-width and bidirectional formatting (Unicode Cc, Zl, Zp, Cf).
Variation selectors, which names are written with, are none of them."""
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SHOWN)]
Text = Annotated[str, Meta(max_length=1_000, pattern=_SHOWN)]
_CALENDAR = (
    r"((18|19|20|21)[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"|((18|19|21)(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))-02-29)"
)
Day = Annotated[str, Meta(pattern=rf"^{_CALENDAR}\Z")]
"""A day of the Gregorian calendar that exists, 1800 to 2199, as YYYY-MM-DD (年月日)."""
BirthDay = Annotated[
    str,
    Meta(pattern=rf"^({_CALENDAR}|(18|19|20|21)[0-9]{{2}}-((0[1-9]|1[0-2])|XX)-XX|XXXX-XX-XX)\Z"),
]
"""A day of birth; XX for a day, or a day and a month, that nobody knows (生年月日・不詳)."""
Row = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(-[0-9]{1,2})?\Z")]
"""Row of a table of the law, e.g. `106` or `12-2`."""
UseAffair = Annotated[str, Meta(pattern=r"^([0-9]{1,3}(-[0-9]{1,2})?|family-register)\Z")]
"""What codes are acquired for: a row of the use table, or the family register (法9条3項)."""
Affair = Annotated[str, Meta(pattern=r"^([0-9]{1,3}(-[0-9]{1,2})?|o-[a-z0-9-]{1,60})\Z")]
"""What a request is for: a row of the provision table, or `o-` and an ordinance affair's id."""
Officer = Annotated[str, Meta(min_length=1, max_length=80, pattern=_SHOWN)]
"""An officer's name or designation, as it is made known."""
Reason = Annotated[str, Meta(min_length=1, max_length=300, pattern=_SHOWN)]
"""Why something was decided, in the officer's own words."""
Article = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SHOWN)]
Epoch = Annotated[int, Meta(ge=1, le=1_000_000)]
Period = Annotated[int, Meta(ge=1, le=1_000_000)]
Instant = Annotated[datetime, Meta(tz=True)]


MOST = (1 << 53) - 1
"""Whole numbers stay exact in every JSON reader."""
LeafIndex = Annotated[int, Meta(ge=0, le=MOST)]
Size = Annotated[int, Meta(ge=0, le=MOST)]
Canonical = Annotated[bytes, Meta(min_length=2, max_length=16_384)]
"""Canonical record bytes of a log entry, as they were hashed."""
Number = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
"""An integer every JSON reader takes without loss (RFC 7493 §2.2)."""
Items = Annotated[list[Word], Meta(min_length=1, max_length=ITEMS)]
Conditions = Annotated[list[Word], Meta(min_length=1, max_length=CONDITIONS)] | UnsetType
"""Limits of the text that the asking body states to be met, in their order, each once; left out
where none is, so that a request that needs none is as it always was (限定についての申立て)."""


def listed(conditions: Conditions) -> tuple[str, ...]:
    """The conditions of a message or record; none where it has no such member."""
    return tuple(conditions or ())


def conditions_of(stated: Iterable[str]) -> Conditions:
    """Conditions as they travel: sorted, each once, left out where there are none."""
    return sorted(set(stated)) or msgspec.UNSET


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every struct that travels: frozen, named fields only, unknown fields refused."""


class Message(Record, frozen=True, kw_only=True):
    """Base of every message: who signs, for whom, and when (署名者・宛先・時刻).

    What does not travel stands in capitals: how its signed form is named, how long it may be, and
    by which of the sender's keys it is signed.
    """

    NAME: ClassVar[str | None] = None
    """Name within `typ`, where it is not the struct's own."""
    VERSION: ClassVar[int] = 1
    MAX_BYTES: ClassVar[int] = SMALL_BYTES
    KEY_USE: ClassVar[str] = "sign"
    """Permits, directories and letters have keys apart."""
    INSIDE: ClassVar[tuple[type["Message"], ...]] = ()
    """Signed messages that travel as text inside this one."""
    BOXED: ClassVar[type[msgspec.Struct] | None] = None
    """What its box holds once opened, where that is described."""
    STRIPPED: ClassVar[type["Message"] | None] = None
    """What its sender signs where boxes travel beside it: the same, a digest for each box."""
    BESIDE: ClassVar[tuple[str, ...]] = ()
    """Which of its fields those boxes are."""

    sender: PartyId
    aud: PartyId
    at: Instant


class Box(Record, frozen=True, kw_only=True):
    """A sealed box from one party to another: nonce and AES-256-GCM ciphertext (封箱)."""

    sender_period: Period
    receiver_period: Period
    data: Annotated[bytes, Meta(min_length=28, max_length=BOX_DATA_BYTES)]

    @property
    def digest(self) -> bytes:
        """32 bytes by which signed words name this box once it is gone (封箱の要約値)."""
        parts = (str(self.sender_period), str(self.receiver_period), self.data)
        return sha256(join("renkei box digest v1", *parts)).digest()


class Basis(Record, frozen=True, kw_only=True):
    """The legal basis a decision cites: article, table row, item (根拠)."""

    article: Article
    row: Row


Outcome = Literal["provided", "no-data", "withheld", "refused", "lapsed", "not-received"]
"""How an exchange ended, as one party's receipt says."""
FinalOutcome = Literal["provided", "no-data", "withheld", "refused"]
Assessment = Literal["published", "exempt", "missing"]
"""Impact assessment of the file (特定個人情報保護評価, 法27・28条)."""
