"""`renkei desk answer`: what a clerk answers to the questions of a case (案件の質問への回答)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from renkei.cli.case_telling import end_with, tell
from renkei.cli.desk_options import Case, Folder, Institution, Office, desk_of
from renkei.cli.saying import AsJson, fail
from renkei.cli.visiting import (
    check_case,
    check_known,
    check_officer,
    fits,
    institution_of,
    office_at,
    running_country,
)
from renkei.sandbox.country import default_folder

if TYPE_CHECKING:
    from renkei.sandbox.desk import Desk
    from renkei.wire.institution.desk import DeskAnswer, DeskCase

NOBODY = "nobody"
YES_NO = {"yes": True, "no": False}
FORMS = (
    "an answer is one of who:WORD=PERSON,PERSON, who:WORD=nobody, body:FACT:PERSON=PARTY, "
    "place:FACT:PERSON=CODE, condition:NAME=yes and condition:NAME=no"
)


def answer(
    *,
    answers: Annotated[
        list[str] | None,
        typer.Argument(help="QUESTION=ANSWER, as the case shows; none: show the case."),
    ] = None,
    institution: Institution,
    case: Case,
    folder: Folder = default_folder(),  # noqa: B008
    office: Office = None,
    officer: Annotated[
        str, typer.Option("--officer", help="The officer's name at the office.")
    ] = "officer-1",
    as_json: AsJson = False,
) -> None:
    """Answer what a case asks (案件の質問).

    What waited for an answer is asked. Answers are kept with the case as the desk signed them, and
    stand. Exit code 3: something is open still.
    """
    country = running_country(folder)
    named = office_at(office, institution_of(country, institution))
    check_case(case)
    check_officer(officer)
    order = read(answers or [])

    async def run(desk: Desk) -> DeskCase:
        if any(order.values()):
            await desk.state(case_number=case, office=named, officer=officer, **order)
        return await desk.case(case)

    told = desk_of(country, institution, run)
    tell(told, country, institution, as_json)
    end_with(told)


def read(answers: list[str]) -> dict[str, list[Any]]:
    """What was typed, as an order has it; ends with the forms where something is none of them."""
    order: dict[str, list[Any]] = {"conditions": [], "not_met": [], "answers": []}
    for one in dict.fromkeys(answers):
        question, _, value = one.partition("=")
        if question.startswith("condition:") and value in YES_NO:
            order["conditions" if YES_NO[value] else "not_met"].append(question.partition(":")[2])
        else:
            order["answers"].append(_answer(one, question, value))
    check_known(order["conditions"] + order["not_met"])
    return order


def _answer(typed: str, question: str, value: str) -> DeskAnswer:
    from renkei.values.errors import ValueFormatError
    from renkei.values.municipality_code import MunicipalityCode
    from renkei.values.person_id import PersonId
    from renkei.wire.fields import PartyId
    from renkei.wire.institution.desk import DeskAnswer, QuestionName

    kind = question.partition(":")[0]
    if (
        not value
        or not fits(question, QuestionName)
        or (kind == "body" and not fits(value, PartyId))
    ):
        fail(f"{typed!r}: {FORMS}")
    try:
        match kind:
            case "who":
                names = [] if value == NOBODY else value.split(",")
                return DeskAnswer(question=question, persons=[PersonId(one) for one in names])
            case "place":
                return DeskAnswer(question=question, place=MunicipalityCode(value))
            case _:
                return DeskAnswer(question=question, body=value)
    except ValueFormatError as error:
        fail(f"{typed!r}: {error}")
