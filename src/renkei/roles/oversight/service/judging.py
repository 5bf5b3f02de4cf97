"""What a report of the portal comes to: who can have done it, by what others signed (報告の検査).

Whom the portal names is its word and counts for nothing. A record is believed once it is shown to
stand in the tree that the witness vouches for, a letter by its signature.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from renkei.kit.party import Party
from renkei.roles.oversight.rules import attribution
from renkei.roles.oversight.rules.attribution import Pointed
from renkei.roles.oversight.rules.culprits import Finding, Matter, finding_on
from renkei.roles.oversight.rules.grounds import Ground
from renkei.roles.oversight.service.logged import LoggedRecords, Shown
from renkei.roles.oversight.service.showing import Shower, Signed
from renkei.roles.oversight.store.ledger import Stated
from renkei.roles.oversight.store.witness import Seen
from renkei.wire.boxes import BoxPurpose
from renkei.wire.deriving import departures
from renkei.wire.entries import EntryKind, ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.linkage.log import Feed, FeedLine, LoggedRecord
from renkei.wire.linkage.permit import EarlierRequest, StrippedRequest
from renkei.wire.names import LINKAGE, OVERSIGHT, PORTAL
from renkei.wire.portal.messages import Findings, PortalFinding

WAIT_SECONDS: Final = 30
"""How long a requester that is away, or a leaf the witness has not seen, is waited for."""
UNKNOWN_KEY: Final = "unknown-party"
_ANY_FORM: Final[Any] = (StrippedRequest, EarlierRequest)


@dataclass(frozen=True, slots=True)
class Report:
    """One finding of the portal, the letter it came in, and what the network shows of its leaf."""

    one: PortalFinding
    letter: Letter[Findings]
    shown: Shown

    @property
    def subject(self) -> str:
        """What a finding on it is about."""
        return f"leaf {self.one.leaf}"

    @property
    def logged(self) -> LoggedRecord | None:
        """What the network shows at the leaf, unchecked."""
        return self.shown.records.get(self.one.leaf)

    @property
    def record(self) -> ExchangeRecord | None:
        """The record of an exchange at the leaf; None where the network shows none."""
        logged = self.logged
        if logged is None or logged.kind != EntryKind.EXCHANGE:
            return None
        try:
            return read_entry(logged.record, ExchangeRecord)
        except WireError:
            return None

    def finding(
        self, ground: Ground, evidence: tuple[bytes, ...], detail: str, *, told: bool = False
    ) -> Finding:
        """A finding on it; `told`: its kind is the one that the portal gave it."""
        record = self.record
        matter = Matter(record.requester, record.provider) if record is not None else Matter()
        made = finding_on(ground, matter, self.subject, evidence, detail)
        return replace(made, kind=self.one.kind) if told else made


class ReportJudge:
    """Looks into what the portal reports (報告の検査)."""

    def __init__(self, party: Party, logged: LoggedRecords, shower: Shower) -> None:
        self._party = party
        self._logged = logged
        self._shower = shower
        self._away_since: dict[str, datetime] = {}
        """For whom a report waits, and since when: one wait for all reports about them."""

    async def finding(self, report: Report, seen: Seen | None) -> Finding | None:
        """What a report comes to; None while somebody cannot be asked who could tell."""
        if report.one.feed is not None and report.one.kind != "unconfirmed-code":
            return await self._handed(report)
        return await self._told(report, seen)

    def _waits(self, whom: str) -> bool:
        """Whether somebody is still waited for; that is so for a while only."""
        now = self._party.now()
        first = self._away_since.setdefault(whom, now)
        return now - first < timedelta(seconds=WAIT_SECONDS)

    # -- with the network's letter ---------------------------------------------------------------

    async def _handed(self, report: Report) -> Finding | None:
        """A report with what the network signed that it handed over."""
        raw = report.letter.raw
        try:
            line = self._line(report.one)
        except WireError as error:
            if error.code == UNKNOWN_KEY:
                text = "the key under the network's letter is not listed any more"
                return report.finding(Ground.UNPROVEN, (raw,), text)
            line = None
        if line is None:
            text = "the network did not sign what the portal says it was handed"
            return report.finding(Ground.FORGED, (raw,), text)
        feed, record, logged = (report.one.feed or "").encode(), report.record, report.logged
        if logged is None or record is None:
            text = "the network shows no exchange at a leaf that it handed over as one"
            return report.finding(Ground.NOT_SHOWN, (feed, report.shown.letter), text)
        asked, known = self._asked(line, record)
        if not known:
            text = "the key under the request is not listed any more"
            return report.finding(Ground.KEY_GONE, (feed, raw), text, told=True)
        pointed = attribution.of_line(logged, record, line, asked)
        evidence: tuple[bytes, ...] = (
            *((asked.raw,) if asked is not None else ()),
            *(feed, report.shown.letter, raw),
        )
        if pointed.by_seed and record.portal_box is not None:
            told = await self._by_seed(record)
            if told is None:
                return None
            pointed, more = told
            evidence = (*evidence, *more)
        mine = pointed.ground is Ground.BOX_OPENS
        return report.finding(pointed.ground, evidence, pointed.why, told=not mine)

    def _line(self, one: PortalFinding) -> FeedLine | None:
        """The line as the network signed that it handed it over, if it did; raises WireError."""
        feed = self._party.read_inside(one.feed or "", (Feed,), aud=PORTAL).message
        lines = [line for line in feed.lines if line.leaf == one.leaf]
        return lines[0] if feed.sender == LINKAGE and len(lines) == 1 else None

    def _asked(
        self, line: FeedLine, record: ExchangeRecord
    ) -> tuple[Letter[StrippedRequest] | None, bool]:
        """The request that was handed over, and whether its key is known."""
        if line.request is None:
            return None, True
        form: Any = EarlierRequest if record.portal_box is None else StrippedRequest
        try:
            found: Letter[StrippedRequest] = self._party.read_inside(
                line.request, (form,), aud=LINKAGE
            )
        except WireError as error:
            return None, error.code != UNKNOWN_KEY
        return found, True

    # -- by the seed -----------------------------------------------------------------------------

    async def _by_seed(self, record: ExchangeRecord) -> tuple[Pointed, tuple[bytes, ...]] | None:
        """Who lied about a box, by the seed that its requester shows; it is kept nowhere."""
        said = await self._shower.signed(record.requester, record.tx, seed=True)
        if said is None:
            if self._waits(record.requester):
                return None
            text = "the box does not open, and its requester could not be asked for the seed"
            return Pointed(Ground.BOX_SHUT, text), ()
        self._away_since.pop(record.requester, None)
        if not said.answered:
            text = "the box does not open, and its requester is not listed any more"
            return Pointed(Ground.BOX_SHUT, text), ()
        if said.seed is None or said.asked is None:
            text = "the requester does not show the seed of its boxes"
            return Pointed(Ground.SEED_HIDDEN, text), tuple(filter(None, [said.letter]))
        pointed = attribution.of_seed(record, self._rebuilt(record, said), said.seed)
        # The letter with the seed is evidence against who boxed another one, and nobody else.
        told = (said.letter,) if pointed.ground is Ground.SEED_WRONG else ()
        return pointed, told

    def _rebuilt(self, record: ExchangeRecord, said: Signed) -> bytes | None:
        """Digest of the portal's box made from a seed, for each period the directory lists."""
        party, about = self._party, (record.requester, record.tx)
        assert said.seed is not None
        for key in party.directory.entry(PORTAL).agreement_keys:
            if not key.not_before <= record.asked_at < key.not_after:
                continue
            box = party.seal_seed(PORTAL, BoxPurpose.PORTAL_SEED, about, said.seed, key.period)
            if box.digest == record.portal_box:
                return box.digest
        return None

    # -- without it ------------------------------------------------------------------------------

    async def _told(self, report: Report, seen: Seen | None) -> Finding | None:
        """A report that rests on the portal's word and the inquirer's signed request."""
        one, raw = report.one, report.letter.raw
        ground = {"unconfirmed-code": Ground.CODE, "flood": Ground.FLOOD}.get(
            one.kind, Ground.AS_TOLD
        )
        if one.evidence is None:
            return report.finding(ground, (raw,), one.detail, told=True)
        if seen is None or one.leaf >= seen.head.size:
            if self._waits(OVERSIGHT):
                return None
            text = "the leaf of a report is not in the log that the witness has seen"
            return report.finding(Ground.UNPROVEN, (raw,), text)
        self._away_since.pop(OVERSIGHT, None)
        record, logged = report.record, report.logged
        stands = logged is not None and await self._logged.stands(logged, seen.head)
        if logged is None or not stands:
            text = "the network shows no record that fits the leaf of a report"
            return report.finding(Ground.NOT_SHOWN, (report.shown.letter, raw), text)
        evidence = (one.evidence.encode(), report.shown.letter)
        asked, wrong = self._behind(one, record)
        if asked is None or record is None:
            forged = Ground.UNPROVEN if wrong == UNKNOWN_KEY else Ground.FORGED
            return report.finding(forged, (raw, report.shown.letter), wrong)
        departs = departures(record, asked.message, asked.digest)
        if departs:
            text = f"the network's record is not what was signed: {', '.join(departs)}"
            return report.finding(Ground.RECORD_DEPARTS, evidence, text, told=True)
        if one.kind == "record-departs":
            text = "the record that is said to depart from what was signed does not"
            return report.finding(Ground.FORGED, (*evidence, raw), text)
        if one.kind == "unassigned" and record.portal_box is not None:
            return await self._unassigned(report, record, evidence)
        return report.finding(ground, evidence, one.detail, told=True)

    def _behind(
        self, one: PortalFinding, record: ExchangeRecord | None
    ) -> tuple[Letter[StrippedRequest] | None, str]:
        """The request behind a leaf, or why the evidence is none."""
        if record is None or one.evidence is None:
            return None, "the log has no exchange at the leaf of a finding"
        try:
            asked = self._party.read_inside(one.evidence, _ANY_FORM, aud=LINKAGE)
        except WireError as error:
            known = error.code != UNKNOWN_KEY
            return None, "the evidence of a finding is no signed request" if known else UNKNOWN_KEY
        if asked.digest != record.request_digest:
            return None, "the evidence of a finding is not the request behind its leaf"
        return asked, ""

    async def _unassigned(
        self, report: Report, record: ExchangeRecord, evidence: tuple[bytes, ...]
    ) -> Finding | None:
        """A box that does not open by the portal's word alone: wrong by its seed, or not."""
        told = await self._by_seed(record)
        if told is None:
            return None
        pointed, more = told
        if pointed.ground in (Ground.SEED_WRONG, Ground.SEED_HIDDEN):
            return report.finding(pointed.ground, (*evidence, *more), pointed.why, told=True)
        # Without the network's letter nobody knows what the portal was handed.
        opens = pointed.ground is Ground.BOX_OPENS
        ground = Ground.NOT_OPENED if opens else Ground.AS_TOLD
        return report.finding(ground, (*evidence, report.letter.raw), pointed.why, told=True)


def lost(one: PortalFinding, letter: Letter[Findings], stated: Stated | None) -> Finding:
    """Whose loss lines are that nothing opens: the portal's, if a ledger with them was stated.

    The network deletes what opens a line on the Commission's signature alone, so before that it
    must still have it; that the line came without, the portal alone says.
    """
    had = stated is not None and one.leaf < stated.ledger.log_size
    evidence = (letter.raw,) if stated is None else (stated.signed or stated.letter, letter.raw)
    detail = (
        "the portal had filed lines of a ledger that was stated, and has lost what opens them"
        if had
        else "the portal says that the network gives no point for lines that no stated ledger has"
    )
    ground = Ground.LOST_STATED if had else Ground.LOST_UNSTATED
    return finding_on(ground, Matter(), f"from leaf {one.leaf}", evidence, detail)
