"""`renkei desk`: what a clerk does, from a terminal, in a running sandbox country (窓口)."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from renkei.law import procedures
from renkei.sandbox.building import open_existing
from renkei.sandbox.desk import at_desk
from renkei.sandbox.story import default_folder
from renkei.wire.errors import WireError
from renkei.wire.messages.desk import DeskCase

app = typer.Typer(no_args_is_help=True, help="A clerk's desk in a running sandbox (窓口).")
Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
Institution = Annotated[str, typer.Option("--institution", help="Whose desk, e.g. chofu-city.")]


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

    try:
        case = asyncio.run(run())
    except (WireError, OSError, ValueError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(msgspec.json.format(msgspec.json.encode(case), indent=1).decode())
