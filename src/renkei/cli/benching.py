"""`renkei bench`: measure, never guess (計測)."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from renkei.bench import exchange, law, log, start
from renkei.kit.progress import Progress

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


@app.command("exchange")
def bench_exchange(
    as_json: AsJson = False,
    exchanges: Annotated[int, typer.Option(min=100, max=100_000)] = exchange.EXCHANGES,
    in_flight: Annotated[int, typer.Option(min=1, max=64)] = exchange.IN_FLIGHT,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Keep the country here and use it again.")
    ] = None,
) -> None:
    """Complete exchanges a second, every party on this machine."""
    _print(
        exchange.run(exchanges, in_flight=in_flight, folder=folder, progress=Progress()), as_json
    )


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
