"""`renkei bench`: measure, never guess (計測)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from renkei.bench import crypto, exchange, law, log, peers, start
from renkei.kit.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Measure the system beside its floor (計測).")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
PeersFolder = Annotated[
    Path,
    typer.Option("--peers", metavar="FOLDER", help="Where tools/peers.py put the peers."),
]


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
    installed: PeersFolder = peers.FOLDER,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Complete exchanges a second, every party on this machine; the floor and as4 beside it."""
    progress = Progress(quiet=quiet)
    try:
        found = exchange.run(exchanges, in_flight=in_flight, folder=folder, progress=progress)
    except exchange.NotComplete as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error
    with progress.step("the peer, where it is installed"):
        found = exchange.beside(found, peers.exchange_peers(installed))
    if as_json:
        _print(found, as_json)
        return
    for line in exchange.lines(found):
        typer.echo(line)


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
def bench_log(as_json: AsJson = False, installed: PeersFolder = peers.FOLDER) -> None:
    """Entries a second appended and integrated with signed checkpoints; pymerkle beside it."""
    _print(log.run(installed=installed), as_json)


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in _flat(result):
        typer.echo(f"{name:<36} {value}")


def _flat(result: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Names with dots in place of objects in objects."""
    for name, value in result.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
