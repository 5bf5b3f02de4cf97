"""What counts for verifying number and identity, as tables (法16条, 令12条, 規則1～11条).

Three lists: papers and measures, circumstances that are stated, and one dated row for each lawful
way. The wording at hand is held from 2026-04-01; since when it reads so, no text at hand tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final, Literal

import msgspec

from renkei.law import tables

Who = Literal[
    "person",
    "statutory-agent",
    "mandated-agent",
    "statutory-corporate-agent",
    "mandated-corporate-agent",
]
"""Who comes: the person, or an agent by statute or mandate, a corporation or not (本人・代理人)."""
Channel = Literal["counter", "mail", "telephone", "online"]
"""How the number is given: shown, sent, told on the telephone, or over a line (提供の方法)."""
Part = Literal["number", "identity", "authority", "agent-identity"]
"""What is checked: the person's number, who the person is, the agency, who the agent is."""
Whose = Literal["person", "agent"]
"""Whom a paper or measure is about; a corporation that comes is the agent."""
Agrees = Literal["number", "name", "birth", "address", "office-name", "office-address"]
"""What on a paper was compared and found equal (個人識別事項, 番号, 商号・所在地)."""
Agreement = Literal["none", "number", "identity", "number-and-identity", "office"]
"""What a way wants to be found equal; identity is name with birth or address (個人識別事項)."""
PARTS: Final[Mapping[Who, tuple[Part, ...]]] = {
    "person": ("number", "identity"),
    "statutory-agent": ("authority", "agent-identity", "number"),
    "mandated-agent": ("authority", "agent-identity", "number"),
    "statutory-corporate-agent": ("authority", "agent-identity", "number"),
    "mandated-corporate-agent": ("authority", "agent-identity", "number"),
}
"""The parts of a verification by who comes (法16条・令12条1項; 令12条2項1号・2号・3号)."""
MOVED_ABROAD: Final = "moved-abroad"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of paper or measure (書類・措置).

    `photo`: the bearer is known by a photo or the like (令12条1項2号). `decision`: counts only
    where a body that uses numbers recognised it. A void one counts for nothing:
    `validity_article` says so where the texts at hand have one. `valid_from`, `valid_to`: days of
    the paper itself.
    """

    id: str
    ja: str
    en: str
    form: Literal["paper", "measure"]
    article: str
    source: str
    photo: bool = False
    decision: bool = False
    validity_article: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Circumstance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact beside the papers that must be stated (申し立てる事情).

    `offered`: may be named as what is missing; not so what the receiver or the person simply is.
    """

    id: str
    ja: str
    en: str
    article: str
    offered: bool


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many of these kinds belong to a way (提示・措置の一つ)."""

    kinds: tuple[str, ...]
    whose: Whose
    agree: Agreement
    count: int = 1
    copy: bool = False


class Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dated row: members and circumstances that complete parts, by an article (確認の方法)."""

    id: str
    who: tuple[Who, ...]
    channel: Channel
    parts: tuple[Part, ...]
    members: tuple[Member, ...]
    stated: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    article: str
    valid_from: date
    valid_to: date | None
    source: str


@cache
def evidence() -> Mapping[str, Evidence]:
    """All kinds of papers and measures by id."""
    rows = tables.read("identity_papers.json", tuple[Evidence, ...])
    return {row.id: row for row in rows}


@cache
def circumstances() -> Mapping[str, Circumstance]:
    """All circumstances by id."""
    rows = tables.read("identity_circumstances.json", tuple[Circumstance, ...])
    return {row.id: row for row in rows}


@cache
def ways() -> tuple[Way, ...]:
    """The table, in its order: of several that are complete the first is cited."""
    return tables.read("identity_combinations.json", tuple[Way, ...])
