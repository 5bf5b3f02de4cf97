"""`renkei oversight`: what the Commission found, and how the witness stands (監督)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import sqlalchemy as sa
import typer

from renkei.kit.sqlite import DatabaseError, check_revision, driver_of, engine_for
from renkei.roles.oversight.store import REVISION, counts, findings
from renkei.roles.oversight.store import ledger as ledgers
from renkei.roles.oversight.store import witness as witnesses
from renkei.sandbox.building import open_existing
from renkei.sandbox.country import Country
from renkei.sandbox.story import default_folder

app = typer.Typer(no_args_is_help=True, help="The Commission's findings and its witness (監督).")
Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
T = TypeVar("T")
FINDINGS_LIMIT = 1_000
_KINDS = {1: "exchange", 2: "receipt", 3: "directory", 4: "ledger-root"}


@app.command("findings")
def list_findings(
    folder: Folder = default_folder(),  # noqa: B008
    after: Annotated[int, typer.Option("--after", min=0, help="Only higher numbers.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List findings, oldest first, with evidence in JSON."""
    found = _read(folder, lambda c, _: findings.every(c, after, FINDINGS_LIMIT))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"findings": found}), indent=1).decode())
        return
    for one in found:
        parties = ", ".join(one.parties)
        typer.echo(f"{one.number:>5} {one.found_at:%Y-%m-%d %H:%M:%S} {one.kind} ({parties})")
        typer.echo(f"      {one.detail} [{len(one.evidence)} signed]")
    if not found:
        typer.echo("no findings")


@app.command("status")
def show_status(
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Show how old the last cosignature is, sizes, counts, and how many findings there are."""
    result = _read(folder, _status)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        typer.echo(f"{name:<24} {value}")


def _status(connection: sa.Connection, country: Country) -> dict[str, Any]:
    seen = witnesses.load(connection)
    counted = counts.load(connection)
    stated = ledgers.newest_statement(connection)
    age = None
    if seen is not None and seen.handed_at is not None:
        age = round((country.now() - seen.handed_at).total_seconds(), 1)
    kinds = counts.kinds(connection)
    return {
        "cosignature_age_seconds": age,
        "cosigned_size": seen.handed_size if seen is not None else None,
        "seen_size": seen.head.size if seen is not None else None,
        "halted": seen.halted if seen is not None else None,
        "counted_size": counted.frontier.size,
        "entries": {_KINDS.get(kind, str(kind)): count for kind, count in sorted(kinds.items())},
        "stated_size": stated.ledger.log_size if stated is not None else None,
        "stated_exchange_entries": stated.ledger.exchange_entries if stated is not None else None,
        "findings": findings.count(connection),
    }


def _read(folder: Path, function: Callable[[sa.Connection, Country], T]) -> T:
    """Read the Commission's database, also while it runs."""
    try:
        country = open_existing(folder.absolute())
        path = country.database("oversight")
        engine = engine_for(path, read_only=True)
        with engine.connect() as connection:
            check_revision(driver_of(connection), path, REVISION)
            result = function(connection, country)
        engine.dispose()
    except (DatabaseError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error
    return result
