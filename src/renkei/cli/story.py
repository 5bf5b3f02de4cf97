"""`renkei demo` and `renkei up`: a running country on one machine (試験国の起動)."""

import asyncio
import contextlib
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from renkei.cli.saying import AsJson, fail, program, say_json
from renkei.cli.telling import tell
from renkei.kit.config import ConfigError
from renkei.kit.database import DatabaseError
from renkei.kit.location import Location
from renkei.kit.logs import configure
from renkei.kit.progress import Progress
from renkei.run.supervisor import StartFailed, Supervisor, running
from renkei.sandbox.balancing import (
    REPLICAS_MOST,
    await_served,
    balanced,
    balancer_program,
    replicate,
)
from renkei.sandbox.building import open_or_build
from renkei.sandbox.country import Country, default_folder, open_existing
from renkei.sandbox.country_file import CORE, COUNTRIES, read
from renkei.sandbox.opening import OpeningFailed, open_country
from renkei.sandbox.population import (
    RESIDENTS_PER_MUNICIPALITY,
    RESIDENTS_PER_MUNICIPALITY_MINIMUM,
    ImpossibleCountry,
)
from renkei.sandbox.proof import ProofFailed
from renkei.sandbox.relocation import relocate, server_at
from renkei.sandbox.story import Account, Story, StoryFailed
from renkei.sandbox.wanted import DEFAULT_AS_OF, DEFAULT_SEED, Wanted
from renkei.wire.errors import WireError

Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed and day, same residents.")]
Residents = Annotated[
    int,
    typer.Option(
        "--residents",
        min=RESIDENTS_PER_MUNICIPALITY_MINIMUM,
        max=RESIDENTS_PER_MUNICIPALITY,
        help="Per municipality; fewer open faster.",
    ),
]
CountryFile = Annotated[
    str | None,
    typer.Option(
        "--country",
        metavar="NAME|FILE",
        help="`core` (ten bodies), `whole` (every kind of body that a procedure asks), or a TOML "
        "file with one of your own (docs/own-country.md).",
    ),
]
AsOf = Annotated[
    datetime,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The country's first day, YYYY-MM-DD."),
]
_DAY = datetime(DEFAULT_AS_OF.year, DEFAULT_AS_OF.month, DEFAULT_AS_OF.day)  # noqa: DTZ001
WATCH_SECONDS = 0.5
INTERRUPTED = 130
"""As shells tell of a program that Ctrl-C ended."""
LOUD = "SANDBOX: synthetic people, keys in files. Nobody in this country exists."


