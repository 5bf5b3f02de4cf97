"""`renkei desk`: what a clerk does, from a terminal, in a running sandbox country (窓口).

Verbs load what they need when they run: a clerk waits for none of the servers' machinery.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from renkei.cli import words
from renkei.cli.case_telling import end_with, tell
from renkei.cli.desk_answer import answer
from renkei.cli.desk_options import Case, Folder, Institution, Office, desk_of
from renkei.cli.noun import noun
from renkei.cli.saying import AsJson, say, say_json
from renkei.cli.visiting import (
    check_case,
    check_conditions,
    check_known,
    check_officer,
    check_person,
    check_procedure,
    check_waiting,
    existing_country,
    institution_of,
    office_at,
    read_file,
    running_country,
)
from renkei.sandbox.country import default_folder

if TYPE_CHECKING:
    from renkei.sandbox.desk import Desk
    from renkei.wire.institution.desk import DeskCase, DeskDecided, DeskPending

FINDINGS_LISTED = 200
app = noun("A clerk's desk in a running sandbox (窓口).")
app.command("answer")(answer)


@app.command("procedures")
def list_procedures(as_json: AsJson = False) -> None:
    """List the procedures a desk can pick (手続)."""
    from renkei.law import procedures

    if as_json:
        say_json([{"id": one.id, "ja": one.ja, "en": one.en} for one in procedures().values()])
        return
    for one in procedures().values():
        say(f"{one.id:<28} {one.ja} / {one.en}", hang=29)


@app.command("procedure")
def open_procedure(
    *,
    institution: Institution,
    person: Annotated[str, typer.Option("--person", help="The institution's own person id.")],
    procedure: Annotated[str, typer.Option("--procedure", help="See `renkei desk procedures`.")],
    folder: Folder = default_folder(),  # noqa: B008
    office: Office = None,
    officer: Annotated[
        str, typer.Option("--officer", help="The officer's name at the office.")
    ] = "officer-1",
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="A condition of the law that the officer states to be met."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open a case for a procedure; show it once it ended.

    Also says why an item could not be had, and what has to be answered first. Exit code 3: a
    question or a request is open, or nobody could be asked for anything.
    """
    country = running_country(folder)
    plan = institution_of(country, institution)
    check_person(person, institution)
    named = office_at(office, plan)
    check_procedure(procedure)
    check_officer(officer)
    stated = list(dict.fromkeys(state or ()))
    check_conditions(stated, procedure, country.now().date())

    async def run(desk: Desk) -> DeskCase:
        number = f"T{secrets.token_hex(4).upper()}"
        await desk.procedure(
            case_number=number,
            office=named,
            officer=officer,
            procedure=procedure,
            person=person,
            conditions=stated,
        )
        return await desk.case(number)

    case = desk_of(country, institution, run)
    tell(case, country, institution, as_json)
    end_with(case)


