"""`renkei bench`: measure, never guess (計測)."""

import json
from typing import Annotated, Any

import typer

from renkei.bench import crypto, law, log, start

app = typer.Typer(no_args_is_help=True, help="Measure the system beside its floor (計測).")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.command("start")
def bench_start(as_json: AsJson = False) -> None:
    """Seconds and memory of a second demo, all processes together."""
    _print(start.run(), as_json)


@app.command("law")
def bench_law(as_json: AsJson = False) -> None:
    """Decisions per second over distinct random questions, on one core."""
    _print(law.run(), as_json)


@app.command("crypto")
def bench_crypto(as_json: AsJson = False) -> None:
    """The parts of a complete exchange's floor, each timed alone, and the floor itself."""
    found = crypto.run()
    if as_json:
        _print(found, as_json)
        return
    for line in crypto.lines(found):
        typer.echo(line)


@app.command("log")
def bench_log(as_json: AsJson = False) -> None:
    """Entries a second appended and integrated with signed checkpoints."""
    _print(log.run(), as_json)


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        typer.echo(f"{name:<24} {value}")
