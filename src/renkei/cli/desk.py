"""`renkei desk`: what a clerk does, from a terminal, in a running sandbox country (窓口)."""

import asyncio
import secrets
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from renkei.kit.database import connect
from renkei.kit.sqlite import DatabaseError
from renkei.law import procedures
from renkei.roles.institution.store import findings as findings_store
from renkei.sandbox.building import open_existing
from renkei.sandbox.desk import at_desk
from renkei.sandbox.story import default_folder
from renkei.wire.errors import WireError
from renkei.wire.messages.desk import DeskCase, DeskDecided, DeskPending

T = TypeVar("T")
FINDINGS_LISTED = 200
app = typer.Typer(no_args_is_help=True, help="A clerk's desk in a running sandbox (窓口).")
Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
Institution = Annotated[str, typer.Option("--institution", help="Whose desk, e.g. chofu-city.")]

Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]


@app.command("procedures")
def list_procedures() -> None:
    """List the procedures a desk can pick."""
    for one in procedures().values():
        typer.echo(f"{one.id:<28} {one.ja} / {one.en}")


@app.command("procedure")
def open_procedure(
    *,
    institution: Institution,
    person: Annotated[str, typer.Option("--person", help="The institution's own person id.")],
    procedure: Annotated[str, typer.Option("--procedure", help="See `renkei desk procedures`.")],
    folder: Folder = default_folder(),  # noqa: B008
    office: Annotated[str, typer.Option("--office")] = "child-support",
    officer: Annotated[str, typer.Option("--officer")] = "officer-1",
) -> None:
    """Open a case for a procedure and print it as JSON once its exchanges have ended."""

    async def run() -> DeskCase:
        country = open_existing(folder.absolute())
        number = f"T{secrets.token_hex(4).upper()}"
        async with at_desk(country, institution) as desk:
            await desk.procedure(
                case_number=number,
                office=office,
                officer=officer,
                procedure=procedure,
                person=person,
            )
            return await desk.case(number)

    _print_json(_done(run()))


class Choice(StrEnum):
    """What an officer can decide."""

    PROVIDE = "provide"
    NO_DATA = "no-data"


@app.command("pending")
def list_pending(
    *,
    institution: Institution,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: Json = False,
) -> None:
    """List requests that wait for an officer's decision (自動応答不可)."""

    async def run() -> DeskPending:
        async with at_desk(open_existing(folder.absolute()), institution) as desk:
            return await desk.pending()

    waiting = _done(run()).pending
    if as_json:
        _print_json(waiting)
        return
    for one in waiting:
        until = one.valid_until.astimezone().isoformat(timespec="seconds")
        typer.echo(
            f"{one.tx}  {one.requester} asks for {', '.join(one.items)} about {one.person} "
            f"({one.subject}), row {one.affair}: {one.reason}, until {until}"
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
    officer: Annotated[str, typer.Option("--officer")] = "officer-1",
    folder: Folder = default_folder(),  # noqa: B008
    as_json: Json = False,
) -> None:
    """Decide a waiting request; the inquirer gets the answer with its next presentation."""

    async def run() -> DeskDecided:
        async with at_desk(open_existing(folder.absolute()), institution) as desk:
            return await desk.decide(
                requester=requester, tx=tx, officer=officer, decision=decision.value
            )

    decided = _done(run())
    if as_json:
        _print_json({"tx": decided.tx, "decision": decision.value})
    else:
        typer.echo(f"{decided.tx}: {decision.value}")


@app.command("findings")
def list_findings(
    *,
    institution: Institution,
    folder: Folder = default_folder(),  # noqa: B008
    as_json: Json = False,
) -> None:
    """List what exchanges showed to be wrong on file, from the sandbox's own database file."""
    try:
        with connect(open_existing(folder.absolute()).database(institution)) as connection:
            found = findings_store.listed(connection, FINDINGS_LISTED)
    except (DatabaseError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        _print_json(found)
        return
    for one in found:
        typer.echo(f"{one.number}  {one.kind}  {one.person}  {one.requester}  {one.tx}")
    if not found:
        typer.echo("no findings", err=True)


def _done(work: Coroutine[Any, Any, T]) -> T:
    """The result, or the error's sentence and exit code 1."""
    try:
        return asyncio.run(work)
    except (WireError, OSError, ValueError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=1).decode())
