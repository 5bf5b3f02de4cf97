"""`renkei noun verb`: results on standard output, progress on standard error (コマンド)."""

import gc
import sys
from typing import Annotated, Final

import typer

import renkei
from renkei.cli.noun import LazyCommands, Place, noun

PLACES: Final = {
    "demo": Place(
        "renkei.cli.story", "demo", "Run the country, perform an exchange, show what happened."
    ),
    "up": Place("renkei.cli.story", "up", "Keep the country running until Ctrl-C."),
    "desk": Place("renkei.cli.desk", "app", "A clerk's desk in a running sandbox (窓口)."),
    "verify": Place("renkei.cli.verify", "verify_command", "Check a downloaded history (検証)."),
    "oversight": Place(
        "renkei.cli.oversight", "app", "The Commission's findings and its witness (監督)."
    ),
    "law": Place("renkei.cli.law", "app", "Whom the law lets ask whom for what (法令)."),
    "number": Place("renkei.cli.number", "app", "Check individual and corporate numbers (番号)."),
    "status": Place("renkei.cli.status", "status", "Ask every process how it is (稼働状況)."),
    "serve": Place("renkei.cli.serving", "serve", "Serve one role until Ctrl-C or SIGTERM."),
    "database": Place("renkei.cli.serving", "database", "Create and migrate databases."),
    "bench": Place("renkei.cli.benching", "app", "Measure the system beside its floor (計測)."),
}
"""Every command and where it lies: `renkei --help` imports none of them."""


GARBAGE_LOOKED_FOR: Final = (20_000, 20, 20)
"""Objects made between two looks for unreachable circles. With Python's 700 a tenth of the time
until a desk's answer goes into looking at modules, which stay."""


class Renkei(LazyCommands):
    """All commands of `renkei`."""

    places = PLACES


app = noun(
    "Renkei (連携): information linkage without a shared identifier.",
    cls=Renkei,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"renkei {renkei.__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Renkei (連携): information linkage without a shared identifier."""


def main() -> None:
    """Entry point; never shows a traceback for an error that has a sentence."""
    gc.set_threshold(*GARBAGE_LOOKED_FOR)
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)
