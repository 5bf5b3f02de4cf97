"""A request that comes again: its answer is the stored one, whatever judging it anew would give."""

import pytest
from small_network import SmallNetwork

from renkei.kit.keys import UnknownKey
from renkei.law.periods import period
from renkei.wire.errors import WireError


async def permit(network: SmallNetwork, raw: bytes) -> bytes:
    """The network's answer to City A's request, as signed."""
    return await network.answer(raw)


async def test_the_stored_answer_goes_before_a_judgement(network: SmallNetwork) -> None:
    """Asked again when it would be refused as stale, it gets the permit it got, byte for byte."""
    raw = network.request()
    first = await permit(network, raw)
    day = network.clock.now().date()
    network.clock.advance(period("freshness_seconds", day) + 1)
    assert await permit(network, raw) == first
    assert await network.integrate() == 2  # the directory's entry and this request's, once


async def test_the_stored_answer_where_judging_fails(network: SmallNetwork) -> None:
    """Asked again when its scalar is destroyed, it gets the same bytes; a new request fails."""
    raw, other = network.request(1), network.request(2)
    first = await permit(network, raw)
    network.destroy("scalar-city-a-1")
    assert await permit(network, raw) == first
    with pytest.raises(UnknownKey):
        await permit(network, other)
    assert await network.integrate() == 2


async def test_an_answer_that_ran_out(network: SmallNetwork) -> None:
    """Asked again once its permit has run out and is deleted, it is not judged a second time."""
    raw = network.request()
    await permit(network, raw)
    network.clock.advance(period("permit_valid_seconds", network.clock.now().date()) + 1)
    await network.linkage.work("housekeeping")
    with pytest.raises(WireError, match="permit-expired"):
        await permit(network, raw)
    assert await network.integrate() == 2
