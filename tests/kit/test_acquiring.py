"""A body's side of the network's acquisition numbers believes no other count than it asked for."""

from pathlib import Path

import msgspec
import pytest
from lines import toward
from portal_network import SmallNetwork

from renkei.kit.acquiring import Acquiring
from renkei.wire.errors import WireError
from renkei.wire.linkage.acquisition import AcquisitionNumbers


@pytest.mark.parametrize("lie", ["one twice", "one more", "one less", "two the same"])
async def test_numbers_of_another_count_are_not_taken(tmp_path: Path, lie: str) -> None:
    """A network that gives too many, too few, or one number twice has answered nothing."""
    network = SmallNetwork(tmp_path)
    party, said = network.parties["portal"], network.parties["linkage"]
    honest = network.acquisition_numbers

    async def lying(letter: bytes) -> bytes:
        answer = party.read(await honest(letter), (AcquisitionNumbers,), peer="linkage").message
        first, second, *rest = answer.numbers
        numbers = {
            "one twice": [*answer.numbers, first],
            "one more": [*answer.numbers, "A" * 22],
            "one less": answer.numbers[1:],
            "two the same": [first, first, *rest],
        }[lie]
        assert second not in (first, *rest)
        return said.write(msgspec.structs.replace(answer, numbers=numbers))

    network.acquisition_numbers = lying  # type: ignore[method-assign]
    with pytest.raises(WireError, match="another count") as error:
        await Acquiring(party, toward(party, "linkage", network)).numbers(3)
    assert error.value.code == "unavailable"
