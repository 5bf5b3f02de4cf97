"""Doubles of other parties at the one seam where parties meet: a line (回線役).

A double has one method per call it answers, named like the call, e.g. `acquisition_numbers`; each
takes the signed bytes and gives the signed answer, or raises an error of the closed list.
"""

from typing import Any

from renkei.kit.counterparty import Counterparty
from renkei.kit.party import Party
from renkei.wire.call import Call, Files


class ByName:
    """A double whose methods are named like the calls they answer; a `Line`."""

    async def send(self, call: Call[Any, Any], raw: bytes) -> bytes:
        """The answer of the method named like the call."""
        answer: bytes = await getattr(self, call.name)(raw)
        return answer

    async def file(self, files: Files, path: str) -> bytes:
        """The answer of `public_file`."""
        answer: bytes = await getattr(self, "public_file")(path)  # noqa: B009
        return answer


def toward(party: Party, name: str, double: Any) -> Counterparty:
    """What a service of `party` asks, with a double behind it."""
    return Counterparty(party, name, double)
