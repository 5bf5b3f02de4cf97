"""Countersigning directory versions: one content per number (機関台帳の連署)."""

from typing import Final

from renkei.kit.background import Interval
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.party import Party
from renkei.roles.oversight.rules.culprits import NOBODY, finding_on
from renkei.roles.oversight.rules.directory import check_directory
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import ledger as store
from renkei.wire.framing import Anchor, read_anchored
from renkei.wire.linkage.calls import DIRECTORY_COUNTERSIGNED, DIRECTORY_PROPOSAL
from renkei.wire.linkage.directory import (
    DirectoryCountersignature,
    DirectoryCountersigned,
    DirectoryProposalRequest,
    DirectoryVersion,
)
from renkei.wire.names import EVERYONE, LINKAGE

INTERVAL: Final = Interval(idle_seconds=2.0, longest_delay_seconds=15.0)


class DirectorySigner:
    """Looks at what the network proposes, and signs it if nothing is wrong with it (連署)."""

    def __init__(self, party: Party, database: Database, linkage: Counterparty) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._reporter = Reporter(party, database)

    async def step(self) -> None:
        """Fetch the proposed version, if any; check, sign, hand in."""
        party = self._party
        request = DirectoryProposalRequest(**party.envelope(LINKAGE))
        proposal = await self._linkage.ask(DIRECTORY_PROPOSAL, request)
        if proposal.version is None:
            return
        signed, version, digest = self._parse(proposal.version)
        wrong = await self._wrong(version, digest)
        if wrong:
            await self._reporter.report(
                finding_on(
                    Ground.DIRECTORY,
                    NOBODY,
                    f"{version.version} {digest.hex()}",
                    (signed,),
                    "; ".join(wrong),
                )
            )
            return
        await self._hand_in(version.version, digest)

    def _parse(self, text: str) -> tuple[bytes, DirectoryVersion, bytes]:
        """The proposed version, if the network's directory key signed it; else raises WireError."""
        anchor = Anchor(LINKAGE, self._party.roots.network)
        letter = read_anchored(text, DirectoryVersion, anchor)
        return letter.raw, letter.message, letter.digest

    async def _wrong(self, version: DirectoryVersion, digest: bytes) -> list[str]:
        """Why it is not signed; also fixes its content for ever where it is."""
        party, now = self._party, self._party.now()
        wrong = check_directory(party.directory, version, now)
        own = {entry.party: entry for entry in version.entries}.get(party.name)
        keys = [key.public for key in own.signing_keys] if own is not None else []
        if party.keys.public("sign") not in keys:
            wrong.append("the version does not list the Commission's own key")
        if wrong:
            return wrong
        stands = await self._database.write(
            lambda c: store.countersign(c, version.version, digest, now)
        )
        return [] if stands == digest else ["another version of this number was countersigned"]

    async def _hand_in(self, version: int, digest: bytes) -> None:
        party = self._party
        countersignature = party.write(
            DirectoryCountersignature(**party.envelope(EVERYONE), version=version, digest=digest)
        )
        message = DirectoryCountersigned(
            **party.envelope(LINKAGE), countersignature=countersignature.decode("ascii")
        )
        await self._linkage.ask(DIRECTORY_COUNTERSIGNED, message)
        get_logger().info("directory-countersigned", version=version)
