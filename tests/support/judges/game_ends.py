"""How a round of the game ends: caught, harmless, on the list, or not at all (一局の判定).

Only honest parties' books count, and what people take away. No finding may name honest ones alone.
"""

import json
from dataclasses import dataclass, field

from game_books import Books, Wrong
from game_country import GameRound
from game_files import Files, Taken
from game_listed import LISTED, Listed
from game_looking import Looked
from lies import Lie

from renkei.crypto.errors import CryptoError
from renkei.roles.oversight.service.counting import EntriesDiffer

CENTRE_FILES = ("linkage", "portal", "oversight")
"""Whose lie a person can see in a file that does not verify."""


@dataclass
class Evidence:
    """What tells of a liar, by who has it."""

    findings: list[str] = field(default_factory=list)
    """Findings that name the liar."""
    framed: list[str] = field(default_factory=list)
    """Findings that name honest parties and not the liar."""
    shared: list[str] = field(default_factory=list)
    """Findings that name honest parties beside the liar."""
    refused: list[str] = field(default_factory=list)
    """What an honest party did not take, with its reason."""
    stopped: list[str] = field(default_factory=list)
    """What an honest party's own process has found wrong in its own book."""
    bugs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class End:
    """How a round ended, and why."""

    how: str
    """`caught`, `harmless`, `listed`, `idle` (the lie was not told) or `FAILED`."""
    by: str
    lie: Lie
    told: list[str]
    evidence: Evidence
    wrong: list[Wrong]
    taken: Taken

    def __str__(self) -> str:
        lines = [
            f"{self.how}: {self.by}",
            f"seed {self.lie.seed}: {self.lie}",
            *(f"  told: {one}" for one in self.told),
        ]
        for name in ("findings", "framed", "shared", "refused", "stopped", "bugs"):
            lines += [f"  {name}: {one}" for one in getattr(self.evidence, name)[:6]]
        lines += [f"  file: {one}" for one in (*self.taken.failed[:4], *self.taken.unknown[:2])]
        lines += [f"  wrong: {one}" for one in self.wrong[:12]]
        return "\n".join(lines)


def judged(played: GameRound, lie: Lie, told: Books) -> End:
    """Judge a round; `told` are the books of one in which nobody lied."""
    looked = Looked(played, lie.party, told)
    taken = Files(looked, played).taken()
    wrong = [*looked.found(), *taken.wrong]
    evidence = gathered(played, looked, lie.party)
    said = played.liar.told if played.liar is not None else []
    how, by = _end(lie, evidence, wrong, taken)
    if how == "harmless" and not said:
        how = "idle"
    return End(how, by, lie, said, evidence, wrong, taken)


def _end(lie: Lie, evidence: Evidence, wrong: list[Wrong], taken: Taken) -> tuple[str, str]:
    if evidence.framed:
        return "FAILED", f"honest parties alone are named: {evidence.framed[0]}"
    if evidence.bugs:
        return "FAILED", f"an honest process failed: {evidence.bugs[0]}"
    if evidence.findings:
        return "caught", evidence.findings[0]
    if lie.party in CENTRE_FILES and taken.failed:
        return "caught", f"the file: {taken.failed[0]}"
    only_less = all((one.kind, one.what) == ("missing", "file") for one in wrong)
    if lie.party in CENTRE_FILES and wrong and only_less:
        return "caught", f"the file: {(*taken.unknown, wrong[0])[0]}"
    if not wrong:
        told = evidence.refused or evidence.stopped
        return ("caught", told[0]) if told else ("harmless", "all books are as they should be")
    told = evidence.stopped + evidence.refused
    if told and all(one.kind == "missing" for one in wrong):
        return "caught", told[0]
    listed = entry_for(lie, wrong)
    if listed is not None:
        return "listed", listed.name
    return "FAILED", str(wrong[0])


def entry_for(lie: Lie, wrong: list[Wrong]) -> Listed | None:
    """The entry of the list that all that is wrong is of."""
    return next((one for one in LISTED if all(one.covers(lie.party, each) for each in wrong)), None)


def gathered(played: GameRound, looked: Looked, liar: str) -> Evidence:
    """What honest parties know of the liar."""
    found = Evidence()
    for party, by, column in (("oversight", "", "possible"), ("portal", "portal, ", "parties")):
        if looked.honest(party):
            for row in looked.books.of(party, "finding"):
                _sort(found, liar, json.loads(row[column]), f"{by}{row['kind']}: {row['detail']}")
    for city in looked.cities:
        found.refused += _refused(looked, city)
        for table in ("stop", "finding"):
            then = len(looked.told.of(city, table))
            new = looked.books.of(city, table)[then:]
            found.stopped += [f"{city}, {table}: {row['kind']}" for row in new]
    found.refused += [f"{one.by} refused {one.path}: {one.code}" for one in played.bus.refused]
    troubles = [one for one in played.bus.troubles if one.at != liar]
    found.refused += sorted({f"{one.at}, {one.task}: {one.code} of {one.peer}" for one in troubles})
    found.bugs += [f"{name}: {error}" for name, error in played.bus.crashed if name != liar]
    failed = [one for one in played.bus.failed if one[0] != liar]
    found.bugs += [f"{at}, {task}: {error!r}" for at, task, error in failed if not _told(error)]
    found.refused += [f"{at}, {task}: {error!r}" for at, task, error in failed if _told(error)]
    found.bugs += _driving(played, looked)
    return found


def _told(error: BaseException) -> bool:
    """Whether work ended by an error that says what is wrong with what somebody else said."""
    return isinstance(error, CryptoError | EntriesDiffer)


def _driving(played: GameRound, looked: Looked) -> list[str]:
    """Requests of honest cities that failed by a bug while they were driven."""
    own = {row["tx"] for city in looked.cities for row in looked.books.of(city, "asked")}
    return [
        f"driving {one['tx']}: {one['exc_info']!r}"
        for one in played.noise
        if one["event"] == "drive-failed" and one["tx"] in own
    ]


def _refused(looked: Looked, city: str) -> list[str]:
    """What a city has on record as refused by itself, that it has not where nobody lies."""
    found = []
    for table, by in (("asked", "requester"), ("provided", None)):
        before = {(row["tx"], row["reason"]) for row in looked.told.of(city, table)}
        for row in looked.books.of(city, table):
            own = row["outcome"] == "refused" and row.get("refused_by") == by
            if own and (row["tx"], row["reason"]) not in before:
                found.append(f"{city} refused, {row['reason']}")
    return found


def _sort(found: Evidence, liar: str, parties: list[str], text: str) -> None:
    said = f"{text} [{' '.join(parties)}]"
    if liar not in parties:
        found.framed.append(said)
    else:
        found.findings.append(said)
        if len(parties) > 1:
            found.shared.append(said)
