"""The story of the sandbox: a parent applies for child allowance and brings no papers (児童手当).

Everything told here was read from the institutions' answers and databases after it happened.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from renkei.kit.clock import tokyo_day
from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store import codes, persons
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk
from renkei.sandbox.doubles import ask_lawlessly
from renkei.sandbox.proof import as_json, prove
from renkei.values import Purpose
from renkei.wire.institution.desk import DeskCase, DeskExchange
from renkei.wire.linkage.permit import Refusal

OFFICE: Final = "child-support"
OFFICER: Final = "officer-7"
CODE_SHOWN_BYTES: Final = 6
PEOPLE: Final = ("parent", "child", "stranger")


class StoryFailed(Exception):
    """The story did not go as the law and the protocol promise; the message says where."""


@dataclass(slots=True)
class Account:
    """What happened, ready to be told or printed as JSON (顛末)."""

    day: date
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    documents_omitted: list[dict[str, Any]] = field(default_factory=list)
    documents_needed: list[dict[str, Any]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    provided: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    proof: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)


class Story:
    """One parent, one city, one afternoon."""

    def __init__(self, country: Country, progress: Progress) -> None:
        self._country = country
        self._progress = progress
        self._account = Account(day=tokyo_day(country.now()))
        here, there = country.cities()[:2]
        self.city, self.former_city = here.party, there.party

    def _person(self, tag: str, institution: str) -> str:
        try:
            return self._country.manifest.persons[tag][institution]
        except KeyError:
            raise StoryFailed(
                f"{institution} knows nobody called {tag!r}: the story needs the household "
                "parent-family in the first municipality of the country's file"
            ) from None

    async def play(self) -> Account:
        """Play the story; raises StoryFailed where something else happened."""
        started = time.monotonic()
        number = f"R{secrets.token_hex(4).upper()}"
        async with at_desk(self._country, self.city) as desk:
            with self._progress.step("the desk picks child allowance for the parent"):
                await desk.procedure(
                    case_number=f"{number}-1",
                    office=OFFICE,
                    officer=OFFICER,
                    procedure="child-allowance",
                    person=self._person("parent", self.city),
                )
                case = await desk.case(f"{number}-1")
            self._account.timings["exchange_seconds"] = round(time.monotonic() - started, 3)
            self._tell_case(case)
            with self._progress.step("the desk asks for the spouse's tax, on purpose"):
                refused = await desk.ask(**self._spouse(number, "2"))
            self._tell_own_refusal(refused, "spouse")
            with self._progress.step("and again, calling the spouse the claimant"):
                refused = await desk.ask(**self._spouse(number, "3", subject="claimant"))
            self._tell_own_refusal(refused, "claimant")
        with self._progress.step("a requester that skips its own rules asks the network"):
            await self._lawless(self._spouse(number, "4"))
        self._tell_codes()
        with self._progress.step("the parent looks: sign in, download, verify"):
            await self._prove()
        self._account.timings["story_seconds"] = round(time.monotonic() - started, 3)
        return self._account

    # -- the telling ---------------------------------------------------------------------------

    def _tell_case(self, case: DeskCase) -> None:
        if not case.settled:
            raise StoryFailed("the exchanges did not end in time; read the logs of the parties")
        for one in case.exchanges:
            about = self._about(one)
            self._account.exchanges.append({**_exchange(one, self.city), **about})
            self._account.provided += [
                {
                    "item": item.item,
                    "as_of": item.as_of,
                    "provider": one.provider,
                    **about,
                    "fields": {part.name: part.value for part in item.fields},
                }
                for item in one.provided
            ]
        if not any(one.outcome == "provided" for one in case.exchanges):
            raise StoryFailed("nothing was provided; read the logs of the parties")
        for paper in case.papers:
            line = {
                "paper": paper.name_ja,
                "paper_en": paper.name_en,
                "item": paper.item,
                "subject": paper.subject,
                "reason": paper.reason,
            }
            omitted = self._account.documents_omitted
            if paper.state == "not-needed":
                omitted.append(line)
            elif paper.state != "not-applicable":
                self._account.documents_needed.append(line)

    def _about(self, one: DeskExchange) -> dict[str, Any]:
        """Whom a request is about, from the file of the city that asked."""
        with connect(self._country.database(self.city)) as connection:
            person = persons.find(connection, one.person)
        if person is None:
            raise StoryFailed("a request is about somebody the city has not on file")
        return {
            "subject": one.subject,
            "person": one.person,
            "name": person.name,
            "birth_date": str(person.birth_date),
        }

    def _spouse(self, number: str, question: str, subject: str = "spouse") -> dict[str, Any]:
        """A question about the spouse's tax in the parent's case, which the clerk may not ask."""
        return {
            "case_number": f"{number}-{question}",
            "in_case": f"{number}-1",
            "office": OFFICE,
            "officer": OFFICER,
            "affair": "106",
            "sub_affair": "108-1",
            "items": ["municipal-tax"],
            "subject": subject,
            "person": self._person("spouse", self.city),
            "provider": self.former_city,
        }

    def _tell_own_refusal(self, case: DeskCase, subject: str) -> None:
        one = case.exchanges[0]
        if one.outcome != "refused" or one.refused_by != "requester":
            raise StoryFailed("the city's own rules let the spouse's tax be asked")
        self._account.refusals.append(
            _refusal(
                one.tx,
                (self.city, one.provider),
                ("requester", subject),
                (one.article, one.row, one.reason),
            )
        )

    async def _lawless(self, facts: dict[str, Any]) -> None:
        del facts["in_case"]
        question = Question(**{**facts, "items": tuple(facts["items"])})
        answer = await ask_lawlessly(self._country, self.city, question)
        if not isinstance(answer, Refusal):
            raise StoryFailed("the network permitted the spouse's tax")
        self._account.refusals.append(
            _refusal(
                answer.tx,
                (self.city, answer.provider),
                ("network", question.subject),
                (answer.article, answer.row, answer.reason),
            )
        )

    async def _prove(self) -> None:
        """What the parent sees of the case's exchanges, and that it is whole."""
        begun = time.monotonic()
        asked = {str(one["tx"]) for one in self._account.exchanges if one["subject"] == "claimant"}
        proof = await prove(self._country, "parent", asked)
        self._account.history, self._account.proof = as_json(proof)
        self._account.timings["proof_seconds"] = round(time.monotonic() - begun, 3)

    def _tell_codes(self) -> None:
        """The same people at every institution: only the sandbox can put them side by side."""
        for plan in self._country.institutions():
            with connect(self._country.database(plan.party)) as connection:
                for tag in PEOPLE:
                    person = self._country.manifest.persons.get(tag, {}).get(plan.party)
                    row = codes.row_of(connection, person, 1) if person else None
                    if row is not None:
                        shown = row.code.reveal(Purpose.EXPORT_SYNTHETIC)[:CODE_SHOWN_BYTES].hex()
                        self._account.codes.setdefault(tag, {})[plan.party] = f"{shown}…"
        every = [code for codes in self._account.codes.values() for code in codes.values()]
        if len(set(every)) != len(every):
            raise StoryFailed("two codes are the same")


def _exchange(one: DeskExchange, requester: str) -> dict[str, Any]:
    return {
        "tx": one.tx,
        "requester": requester,
        "provider": one.provider,
        "affair": one.affair,
        "sub_affair": one.sub_affair,
        "items": one.items,
        "basis": {"article": one.article, "row": one.row},
        "outcome": one.outcome,
    }


def _refusal(
    tx: str,
    parties: tuple[str, str],
    by_and_subject: tuple[str, str],
    why: tuple[str | None, str | None, str | None],
) -> dict[str, Any]:
    article, row, reason = why
    refused_by, subject = by_and_subject
    return {
        "tx": tx,
        "requester": parties[0],
        "provider": parties[1],
        "items": ["municipal-tax"],
        "subject": subject,
        "refused_by": refused_by,
        "article": article,
        "row": row,
        "reason": reason,
    }
