"""The portal acquires its codes at the network as an institution does."""

from small_network import SmallNetwork, person

from renkei.crypto import codes
from renkei.values.reveal import Purpose
from renkei.wire.boxes import BoxPurpose
from renkei.wire.linkage.acquisition import (
    AcquisitionFill,
    AcquisitionNumberRequest,
    CollectBatch,
    ConfirmBatch,
)

J_LIS = "individual-number"


async def test_a_batch_for_the_portal(network: SmallNetwork) -> None:
    """What the portal collects is its scalar times what J-LIS filled, for the portal alone."""
    numbers = await network.say("portal", AcquisitionNumberRequest, count=3)
    assert numbers.epoch == 1
    for index, number in enumerate(numbers.numbers, start=1):
        seed = bytes([index]) * 32
        blind = codes.derive_blind(seed, J_LIS, number)
        await network.say(
            J_LIS,
            AcquisitionFill,
            number=number,
            institution="portal",
            blinded=codes.blind(blind, person(index)),
            seed=network.parties[J_LIS].seal("portal", BoxPurpose.ACQUISITION_SEED, number, seed),
        )
    for index, number in enumerate(numbers.numbers, start=1):
        asked = {"numbers": [number]}
        stolen = await network.say("city-a", CollectBatch, **asked)
        assert stolen.collected == []
        answer = await network.say("portal", CollectBatch, **asked)
        (given,) = answer.collected
        seed = network.parties["portal"].unseal(
            J_LIS, BoxPurpose.ACQUISITION_SEED, number, given.seed
        )
        blind = codes.derive_blind(seed, J_LIS, number)
        expected = network.code("portal", index).reveal(Purpose.DERIVE)
        assert codes.unblind(blind, given.blinded) == expected
        await network.say("portal", ConfirmBatch, **asked)
        left = await network.say("portal", CollectBatch, **asked)
        assert left.collected == []