def demo(
    folder: Folder = default_folder(),  # noqa: B008
    seed: Seed = DEFAULT_SEED,
    as_of: AsOf = _DAY,
    residents: Residents = RESIDENTS_PER_MUNICIPALITY,
    country_file: CountryFile = None,
    *,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Run the country, perform an exchange, show what happened.

    Exits with 0 if all went right.
    """
    progress = Progress(quiet=quiet)
    started = time.monotonic()
    with _errors_told():
        wanted = _wanted(seed, as_of, residents, country_file)
        visited = _kept_open(folder, wanted)
        if visited is not None:
            progress.say(f"the country in {visited.folder} is running: the story is played in it")
            country, ready = visited, time.monotonic()
            account = asyncio.run(Story(country, progress).play())
        else:
            country = _prepare(folder, wanted, progress)
            replicate(country, 1)
            with running(country.services(), say=progress.say):
                ready = time.monotonic()
                account = asyncio.run(_play(country, progress))
    account.timings["start_seconds"] = round(ready - started, 3)
    account.timings["total_seconds"] = round(time.monotonic() - started, 3)
    if as_json:
        say_json(asdict(account))
    else:
        tell(account, country)


def _kept_open(folder: Path, wanted: Wanted) -> Country | None:
    """The country in `folder` if `renkei up` keeps it open and it is the one that is wanted.

    Without seed, day or size of one's own any country will do.
    """
    try:
        country = open_existing(folder.absolute())
    except FileNotFoundError:
        return None
    return country if wanted.is_in(country.manifest) and country.is_open() else None


async def _play(country: Country, progress: Progress) -> Account:
    await open_country(country, progress)
    return await Story(country, progress).play()


def up(
    folder: Folder = default_folder(),  # noqa: B008
    seed: Seed = DEFAULT_SEED,
    as_of: AsOf = _DAY,
    residents: Residents = RESIDENTS_PER_MUNICIPALITY,
    country_file: CountryFile = None,
    *,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="URL",
            help="An administrator's place on a server, or `@FILE` with it (docs/operate.md): "
            "each party gets a login and a schema of its own there.",
        ),
    ] = None,
    replicas: Annotated[
        int,
        typer.Option(
            "--replicas",
            min=1,
            max=REPLICAS_MOST,
            help="Processes of each party but the Commission, behind HAProxy; the databases must "
            "be on a server.",
        ),
    ] = 1,
) -> None:
    """Keep the country running until Ctrl-C.

    Prints its addresses and commands to try.
    """
    progress = Progress()
    with _errors_told(), _early_end_told(progress):
        wanted = _wanted(seed, as_of, residents, country_file)
        server = None if database is None else _server(database)
        if replicas > 1:
            balancer_program()
        country = _prepare(folder, wanted, progress)
        if server is not None:
            relocate(country, server, progress)
        replicate(country, replicas)
        with (
            balanced(country) as balancer,
            running(country.services(), say=progress.say) as supervisor,
        ):
            try:
                _keep(country, supervisor, balancer, progress)
            except KeyboardInterrupt:
                progress.say("\nstopping every process")


def _server(database: str) -> Location:
    try:
        return server_at(database)
    except (ValueError, DatabaseError) as error:
        raise ConfigError(f"--database: {error}") from error


def _wanted(seed: int, as_of: datetime, residents: int, country: str | None) -> Wanted:
    packaged = COUNTRIES.get(country or CORE)
    blueprint = packaged() if packaged is not None else read(Path(country or ""))
    return Wanted(seed, as_of.date(), residents, blueprint, named=country is not None)


def _prepare(folder: Path, wanted: Wanted, progress: Progress) -> Country:
    progress.say(LOUD)
    configure(role="sandbox", path=folder.parent / "sandbox.jsonl")
    return open_or_build(
        folder.absolute(),
        seed=wanted.seed,
        as_of=wanted.as_of,
        progress=progress,
        residents=wanted.residents,
        blueprint=wanted.blueprint if wanted.named else None,
    )


def _print_addresses(country: Country) -> None:
    width = max(len(plan.party) for plan in country.plans)
    for plan in country.plans:
        at = f"https://127.0.0.1:{country.manifest.ports[plan.party]}"
        several = ", ".join(country.replicas(plan))
        behind = f"  shared out among {several}" if several else ""
        typer.echo(f"{plan.party:<{width}} {at}  {country.config_path(plan.party)}{behind}")
    city = country.cities()[0]
    person = country.manifest.persons.get("parent", {}).get(city.party)
    typer.echo(f"\nLook as a resident, in a browser: {country.people_address('portal')}/sandbox")
    here = f"--folder {shlex.quote(str(country.folder))}"
    at = f"{here} --institution {city.party}"
    typer.echo("\nTry, in another terminal:")
    if person is not None:
        typer.echo(f"  {program()} demo {here}")
        procedure = f"--person {person} --procedure child-allowance"
        typer.echo(f"  {program()} desk procedure {at} {procedure}")
    typer.echo(f"  {program()} oversight status {here}")
    typer.echo("\nCtrl-C stops every process.")


def _keep(
    country: Country,
    supervisor: Supervisor,
    balancer: "subprocess.Popen[bytes] | None",
    progress: Progress,
) -> None:
    """Open the country and keep it until Ctrl-C or SIGTERM raises KeyboardInterrupt."""
    await_served(country)
    asyncio.run(open_country(country, progress))
    with country.kept_open():
        _print_addresses(country)
        _watch(supervisor, balancer, progress)


def _watch(
    supervisor: Supervisor, balancer: "subprocess.Popen[bytes] | None", progress: Progress
) -> None:
    """Show each process that ends by itself, without end."""
    while True:
        for child, status in supervisor.ended():
            told = " ".join(f"--config {shlex.quote(str(one.config))}" for one in child.services)
            progress.say(
                f"{child.names} (pid {child.pid}) ended, wait status {status}; "
                f"read {child.service.output}. Start it again:\n"
                f"  {program()} serve {_role(child.service.config)} {told}"
            )
        if balancer is not None and balancer.poll() is not None:
            raise ConfigError("the balancer has ended; read haproxy.txt in the folder")
        time.sleep(WATCH_SECONDS)


def _role(config: Path) -> str:
    from renkei.run.config import read

    return read(config).role


@contextlib.contextmanager
def _early_end_told(progress: Progress) -> Iterator[None]:
    """Says what an interrupt left before the country was open; exit code 130."""
    try:
        yield
    except KeyboardInterrupt as error:
        progress.say("\nstopped before the country was open; the next start goes on from there")
        raise typer.Exit(INTERRUPTED) from error


class _errors_told:  # used as a block, reads as one
    """Turns errors that have a sentence into that sentence and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        known = (
            *(StartFailed, OpeningFailed, StoryFailed, ProofFailed, ImpossibleCountry),
            *(WireError, ConfigError, OSError),
        )
        if isinstance(error, known):
            fail(error)
