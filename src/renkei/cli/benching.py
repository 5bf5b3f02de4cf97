"""`renkei bench`: measure, never guess (計測).

Each measurement is imported when it is asked for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from renkei.cli.noun import noun
from renkei.cli.saying import AsJson, fail, say, say_json, shown
from renkei.kit.progress import Progress

if TYPE_CHECKING:
    from renkei.kit.location import Location

app = noun("Measure the system beside its floor (計測).")
PEERS: Final = Path("var") / "peers"
LOAD_PER_CORE_LIMIT: Final = 0.25
"""Of other work, over the last minute: beside more of it, figures say less than the machine can."""
PeersFolder = Annotated[
    Path,
    typer.Option("--peers", metavar="FOLDER", help="Where tools/peers.py put the peers."),
]
OnServer = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Measure on this server too: an administrator's place, or `@FILE` with it.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


@app.command("start")
def bench_start(as_json: AsJson = False) -> None:
    """Seconds and memory of a second demo."""
    from renkei.bench import start

    _warn_of_load()
    _print(start.run(), as_json)


@app.command("house")
def bench_house(as_json: AsJson = False) -> None:
    """Sizes, arrows and knots of the code itself."""
    from renkei.bench import house

    _warn_of_load()
    _print(house.run(), as_json)


@app.command("cli")
def bench_cli(as_json: AsJson = False, *, quiet: Quiet = False) -> None:
    """Seconds until a command has answered."""
    from renkei.bench import commands

    _warn_of_load()
    with _failures_told():
        found = commands.run(Progress(quiet=quiet))
    _print(found, as_json)


@app.command("law")
def bench_law(as_json: AsJson = False) -> None:
    """Decisions a second, on one core."""
    from renkei.bench import law

    _warn_of_load()
    _print(law.run(), as_json)


@app.command("exchange")
def bench_exchange(
    as_json: AsJson = False,
    exchanges: Annotated[int, typer.Option(min=100, max=100_000, help="How many.")] = 2_000,
    in_flight: Annotated[int, typer.Option(min=1, max=64, help="How many at a time.")] = 16,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Keep the country here and use it again.")
    ] = None,
    installed: PeersFolder = PEERS,
    *,
    database: OnServer = None,
    replicas: Annotated[
        int,
        typer.Option(min=1, max=8, help="Processes of each party on the server, at most."),
    ] = 2,
    quiet: Quiet = False,
) -> None:
    """Complete exchanges a second, with floor and peer.

    Every party runs on this machine; as4 stands beside where it is installed.
    """
    from renkei.bench import exchange, peers

    _warn_of_load()
    progress = Progress(quiet=quiet)
    with _failures_told():
        found = exchange.run(
            exchanges,
            in_flight=in_flight,
            folder=folder,
            server=_server(database),
            replicas=replicas,
            progress=progress,
        )
    with progress.step("the peer, where it is installed"):
        found = exchange.beside(found, peers.exchange_peers(installed))
    _print(found, as_json, exchange.lines(found))


@app.command("growth")
def bench_growth(
    as_json: AsJson = False,
    *,
    database: OnServer = None,
    quiet: Quiet = False,
) -> None:
    """Rate, bytes and proofs as a country grows.

    From a thousand residents to a hundred thousand, and as many log entries: long.
    """
    from renkei.bench import growth
    from renkei.kit.location import EMBEDDED

    _warn_of_load()
    with _failures_told():
        server = _server(database)
        servers = {EMBEDDED: None} | ({server.engine: server} if server else {})
        found = growth.run(servers, progress=Progress(quiet=quiet))
    _print(found, as_json, growth.lines(found))


@app.command("procedures")
def bench_procedures(
    as_json: AsJson = False,
    *,
    households: Annotated[
        int, typer.Option("--households", min=1, max=5_000, help="For how many each is planned.")
    ] = 500,
    quiet: Quiet = False,
) -> None:
    """Every procedure: planned, and run end to end.

    A fresh seed each time, real processes of every kind of body: some minutes.
    """
    from renkei.bench import procedures

    _warn_of_load()
    with _failures_told():
        found = procedures.run(Progress(quiet=quiet), most=households)
    _print(found, as_json, procedures.lines(found))


@app.command("crypto")
def bench_crypto(as_json: AsJson = False) -> None:
    """The parts of an exchange's floor, each alone."""
    from renkei.bench import crypto

    _warn_of_load()
    found = crypto.run()
    _print(found, as_json, crypto.lines(found))


@app.command("log")
def bench_log(as_json: AsJson = False, installed: PeersFolder = PEERS) -> None:
    """Entries a second appended and integrated.

    With signed checkpoints; pymerkle stands beside where it is installed.
    """
    from renkei.bench import log

    _warn_of_load()
    _print(log.run(installed=installed), as_json)


@contextmanager
def _failures_told() -> Iterator[None]:
    """Turns what can go wrong in a measurement into its sentence and exit code 1."""
    from renkei.bench import commands, load
    from renkei.kit.config import ConfigError
    from renkei.kit.database import DatabaseError
    from renkei.run.supervisor import StartFailed

    try:
        yield
    except (
        *(load.NotComplete, commands.Failed, StartFailed),
        *(ConfigError, DatabaseError, ValueError, OSError),
    ) as error:
        fail(error)


def _server(text: str | None) -> "Location | None":
    """Where `--database` points to; ValueError or DatabaseError where that is no place."""
    from renkei.sandbox.relocation import server_at

    return None if text is None else server_at(text)


def _warn_of_load() -> None:
    """Say so where other work runs already: every figure and ratio that follows suffers."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores * LOAD_PER_CORE_LIMIT:
        typer.echo(
            f"warning: other work is running (load {load:.1f} on {cores} cores): the figures and "
            "ratios below are spoilt by it; measure again on a quiet machine",
            err=True,
        )


def _print(result: dict[str, Any], as_json: bool, lines: Iterator[str] | None = None) -> None:
    if as_json:
        say_json(result)
        return
    for line in lines if lines is not None else _lines(result):
        say(line, hang=4)


def _lines(result: dict[str, Any], before: str = "") -> Iterator[str]:
    """Names with dots in place of objects in objects."""
    for name, value in result.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{before}{name}.")
        else:
            yield f"{before + name:<36} {shown(value)}"
