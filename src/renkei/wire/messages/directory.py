"""The directory: parties, keys, epochs, assessments, signed twice (機関台帳)."""

from typing import Annotated, Literal

from msgspec import Meta

from renkei.wire.fields import (
    Assessment,
    Bytes32,
    Epoch,
    Instant,
    Jws,
    Kid,
    Label,
    Message,
    PartyId,
    Period,
    Record,
    Word,
)

Role = Literal["institution", "individual-number", "linkage", "portal", "oversight"]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


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


class DirectoryEntry(Record, frozen=True, kw_only=True):
    """One party as the network and the Commission certify it (機関の登録)."""

    party: PartyId
    role: Role
    kind: Word
    """Kind of body in the law's tree, e.g. `municipality-mayor`."""
    name_ja: Label
    name_en: Label
    municipality_code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")] | None
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


class DirectoryVersion(Message, frozen=True, kw_only=True):
    """One version of the directory, signed by the network; `aud` is `everyone`."""

    version: Annotated[int, Meta(ge=1)]
    expires_at: Instant
    entries: Annotated[list[DirectoryEntry], Meta(min_length=1, max_length=10_000)]


class DirectoryCountersignature(Message, frozen=True, kw_only=True):
    """The Commission's signature over one version's digest (監督機関の連署)."""

    version: Annotated[int, Meta(ge=1)]
    digest: Bytes32


class DirectoryRequest(Message, frozen=True, kw_only=True):
    """A party asks for the newest directory."""

    have_version: Annotated[int, Meta(ge=0)]


class DirectoryAnswer(Message, frozen=True, kw_only=True):
    """The newest version with both signatures."""

    version: Jws
    countersignature: Jws
