"""The seventeen grounds on which specific personal information may be provided (法19条各号).

The list is closed: whoever provides must stand on one of them. Each ground is a function from the
facts of one provision to a `Decision`; `may_provide` asks all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from renkei.law.decision_and_reasons import Decision


class Party(StrEnum):
    """What giver or receiver is in the provision at hand (提供の当事者)."""

    NUMBER_USER = "number-user"  # 個人番号利用事務実施者
    NUMBER_RELATED = "number-related"  # 個人番号関係事務実施者
    PERSON = "person"  # 本人
    AGENT = "agent"  # 代理人
    FORMER_EMPLOYER = "former-employer"
    NEW_EMPLOYER = "new-employer"
    J_LIS = "j-lis"  # 機構
    CONTRACTOR = "contractor"  # 委託先
    SUCCESSOR = "successor"  # 事業の承継者
    RESIDENT_REGISTER_BODY = "resident-register-body"
    INQUIRER = "inquirer"  # 情報照会者
    PROVIDER = "provider"  # 情報提供者
    ORDINANCE_INQUIRER = "ordinance-inquirer"  # 条例事務関係情報照会者
    TAX_AGENCY = "tax-agency"  # 国税庁長官
    LOCAL_TAX_HEAD = "local-tax-head"  # 都道府県知事・市町村長
    LOCAL_ORGAN = "local-organ"  # 地方公共団体の機関
    TRANSFER_INSTITUTION = "transfer-institution"  # 振替機関等
    SECURITIES_ISSUER = "securities-issuer"  # 社債等の発行者
    COMMISSION = "commission"  # 個人情報保護委員会
    MINISTER_OF_INTERNAL_AFFAIRS = "minister-of-internal-affairs"  # 総務大臣
    PUBLIC_INQUIRY = "public-inquiry"  # 議院・裁判所・捜査・検査院など
    BANK = "bank"  # 報告を求められる銀行等
    OTHER = "other"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one provision (提供の事実). Flags say what holds, never what is hoped."""

    giver: Party
    receiver: Party
    necessary: bool = False  # 必要な限度で
    own_number: bool = False  # it is the giver's own (or the represented person's) number
    consent: bool = False  # 本人の同意
    consent_unobtainable: bool = False  # 同意を得ることが困難
    asset_enquiry: bool = False  # a report on assets or income is asked for by law
    legal_provision: bool = False  # a provision the ground names prescribes it
    ordinance: bool = False  # 条例で定めるところにより
    same_local_government: bool = False
    over_network: bool = False  # 情報提供ネットワークシステムを使用
    network: Decision | None = None  # what may_ask or may_ask_by_ordinance said
    entrusted: bool = False  # 委託 or 事業の承継
    safeguards: bool = False  # 政令で定める安全の措置
    requested: bool = False  # the receiver asked under the power the ground names
    protects_life_or_property: bool = False
    commission_rule: bool = False  # 個人情報保護委員会規則で定めるとき


Ground = Callable[[Facts], Decision]
USERS: Final = frozenset({Party.NUMBER_USER, Party.NUMBER_RELATED})
PEOPLE: Final = frozenset({Party.PERSON, Party.AGENT})


def _decide(number: int, met: bool) -> Decision:
    return Decision(met, f"法第19条第{number}号", None, "permitted" if met else "ground-not-met")


def to_person_or_related_affairs(facts: Facts) -> Decision:
    """A number user to the person, the agent or a related-affairs body, as needed (法19条1号)."""
    receivers = PEOPLE | {Party.NUMBER_RELATED}
    receiver = facts.receiver is Party.BANK if facts.asset_enquiry else facts.receiver in receivers
    return _decide(1, facts.giver is Party.NUMBER_USER and receiver and facts.necessary)


def by_related_affairs(facts: Facts) -> Decision:
    """A related-affairs body, as its affair needs, except under item 12 (法19条2号)."""
    met = facts.giver is Party.NUMBER_RELATED and facts.necessary
    return _decide(2, met)


def by_the_person(facts: Facts) -> Decision:
    """The person or the agent to a body that handles numbers (法19条3号)."""
    return _decide(3, facts.giver in PEOPLE and facts.receiver in USERS and facts.own_number)


def on_change_of_employer(facts: Facts) -> Decision:
    """A former employer to the new one, with the worker's consent, as needed (法19条4号)."""
    parties = (facts.giver, facts.receiver) == (Party.FORMER_EMPLOYER, Party.NEW_EMPLOYER)
    return _decide(4, parties and facts.consent and facts.necessary)


def by_j_lis(facts: Facts) -> Decision:
    """J-LIS to a number user that asks for confirmation data (法19条5号, 14条2項)."""
    parties = (facts.giver, facts.receiver) == (Party.J_LIS, Party.NUMBER_USER)
    return _decide(5, parties and facts.requested)


