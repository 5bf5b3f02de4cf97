"""Whom another body means: own person by the four attributes, own code from J-LIS (令26条3項).

The attributes come boxed, are compared in memory and go nowhere. What J-LIS compares is what this
body itself has on file, and only the acquired code decides: it must equal the one converted from
the requester's.
"""

import contextlib
from dataclasses import dataclass
from typing import Final, Literal

from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.institution import rules
from renkei.roles.institution.service.acquire import AcquireService
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.framing import decode
from renkei.wire.messages.acquisition import FourAttributes
from renkei.wire.messages.exchange import Permit

PURPOSE: Final = "attributes"
Result = Literal["bound", "unknown", "mismatch", "not-acquired", "epoch", "later"]


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whether the code is now a person's here; a person also with `mismatch`, `not-acquired`."""

    result: Result
    person: str | None = None


class Recogniser:
    """Finds and verifies the one person a requester without a common code means."""

    def __init__(self, party: Party, database: Database, acquire: AcquireService) -> None:
        self._party = party
        self._database = database
        self._acquire = acquire

    async def recognise(self, permit: Permit, code: InstitutionCode, offered: Box) -> Recognition:
        """Bind `code`, r⁻¹·X_B of the permit, to the person the attributes fit, or say why not."""
        plain = self._party.unseal(permit.requester, PURPOSE, permit.tx, offered)
        attributes: FourAttributes = decode(plain, FourAttributes)
        candidates = await self._database.read(
            lambda c: store.born_on(c, attributes.birth_date, attributes.sex)
        )
        if len(candidates) >= store.BORN_ON_LIMIT:
            return Recognition("unknown")
        fit = rules.the_one(attributes, candidates)
        if fit is None:
            return Recognition("unknown")
        found = await self._compare(fit.person, code)
        if fit.moved and found.result == "mismatch":
            return Recognition("unknown")  # a namesake: nobody's file is wrong
        return found

    async def _compare(self, person: rules.Person, code: InstitutionCode) -> Recognition:
        """The code held, or else one acquired now, must be the one the permit leads to."""
        held = await self._database.read(lambda c: store.code_of(c, person.person, code.epoch))
        if held is not None:
            return Recognition("bound" if held == code else "mismatch", person.person)
        return await self._verify(person, code)

    async def _verify(self, person: rules.Person, code: InstitutionCode) -> Recognition:
        """Acquire with this body's own record, compare, and bind only what is equal."""
        try:
            acquired = await self._acquire.fetch(person)
            if acquired is None:
                return Recognition("not-acquired", person.person)
            same = acquired.code == code
            if same:
                await self._acquire.bind(person, code)
        except WireError as error:
            get_logger().info("acquisition-failed", code=error.code)
            later = error.kind.again or error.kind.who != "sender" or error.code in _LATER
            return Recognition("later" if later else "not-acquired", person.person)
        with contextlib.suppress(WireError):  # what is not confirmed is gone after 24 hours
            await self._acquire.confirm(acquired.number)
        if acquired.code.epoch != code.epoch:
            return Recognition("epoch", person.person)
        return Recognition("bound" if same else "mismatch", person.person)


_LATER: Final = frozenset({"epoch", "stale", "code-already-bound", "acquisition-unknown"})
"""What the next attempt, with a new number and the file as it is then, may not meet again."""
