"""The directory: parties, keys, epochs, assessments, signed twice (機関台帳)."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from renkei.values.municipality_code import MunicipalityCode
from renkei.wire.fields import (
    MOST,
    Affair,
    Assessment,
    Bytes32,
    Day,
    DirectoryJws,
    Epoch,
    Instant,
    Jws,
    Kid,
    Label,
    Message,
    PartyId,
    Period,
    Record,
    Row,
    Word,
)
from renkei.wire.limits import CARRIED_DIRECTORY_BYTES, DIRECTORY_BYTES, STATEMENT_BYTES
from renkei.wire.names import Role

LAST_VERSION = 2**31 - 1


class SigningKey(Record, frozen=True, kw_only=True):
    """A P-256 public key, uncompressed point of 65 bytes (署名検証鍵, SEC 1 §2.3.3)."""

    kid: Kid
    public: Annotated[bytes, Meta(min_length=65, max_length=65)]


class AgreementKey(Record, frozen=True, kw_only=True):
    """An X25519 public key and the period it serves, at most 90 days (鍵共有鍵)."""

    period: Period
    public: Bytes32
    not_before: Instant
    not_after: Instant


class Office(Record, frozen=True, kw_only=True):
    """An office inside an institution, e.g. its tax section (担当組織)."""

    office: Word
    name_ja: Label
    name_en: Label


class FilingSource(Record, frozen=True, kw_only=True):
    """Information an ordinance affair wants from one kind of provider, like one statutory row."""

    row: Row
    likeness: Literal["base", "expense", "goods", "service"]
    provider: Word
    items: Annotated[list[Word], Meta(min_length=1, max_length=50)]


class OrdinanceFiling(Record, frozen=True, kw_only=True):
    """An ordinance affair as filed with and notified by the Commission (独自利用事務の届出)."""

    affair: Affair
    body: Word
    local_government: Label
    ordinance: Label
    title_ja: Label
    sources: Annotated[list[FilingSource], Meta(min_length=1, max_length=50)]
    filed_on: Day
    notified_on: Day | None
    published_on: Day | None
    withdrawn_on: Day | None = None


class OrdinanceWithholding(Record, frozen=True, kw_only=True):
    """What a provider filed not to give to ordinance affairs (限定機関の申出, 規則6号2条)."""

    ordinance: Label
    items: Annotated[list[Word], Meta(min_length=1, max_length=50)]
    rows: Annotated[list[Row], Meta(max_length=200)]
    starts_on: Day
    filed_on: Day
    notified_on: Day | None
    ends_on: Day | None = None


class DirectoryEntry(Record, frozen=True, kw_only=True):
    """One party as the network and the Commission certify it (機関の登録)."""

    party: PartyId
    role: Role
    kind: Word
    """Kind of body in the law's tree, e.g. `municipality-mayor`."""
    name_ja: Label
    name_en: Label
    municipality_code: MunicipalityCode | None
    dns_name: Annotated[str, Meta(min_length=3, max_length=253)]
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)]
    signing_keys: Annotated[list[SigningKey], Meta(min_length=1, max_length=8)]
    agreement_keys: Annotated[list[AgreementKey], Meta(max_length=8)]
    epoch: Epoch
    active_from: Day
    active_until: Day | None = None
    suspended: bool = False
    assessment: Assessment
    attributes_accepted: bool = True
    """False for bodies that take no attributes after `no-code` (令26条3項)."""
    offices: Annotated[list[Office], Meta(max_length=200)] = []
    filings: Annotated[list[OrdinanceFiling], Meta(max_length=200)] = []
    withholdings: Annotated[list[OrdinanceWithholding], Meta(max_length=200)] = []


class DirectoryVersion(Message, frozen=True, kw_only=True):
    """One version of the directory, signed by the network; `aud` is `everyone`."""

    MAX_BYTES: ClassVar = DIRECTORY_BYTES
    KEY_USE: ClassVar = "directory"

    version: Annotated[int, Meta(ge=1, le=LAST_VERSION)]
    expires_at: Instant
    entries: Annotated[list[DirectoryEntry], Meta(min_length=1, max_length=10_000)]


class DirectoryCountersignature(Message, frozen=True, kw_only=True):
    """The Commission's signature over one version's digest (監督機関の連署)."""

    MAX_BYTES: ClassVar = STATEMENT_BYTES

    version: Annotated[int, Meta(ge=1, le=LAST_VERSION)]
    digest: Bytes32


class DirectoryRequest(Message, frozen=True, kw_only=True):
    """A party asks for the newest directory."""

    have_version: Annotated[int, Meta(ge=0, le=LAST_VERSION)]


class DirectoryAnswer(Message, frozen=True, kw_only=True):
    """The newest version with both signatures."""

    MAX_BYTES: ClassVar = CARRIED_DIRECTORY_BYTES
    INSIDE: ClassVar = (DirectoryVersion, DirectoryCountersignature)

    version: DirectoryJws
    countersignature: Jws


class DirectoryProposalRequest(Message, frozen=True, kw_only=True):
    """The Commission asks whether a directory version waits for its signature."""


class DirectoryProposal(Message, frozen=True, kw_only=True):
    """A version the network has signed, or None."""

    MAX_BYTES: ClassVar = CARRIED_DIRECTORY_BYTES
    INSIDE: ClassVar = (DirectoryVersion,)

    version: DirectoryJws | None


class DirectoryCountersigned(Message, frozen=True, kw_only=True):
    """The Commission's countersignature of a proposed version."""

    INSIDE: ClassVar = (DirectoryCountersignature,)

    countersignature: Jws


class DirectoryPublished(Message, frozen=True, kw_only=True):
    """The version is published and is an entry of the log."""

    version: Annotated[int, Meta(ge=1, le=MOST)]
