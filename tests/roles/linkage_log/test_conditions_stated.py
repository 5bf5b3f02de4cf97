"""What a request states to be met: judged by the network, in one form, and on its record."""

import json

import looking
import msgspec
import pytest
from small_network import SmallNetwork

from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.linkage.permit import Permit, PermitRequest, Refusal

HOUSING = {"affair": "53", "sub_affair": "55-4", "subject": "applicant"}
RUNS, OTHER = "runs-public-housing", "runs-improved-housing"


def stated(network: SmallNetwork) -> list[tuple[str, list[str] | None]]:
    """Reason and conditions of the network's records of exchanges."""
    query = "SELECT record FROM leaf WHERE kind = 1 ORDER BY seq"
    records = [json.loads(record) for (record,) in looking.rows(network.where, query)]
    return [(one["reason"], one.get("conditions")) for one in records]


async def test_what_is_stated_stands_in_permit_and_record(network: SmallNetwork) -> None:
    """A request that states what its item wants is permitted, and says so in every paper."""
    permit = await network.ask(network.request(**HOUSING, conditions=[RUNS]))
    assert isinstance(permit, Permit)
    assert permit.conditions == [RUNS]
    assert stated(network) == [("permitted", [RUNS])]


@pytest.mark.parametrize("said", [None, [OTHER]], ids=["nothing", "something else"])
async def test_what_is_not_stated_is_refused_and_recorded(
    network: SmallNetwork, said: list[str] | None
) -> None:
    """A requester that skips its own check is refused by the article that sets the limit."""
    facts = HOUSING | ({"conditions": said} if said else {})
    answer = await network.ask(network.request(**facts))
    assert isinstance(answer, Refusal)
    assert answer.reason == "condition-open"
    assert (answer.article or "").startswith("命令第55条第4号")
    assert stated(network) == [("condition-open", said)]


async def test_a_word_of_no_table_is_refused(network: SmallNetwork) -> None:
    """A condition that nobody's table has is a refusal, and a record like any other."""
    answer = await network.ask(network.request(**HOUSING, conditions=[RUNS, "zodiac-sign"]))
    assert isinstance(answer, Refusal)
    assert answer.reason == "not-in-table"


@pytest.mark.parametrize("twice", [[RUNS, RUNS], [RUNS, OTHER]], ids=["twice", "out of order"])
async def test_conditions_have_one_form(network: SmallNetwork, twice: list[str]) -> None:
    """Two orders of the same words would be two requests: only one is a message."""
    asked = parse(network.request(**HOUSING, conditions=[RUNS]), (PermitRequest,))[1]
    odd = network.parties["city-a"].write(msgspec.structs.replace(asked, conditions=twice))
    with pytest.raises(WireError, match="each condition once"):
        await network.ask(odd)
    assert stated(network) == []
