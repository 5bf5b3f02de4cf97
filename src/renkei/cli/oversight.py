"""`renkei oversight`: what the Commission found, and how the witness stands (監督)."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
import typer

from renkei.cli.finding_words import KINDS, say_findings, say_summary
from renkei.cli.noun import noun, refuse
from renkei.cli.saying import AsJson, as_typed, fail, say, say_json, shown
from renkei.cli.visiting import existing_country, still
from renkei.kit.config import ConfigError
from renkei.kit.database import DatabaseError, RevisionMismatch, reading
from renkei.roles.oversight.service.losses import NotAccepted
from renkei.roles.oversight.store import REVISION, counts, findings, losses, sampled
from renkei.roles.oversight.store import ledger as ledgers
from renkei.roles.oversight.store import witness as witnesses
from renkei.roles.oversight.store.findings import Found, Summary
from renkei.run.config import upgrade_command
from renkei.run.roles import oversight as run_oversight
from renkei.sandbox.country import Country, default_folder
from renkei.wire.entries import word_of
from renkei.wire.names import OVERSIGHT
from renkei.wire.portal.messages import AcceptedLoss

app = noun("The Commission's findings and its witness (監督).")
Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
T = TypeVar("T")
FINDING_KINDS = sorted(KINDS)


@app.command("findings")
def list_findings(
    folder: Folder = default_folder(),  # noqa: B008
    *,
    kind: Annotated[str | None, typer.Option("--kind", help="Open this kind.")] = None,
    party: Annotated[
        str | None, typer.Option("--party", help="Open what this party can have done.")
    ] = None,
    after: Annotated[
        int | None, typer.Option("--after", min=0, help="Open all with higher numbers.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=findings.FINDINGS_LIMIT, help="So many at once.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what was found, grouped and counted.

    Without options: one line for each kind and those who can have done it, however many there are.
    With `--kind`, `--party` or `--after` the findings themselves, oldest first; with `--json` each
    has its evidence, the signed messages themselves.
    """
    if kind is not None and kind not in FINDING_KINDS:
        refuse(f"there is no such kind of finding; kinds are: {', '.join(FINDING_KINDS)}")
    opened = kind is not None or party is not None or after is not None

    def look(connection: sa.Connection, _: Country) -> tuple[Summary, list[Found]]:
        summary = findings.summary(connection, kind=kind, party=party)
        if not opened:
            return summary, []
        return summary, findings.every(connection, after or 0, limit, kind=kind, party=party)

    summary, found = _read(folder, look)
    more = found[-1].number if len(found) == limit else None
    if as_json:
        page = {"findings": found, "next_after": more} if opened else {}
        say_json({"summary": summary, **page})
        return
    if opened:
        say_findings(found, _following(kind, party, limit, more))
    else:
        say_summary(summary)
    if not summary.count:
        typer.echo("no findings", err=True)


def _following(kind: str | None, party: str | None, limit: int, after: int | None) -> str | None:
    """The command that shows the next page; None where there is none."""
    if after is None:
        return None
    named = [(name, one) for name, one in (("--kind", kind), ("--party", party)) if one is not None]
    options = " ".join(f"{name} {shlex.quote(one)}" for name, one in named)
    return f"renkei oversight findings {options} --after {after} --limit {limit}".replace("  ", " ")


@app.command("accept-loss")
def accept_loss(
    officer: Annotated[
        str, typer.Option("--officer", help="Who decides; the name is made public.")
    ],
    folder: Folder = default_folder(),  # noqa: B008
    reason: Annotated[
        str | None, typer.Option("--reason", help="Propose it, and why; the words are public.")
    ] = None,
    confirm: Annotated[
        int | None, typer.Option("--confirm", min=1, help="Accept the proposal of this number.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Accept that the portal has lost lines for good (喪失の承認).

    While something that was stated is missing no ledger is stated any more. Two officers can end
    that: one proposes it with a reason, another one confirms. Every statement from then on says
    that lines are gone, when that was accepted, by whom and why, and `renkei verify` repeats it.
    """
    if (reason is None) == (confirm is None):
        refuse("give --reason to propose, or --confirm with a number to accept what was proposed")
    try:
        config = existing_country(folder).config(OVERSIGHT)
        if confirm is not None:
            _say_accepted(run_oversight.accept_loss(config, confirm, officer), as_json)
            return
        proposed = run_oversight.propose_loss(config, officer, reason or "")
    except (NotAccepted, DatabaseError, ConfigError, OSError) as error:
        fail(error)
    if as_json:
        say_json({"proposal": proposed.number, "below": proposed.below})
        return
    say(f"proposal {proposed.number}: lines below log size {proposed.below} are gone for good")
    confirming = f"renkei oversight accept-loss --confirm {proposed.number} --officer NAME"
    typer.echo(as_typed(f"another officer accepts it: {confirming}"))


def _say_accepted(loss: AcceptedLoss, as_json: bool) -> None:
    if as_json:
        say_json({"accepted": loss})
        return
    say(f"accepted on {loss.day} by {' and '.join(loss.officers)}: {loss.reason}")
    say(f"lines below log size {loss.below} may be nobody's; every statement says so now")


@app.command("status")
def show_status(
    folder: Folder = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Show cosignature, sizes, counts and findings."""
    result = _read(folder, _status)
    if not result["running"]:
        typer.echo(f"{still(folder)}. What follows is how it stood at its end", err=True)
    if as_json:
        say_json(result)
        return
    summary, loss = result.pop("findings"), result.pop("accepted_loss")
    for name, value in result.items():
        counted = value.items() if isinstance(value, dict) else [("", value)]
        for kind, figure in counted:
            label = " ".join([name.replace("_", " "), *([kind.replace("-", " ")] if kind else [])])
            say(f"{label:<28} {shown(figure)}")
    if loss is not None:
        said = f"below log size {loss.below}, on {loss.day}: {loss.reason}"
        say(f"{'accepted loss':<28} {said}", hang=29)
    say(f"{'findings':<28} {summary.count}")
    say_summary(summary)


def _status(connection: sa.Connection, country: Country) -> dict[str, Any]:
    seen = witnesses.load(connection)
    counted = counts.load(connection)
    stated = ledgers.newest_statement(connection)
    age = None
    if seen is not None and seen.handed_at is not None:
        age = round((country.now() - seen.handed_at).total_seconds(), 1)
    kinds = counts.kinds(connection)
    fallen, unopened = sampled.missing(connection)
    return {
        "running": country.is_running(),
        "cosignature_age_seconds": age,
        "cosigned_size": seen.handed_size if seen is not None else None,
        "seen_size": seen.head.size if seen is not None else None,
        "halted": seen.halted if seen is not None else None,
        "counted_size": counted.frontier.size,
        "entries": {word_of(kind): count for kind, count in sorted(kinds.items())},
        "fallen_accounts": fallen,
        "unopened_leaves": unopened,
        "stated_size": stated.ledger.log_size if stated is not None else None,
        "stated_exchange_entries": stated.ledger.exchange_entries if stated is not None else None,
        "accepted_loss": losses.accepted(connection),
        "findings": findings.summary(connection),
    }


def _read(folder: Path, function: Callable[[sa.Connection, Country], T]) -> T:
    """Read the Commission's database, also while it runs."""
    try:
        country = existing_country(folder)
        with reading(country.database(OVERSIGHT), revision=REVISION) as connection:
            result = function(connection, country)
    except RevisionMismatch as error:
        command = upgrade_command(OVERSIGHT, country.config_path(OVERSIGHT))
        fail(f"{error}; run: {command}")
    except (DatabaseError, OSError) as error:
        fail(error)
    return result
