"""A request that names its procedure: recorded where it is one of the affair, refused else."""

import json

import looking
import pytest
from small_network import SmallNetwork

from renkei.wire.linkage.permit import Permit, Refusal


def named(network: SmallNetwork) -> list[tuple[bool, str | None, str]]:
    """What the network's records of exchanges say of the procedure."""
    query = "SELECT record FROM leaf WHERE kind = 1 ORDER BY seq"
    records = [json.loads(record) for (record,) in looking.rows(network.where, query)]
    return [(one["allowed"], one["procedure"], one["reason"]) for one in records]


async def test_the_procedure_stands_in_the_record(network: SmallNetwork) -> None:
    """What the desk picked is on record with the permit; a question by hand records none."""
    assert isinstance(await network.ask(network.request(procedure="child-allowance")), Permit)
    assert isinstance(await network.ask(network.request()), Permit)
    assert named(network) == [(True, "child-allowance", "permitted"), (True, None, "permitted")]


@pytest.mark.parametrize("other", ["child-allowance-change", "nhi-enrol", "no-such-procedure"])
async def test_a_procedure_of_another_affair_is_refused(network: SmallNetwork, other: str) -> None:
    """Nobody can have a person told of a procedure that was not theirs; the try is on record."""
    answer = await network.ask(network.request(procedure=other))
    assert isinstance(answer, Refusal)
    assert (answer.article, answer.reason) == (None, "procedure-not-of-affair")
    assert named(network) == [(False, other, "procedure-not-of-affair")]
