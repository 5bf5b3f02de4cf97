"""The portal acquires its codes at the network as an institution does."""

import pytest
from small_network import SmallNetwork, person

from renkei.crypto import codes
from renkei.values.reveal import Purpose
from renkei.wire.errors import WireError
from renkei.wire.messages.acquisition import (
    AcquisitionCollect,
    AcquisitionConfirm,
    AcquisitionFill,
    AcquisitionNumberRequest,
)

J_LIS = "individual-number"


async def test_a_batch_for_the_portal(network: SmallNetwork) -> None:
    """What the portal collects is its scalar times what J-LIS filled, for the portal alone."""
    acquisition = network.acquisition
    numbers = await network.say("portal", acquisition.numbers, AcquisitionNumberRequest, count=3)
    assert numbers.epoch == 1
    for index, number in enumerate(numbers.numbers, start=1):
        seed = bytes([index]) * 32
        blind = codes.derive_blind(seed, J_LIS, number)
        await network.say(
            J_LIS,
            acquisition.fill,
            AcquisitionFill,
            number=number,
            institution="portal",
            blinded=codes.blind(blind, person(index)),
            seed=network.parties[J_LIS].seal("portal", "acquisition-seed", number, seed),
        )
    for index, number in enumerate(numbers.numbers, start=1):
        with pytest.raises(WireError, match="acquisition-unknown"):
            await network.say("city-a", acquisition.collect, AcquisitionCollect, number=number)
        answer = await network.say("portal", acquisition.collect, AcquisitionCollect, number=number)
        seed = network.parties["portal"].unseal(J_LIS, "acquisition-seed", number, answer.seed)
        blind = codes.derive_blind(seed, J_LIS, number)
        expected = network.code("portal", index).reveal(Purpose.DERIVE)
        assert codes.unblind(blind, answer.blinded) == expected
        await network.say("portal", acquisition.confirm, AcquisitionConfirm, number=number)
        with pytest.raises(WireError, match="acquisition-unknown"):
            await network.say("portal", acquisition.collect, AcquisitionCollect, number=number)
