"""The closed list of grounds of provision."""

import msgspec
import pytest

from renkei.law import GROUNDS, REASONS, Decision, Facts, grounds, may_provide
from renkei.law.grounds import Party

TABLE = Decision(True, "法第19条第8号・命令第2条", "106", "permitted")
# For each ground: facts that meet it, and the one fact without which it falls.
CASES: dict[int, tuple[grounds.Ground, Facts, dict[str, object]]] = {
    1: (
        grounds.to_person_or_related_affairs,
        Facts(giver=Party.NUMBER_USER, receiver=Party.PERSON, necessary=True),
        {"necessary": False},
    ),
    2: (
        grounds.by_related_affairs,
        Facts(giver=Party.NUMBER_RELATED, receiver=Party.NUMBER_USER, necessary=True),
        {"giver": Party.OTHER},
    ),
    3: (
        grounds.by_the_person,
        Facts(giver=Party.PERSON, receiver=Party.NUMBER_RELATED, own_number=True),
        {"own_number": False},
    ),
    4: (
        grounds.on_change_of_employer,
        Facts(
            giver=Party.FORMER_EMPLOYER,
            receiver=Party.NEW_EMPLOYER,
            consent=True,
            necessary=True,
        ),
        {"consent": False},
    ),
    5: (
        grounds.by_j_lis,
        Facts(giver=Party.J_LIS, receiver=Party.NUMBER_USER, requested=True),
        {"requested": False},
    ),
    6: (
        grounds.on_entrustment_or_succession,
        Facts(giver=Party.NUMBER_USER, receiver=Party.CONTRACTOR, entrusted=True),
        {"entrusted": False},
    ),
    7: (
        grounds.under_resident_register_act,
        Facts(giver=Party.RESIDENT_REGISTER_BODY, receiver=Party.OTHER, legal_provision=True),
        {"legal_provision": False},
    ),
    8: (
        grounds.over_the_network,
        Facts(giver=Party.PROVIDER, receiver=Party.INQUIRER, over_network=True, network=TABLE),
        {"over_network": False},
    ),
    9: (
        grounds.over_the_network_by_ordinance,
        Facts(
            giver=Party.PROVIDER,
            receiver=Party.ORDINANCE_INQUIRER,
            over_network=True,
            network=TABLE,
        ),
        {"network": None},
    ),
    10: (
        grounds.between_tax_authorities,
        Facts(
            giver=Party.TAX_AGENCY,
            receiver=Party.LOCAL_TAX_HEAD,
            legal_provision=True,
            safeguards=True,
        ),
        {"safeguards": False},
    ),
    11: (
        grounds.within_local_government,
        Facts(
            giver=Party.LOCAL_ORGAN,
            receiver=Party.LOCAL_ORGAN,
            same_local_government=True,
            ordinance=True,
            necessary=True,
        ),
        {"ordinance": False},
    ),
    12: (
        grounds.by_transfer_institution,
        Facts(
            giver=Party.TRANSFER_INSTITUTION,
            receiver=Party.SECURITIES_ISSUER,
            legal_provision=True,
            safeguards=True,
        ),
        {"receiver": Party.BANK},
    ),
    13: (
        grounds.to_the_commission,
        Facts(giver=Party.OTHER, receiver=Party.COMMISSION, requested=True),
        {"requested": False},
    ),
    14: (
        grounds.to_the_minister_of_internal_affairs,
        Facts(giver=Party.J_LIS, receiver=Party.MINISTER_OF_INTERNAL_AFFAIRS, requested=True),
        {"requested": False},
    ),
    15: (
        grounds.for_public_inquiry,
        Facts(
            giver=Party.OTHER, receiver=Party.PUBLIC_INQUIRY, requested=True, legal_provision=True
        ),
        {"legal_provision": False},
    ),
    16: (
        grounds.to_protect_life_or_property,
        Facts(
            giver=Party.OTHER,
            receiver=Party.OTHER,
            protects_life_or_property=True,
            consent_unobtainable=True,
        ),
        {"consent_unobtainable": False},
    ),
    17: (
        grounds.by_rule_of_the_commission,
        Facts(giver=Party.OTHER, receiver=Party.OTHER, commission_rule=True),
        {"commission_rule": False},
    ),
}


def test_the_list_is_closed_at_seventeen() -> None:
    """There are exactly the seventeen items of article 19, each with its own function."""
    assert sorted(GROUNDS) == list(range(1, 18)) == sorted(CASES)
    assert len(set(GROUNDS.values())) == 17


@pytest.mark.parametrize("number", range(1, 18))
def test_each_ground_holds_on_its_facts_and_falls_without_one(number: int) -> None:
    """Every ground cites its own item, and fails when a fact it needs is missing."""
    ground, facts, missing = CASES[number]
    assert GROUNDS[number] is ground
    held = ground(facts)
    assert (held.allowed, held.article) == (True, f"法第19条第{number}号")
    fallen = ground(msgspec.structs.replace(facts, **missing))
    assert not fallen.allowed
    assert fallen.reason in REASONS


def test_a_network_ground_passes_on_the_refusal_of_the_table() -> None:
    """When the table refuses, the ground refuses with the table's article, row and reason."""
    refusal = Decision(False, "法第19条第8号・命令第2条", "106", "item-not-in-row")
    facts = msgspec.structs.replace(CASES[8][1], network=refusal)
    assert grounds.over_the_network(facts) == refusal


def test_an_asset_enquiry_may_go_to_a_bank_only() -> None:
    """A number used to ask for assets goes to banks and nobody else (item 1)."""
    facts = Facts(giver=Party.NUMBER_USER, receiver=Party.BANK, necessary=True, asset_enquiry=True)
    assert may_provide(facts).allowed
    elsewhere = msgspec.structs.replace(facts, receiver=Party.NUMBER_RELATED)
    assert not may_provide(elsewhere).allowed


def test_who_meets_no_ground_may_not_provide() -> None:
    """Handing a number to a stranger is refused by article 19 itself."""
    decision = may_provide(Facts(giver=Party.OTHER, receiver=Party.OTHER, consent=True))
    assert decision == Decision(False, "法第19条", None, "ground-not-met")