@app.command("case")
def show_case(
    *,
    institution: Institution,
    case: Case,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Show a case as it stands (案件)."""
    country = running_country(folder)
    institution_of(country, institution)
    check_case(case)

    async def run(desk: Desk) -> DeskCase:
        return await desk.case(case, wait_seconds=0)

    tell(desk_of(country, institution, run), country, institution, as_json)


@app.command("state")
def state_conditions(
    *,
    conditions: Annotated[list[str], typer.Argument(help="What is met; see the case.")],
    institution: Institution,
    case: Case,
    folder: Folder = default_folder(),  # noqa: B008
    office: Office = None,
    officer: Annotated[
        str, typer.Option("--officer", help="The officer's name at the office.")
    ] = "officer-1",
    as_json: AsJson = False,
) -> None:
    """State that conditions of the law are met (限定の申立て).

    What waited for them is asked. The statement is kept with the case as the desk signed it. Shows
    the case once it ended.
    """
    country = running_country(folder)
    named = office_at(office, institution_of(country, institution))
    check_case(case)
    check_officer(officer)
    check_known(conditions)

    async def run(desk: Desk) -> DeskCase:
        stated = list(dict.fromkeys(conditions))
        await desk.state(case_number=case, office=named, officer=officer, conditions=stated)
        return await desk.case(case)

    told = desk_of(country, institution, run)
    tell(told, country, institution, as_json)
    end_with(told)


class Choice(StrEnum):
    """What an officer can decide."""

    PROVIDE = "provide"
    NO_DATA = "no-data"


@app.command("pending")
def list_pending(
    *,
    institution: Institution,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """List requests that wait for an officer (自動応答不可)."""
    country = running_country(folder)
    institution_of(country, institution)

    async def run(desk: Desk) -> DeskPending:
        return await desk.pending()

    waiting = desk_of(country, institution, run).pending
    if as_json:
        say_json(waiting)
        return
    for one in waiting:
        until = one.valid_until.astimezone().isoformat(timespec="seconds")
        items = ", ".join(words.category_words(item) for item in one.items)
        say(
            f"{one.tx}  {one.requester} asks for {items} about {one.person} "
            f"({words.subject_words(one.subject)}), {words.affair_words(one.affair)}: "
            f"{words.officers_reason(one.reason)}, until {until}",
            hang=4,
        )
    if not waiting:
        typer.echo("nothing waits", err=True)


@app.command("decide")
def decide(
    *,
    institution: Institution,
    requester: Annotated[str, typer.Option("--requester", help="Who asks; see `pending`.")],
    tx: Annotated[str, typer.Option("--tx", help="The transaction; see `pending`.")],
    decision: Annotated[Choice, typer.Option("--decision", help="Provide, or nothing to.")],
    officer: Annotated[
        str, typer.Option("--officer", help="The officer's name at the office.")
    ] = "officer-1",
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Decide a request that waits.

    The inquirer gets the answer with its next presentation.
    """
    country = running_country(folder)
    institution_of(country, institution)
    check_waiting(requester, tx, country, institution)
    check_officer(officer)

    async def run(desk: Desk) -> DeskDecided:
        return await desk.decide(
            requester=requester, tx=tx, officer=officer, decision=decision.value
        )

    decided = desk_of(country, institution, run)
    if as_json:
        say_json({"tx": decided.tx, "decision": decision.value})
    else:
        say(f"{decided.tx}: {decision.value}")


@app.command("findings")
def list_findings(
    *,
    institution: Institution,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """List what is wrong on file, and whose code is stopped.

    Read from the sandbox's own database file, also while it runs.
    """
    from renkei.roles.institution.store import codes as codes_store
    from renkei.roles.institution.store import findings as findings_store

    found, stopped = read_file(
        folder,
        institution,
        lambda c: (
            findings_store.listed(c, FINDINGS_LISTED),
            codes_store.list_stopped(c, FINDINGS_LISTED),
        ),
    )
    if as_json:
        say_json([*found, *stopped])
        return
    for stop in stopped:
        since = f"{stop.found_at:%Y-%m-%d %H:%M}Z"
        say(f"stopped since {since}: person {stop.person}: {words.STOPS[stop.kind]}", hang=4)
    for one in found:
        asked = f"asked by {one.requester}, {one.tx}"
        say(f"{one.number}  person {one.person}: {words.FILE_FINDINGS[one.kind]}; {asked}", hang=4)
    if not found and not stopped:
        typer.echo("no findings", err=True)


@app.command("persons")
def list_persons(
    *,
    institution: Institution,
    name: Annotated[str, typer.Option("--name", help="Only names that hold this.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=1_000, help="How many.")] = 50,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """List persons on an institution's file (宛名).

    Their ids, names and birth dates, from the sandbox's own database file, also while it runs.
    """
    import sqlalchemy as sa

    from renkei.roles.institution.store.tables import PERSON

    columns = (PERSON.c.person, PERSON.c.name, PERSON.c.birth_date)
    asked = sa.select(*columns).where(PERSON.c.name.contains(name, autoescape=True))
    rows = read_file(
        folder, institution, lambda c: c.execute(asked.order_by(PERSON.c.person).limit(most)).all()
    )
    if as_json:
        say_json([dict(row._mapping) for row in rows])
        return
    for row in rows:
        say(f"{row.person}  {row.birth_date}  {row.name}")
    if not rows:
        typer.echo("nobody of that name is on file", err=True)
    if len(rows) == most:
        typer.echo(f"only the first {most} are shown: see --name and --most", err=True)


@app.command("offices")
def list_offices(
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """List institutions and their offices (機関と部署)."""
    plans = existing_country(folder).institutions()
    if as_json:
        say_json(
            [
                {
                    "institution": plan.party,
                    "ja": plan.name_ja,
                    "en": plan.name_en,
                    "offices": plan.offices,
                }
                for plan in plans
            ]
        )
        return
    for plan in plans:
        say(f"{plan.party:<20} {plan.name_ja} ({plan.name_en})", hang=21)
        for office in plan.offices:
            say(f"    {office.office:<16} {office.name_ja} ({office.name_en})", hang=17)
