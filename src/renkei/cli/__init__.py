"""`renkei noun verb`: results on standard output, progress on standard error (コマンド)."""

import sys

import typer

from renkei.cli import benching, desk, law, number, oversight, serving, story, verify
from renkei.cli.number import NoEchoGroup
from renkei.kit.unpacked import remove_unpacked_library

app = typer.Typer(
    cls=NoEchoGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Renkei (連携): information linkage without a shared identifier.",
)
app.add_typer(number.app, name="number", help="Check numbers (番号).")
app.add_typer(law.app, name="law")
app.command("demo")(story.demo)
app.command("up")(story.up)
app.add_typer(desk.app, name="desk")
app.add_typer(oversight.app, name="oversight")
app.add_typer(benching.app, name="bench")
app.command("verify")(verify.verify_command)
app.command("serve")(serving.serve)
app.add_typer(serving.database, name="database", help="Create and migrate databases.")


def main() -> None:
    """Entry point; never shows a traceback for an error that has a sentence."""
    remove_unpacked_library()
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)
