"""Countersigning directory versions: one content per number (機関台帳の連署)."""

from typing import Final

from renkei.crypto import jws
from renkei.crypto.errors import CryptoError
from renkei.kit.database import Database
from renkei.kit.logs import get_logger
from renkei.kit.outbox import Pace
from renkei.kit.party import Party
from renkei.roles.oversight import rules
from renkei.roles.oversight.rules import Finding
from renkei.roles.oversight.service.reporting import Reporter
from renkei.roles.oversight.store import ledger as store
from renkei.wire.directory import EVERYONE
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.messages.directory import DirectoryCountersignature, DirectoryVersion
from renkei.wire.messages.log import (
    DirectoryCountersigned,
    DirectoryProposal,
    DirectoryProposalRequest,
    DirectoryPublished,
)
from renkei.wire.protocols import LinkageProtocol

PACE: Final = Pace(batch=1, idle_seconds=2.0, longest_delay_seconds=15.0)


class DirectorySigner:
    """Looks at what the network proposes, and signs it if nothing is wrong with it (連署)."""

    def __init__(self, party: Party, database: Database, linkage: LinkageProtocol) -> None:
        self._party = party
        self._database = database
        self._linkage = linkage
        self._reporter = Reporter(party, database)

    async def step(self, _batch: int) -> int:
        """Fetch the proposed version, if any; check, sign, hand in. Gives 0."""
        party = self._party
        request = DirectoryProposalRequest(**party.envelope("linkage"))
        raw = await self._linkage.directory_proposal(party.write(request))
        proposal = party.read(raw, (DirectoryProposal,), peer="linkage").message
        if proposal.version is None:
            return 0
        signed, version, digest = self._parse(proposal.version)
        wrong = await self._wrong(version, digest)
        if wrong:
            await self._reporter.report(
                Finding(
                    "directory-refused",
                    ("linkage",),
                    f"{version.version} {digest.hex()}",
                    (signed,),
                    "; ".join(wrong),
                )
            )
            return 0
        await self._hand_in(version.version, digest)
        return 0

    def _parse(self, text: str) -> tuple[bytes, DirectoryVersion, bytes]:
        """The proposed version, if the network's directory key signed it; else raises WireError."""
        raw = text.encode()
        unverified, version = parse(raw, (DirectoryVersion,))
        try:
            jws.verify(unverified, jws.load_public(self._party.roots.network))
        except CryptoError as error:
            raise WireError("signature", "The network did not sign this directory.") from error
        if version.sender != "linkage" or version.aud != EVERYONE:
            raise WireError("signature", "This is not a directory of the network.")
        return raw, version, jws.digest(unverified)

    async def _wrong(self, version: DirectoryVersion, digest: bytes) -> list[str]:
        """Why it is not signed; also fixes its content for ever where it is."""
        party, now = self._party, self._party.now()
        wrong = rules.check_directory(party.directory, version, now)
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
            **party.envelope("linkage"), countersignature=countersignature.decode("ascii")
        )
        raw = await self._linkage.directory_countersigned(party.write(message))
        party.read(raw, (DirectoryPublished,), peer="linkage")
        get_logger().info("directory-countersigned", version=version)