def on_entrustment_or_succession(facts: Facts) -> Decision:
    """With work entrusted or a business taken over (法19条6号)."""
    met = facts.receiver in {Party.CONTRACTOR, Party.SUCCESSOR} and facts.entrusted
    return _decide(6, met)


def under_resident_register_act(facts: Facts) -> Decision:
    """As the Basic Resident Register Act prescribes (法19条7号, 住基法30条の6第1項)."""
    return _decide(7, facts.giver is Party.RESIDENT_REGISTER_BODY and facts.legal_provision)


def over_the_network(facts: Facts) -> Decision:
    """A provider answers an inquirer over the network, within the table (法19条8号)."""
    parties = (facts.giver, facts.receiver) == (Party.PROVIDER, Party.INQUIRER)
    return _network(8, facts, parties)


def over_the_network_by_ordinance(facts: Facts) -> Decision:
    """The same for an affair set by ordinance and filed (法19条9号)."""
    parties = (facts.giver, facts.receiver) == (Party.PROVIDER, Party.ORDINANCE_INQUIRER)
    return _network(9, facts, parties)


def _network(number: int, facts: Facts, parties: bool) -> Decision:
    if parties and facts.over_network and facts.network is not None:
        if facts.network.allowed:
            return Decision(True, f"法第19条第{number}号", facts.network.row, "permitted")
        return facts.network
    return _decide(number, False)


def between_tax_authorities(facts: Facts) -> Decision:
    """National to local tax, local to national or local, as tax law prescribes (法19条10号)."""
    both = {facts.giver, facts.receiver}
    parties = Party.LOCAL_TAX_HEAD in both and both <= {Party.LOCAL_TAX_HEAD, Party.TAX_AGENCY}
    return _decide(10, parties and facts.legal_provision and facts.safeguards)


def within_local_government(facts: Facts) -> Decision:
    """One organ of a local government to another of the same, by ordinance (法19条11号)."""
    parties = facts.giver is facts.receiver is Party.LOCAL_ORGAN
    met = parties and facts.same_local_government and facts.ordinance and facts.necessary
    return _decide(11, met)


def by_transfer_institution(facts: Facts) -> Decision:
    """A book-entry transfer institution to an issuer or another one (法19条12号)."""
    receivers = {Party.SECURITIES_ISSUER, Party.TRANSFER_INSTITUTION}
    parties = facts.giver is Party.TRANSFER_INSTITUTION and facts.receiver in receivers
    return _decide(12, parties and facts.legal_provision and facts.safeguards)


def to_the_commission(facts: Facts) -> Decision:
    """To the Commission at its request (法19条13号, 35条1項)."""
    return _decide(13, facts.receiver is Party.COMMISSION and facts.requested)


def to_the_minister_of_internal_affairs(facts: Facts) -> Decision:
    """To the Minister for Internal Affairs at his request (法19条14号, 38条の7第1項)."""
    return _decide(14, facts.receiver is Party.MINISTER_OF_INTERNAL_AFFAIRS and facts.requested)


def for_public_inquiry(facts: Facts) -> Decision:
    """For Diet inquiries, courts, criminal and tax offence cases, audits (法19条15号)."""
    met = facts.receiver is Party.PUBLIC_INQUIRY and facts.requested and facts.legal_provision
    return _decide(15, met)


def to_protect_life_or_property(facts: Facts) -> Decision:
    """To protect life, body or property, with consent or where none can be had (法19条16号)."""
    met = facts.protects_life_or_property and (facts.consent or facts.consent_unobtainable)
    return _decide(16, met)


def by_rule_of_the_commission(facts: Facts) -> Decision:
    """As a rule of the Commission prescribes for cases like these (法19条17号)."""
    return _decide(17, facts.commission_rule)


GROUNDS: Final[Mapping[int, Ground]] = MappingProxyType(
    {
        1: to_person_or_related_affairs,
        2: by_related_affairs,
        3: by_the_person,
        4: on_change_of_employer,
        5: by_j_lis,
        6: on_entrustment_or_succession,
        7: under_resident_register_act,
        8: over_the_network,
        9: over_the_network_by_ordinance,
        10: between_tax_authorities,
        11: within_local_government,
        12: by_transfer_institution,
        13: to_the_commission,
        14: to_the_minister_of_internal_affairs,
        15: for_public_inquiry,
        16: to_protect_life_or_property,
        17: by_rule_of_the_commission,
    }
)


def may_provide(facts: Facts) -> Decision:
    """Whether any ground carries the provision; the first that does is cited (法19条)."""
    for ground in GROUNDS.values():
        decision = ground(facts)
        if decision.allowed:
            return decision
    return Decision(False, "法第19条", None, "ground-not-met")
