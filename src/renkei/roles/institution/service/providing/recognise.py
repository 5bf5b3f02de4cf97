"""Whom another body means: own person by the four attributes, own code from J-LIS (令26条3項).

The attributes are compared in memory and go nowhere. What J-LIS compares is what this body itself
has on file, and only the acquired code decides: it must equal the one converted from the
requester's.
"""

import contextlib
from typing import Final, Literal

from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.roles.institution import rules
from renkei.roles.institution.service.codes.acquire import AcquireService
from renkei.roles.institution.service.codes.book import CodeBook, CodeStopped
from renkei.roles.institution.store import persons as store
from renkei.values.institution_code import InstitutionCode
from renkei.wire.errors import WireError
from renkei.wire.individual_number.messages import FourAttributes

Result = Literal["bound", "unknown", "mismatch", "not-acquired", "epoch", "later"]
"""`later`: J-LIS or the network could not be asked now."""


class Recogniser:
    """Finds and verifies the one person a requester without a common code means."""

    def __init__(self, database: Database, acquire: AcquireService, book: CodeBook) -> None:
        self._database = database
        self._acquire = acquire
        self._book = book

    async def fit(self, attributes: FourAttributes) -> rules.Fit | None:
        """The one person on file whom offered attributes fit; None for nobody or several."""
        candidates = await self._database.read(
            lambda c: store.born_like(c, attributes.birth_date, attributes.sex)
        )
        if len(candidates) >= store.BORN_ON_LIMIT:
            return None
        return rules.the_one(attributes, candidates)

    async def verify(self, fit: rules.Fit, code: InstitutionCode, requester: str) -> Result:
        """Bind `code`, r⁻¹·X_B of a permit, to the person that fits, or say why not.

        `requester`: on whose account this body acquires; no other one's tries are spent. Who is
        stopped counts as not acquired: an officer has that to do.
        """
        person = fit.person
        try:
            held = await self._database.read(
                lambda c: self._book.code_of(c, person.person, code.epoch)
            )
        except CodeStopped:
            return "not-acquired"
        if held == code:
            return "bound"
        if held is not None:
            await self._leave_a_line(fit, requester)
            found: Result = "mismatch"
        else:
            found = await self._acquired(person, code, requester)
        if fit.moved and found == "mismatch":
            return "unknown"  # a namesake: nobody's file is wrong
        return found

    async def _leave_a_line(self, fit: rules.Fit, requester: str) -> None:
        """Have J-LIS compare whom the attributes fit, whose code is held: they are to read of it.

        The number is not collected. It goes on without, where J-LIS is away.
        """
        if not fit.moved:
            with contextlib.suppress(WireError):
                await self._acquire.compare(fit.person, requester)

    async def _acquired(
        self, person: rules.Person, code: InstitutionCode, requester: str
    ) -> Result:
        """Acquire with this body's own record, compare, and bind only what is equal."""
        try:
            acquired = await self._acquire.fetch(person, requester)
            if acquired is None:
                return "not-acquired"
            same = acquired.code == code
            if same:
                await self._acquire.bind(person, code)
        except WireError as error:
            get_logger().info("acquisition-failed", code=error.code)
            told = error.signed and error.kind.who == "sender" and not error.kind.again
            return "later" if not told or error.code in _LATER else "not-acquired"
        with contextlib.suppress(WireError):  # what is not confirmed is gone after 24 hours
            await self._acquire.confirm(acquired.number)
        if acquired.code.epoch != code.epoch:
            return "epoch"
        return "bound" if same else "mismatch"


_LATER: Final = frozenset({"epoch", "stale", "code-already-bound", "acquisition-unknown"})
"""What the next attempt, with a new number and the file as it is then, may not meet again."""
