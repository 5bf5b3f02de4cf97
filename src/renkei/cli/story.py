"""`renkei demo` and `renkei up`: a running country on one machine (試験国の起動)."""

import asyncio
import json
import signal
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from renkei.cli.telling import tell
from renkei.kit.logs import configure
from renkei.kit.progress import Progress
from renkei.run.supervisor import StartFailed, Supervisor, running
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.opening import OpeningFailed, open_country
from renkei.sandbox.population import (
    RESIDENTS_PER_MUNICIPALITY,
    RESIDENTS_PER_MUNICIPALITY_MINIMUM,
    ImpossibleCountry,
)
from renkei.sandbox.proof import ProofFailed
from renkei.sandbox.story import Account, Story, StoryFailed, default_folder
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
AsOf = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The country's first day.")
]
_DAY = datetime(DEFAULT_AS_OF.year, DEFAULT_AS_OF.month, DEFAULT_AS_OF.day)  # noqa: DTZ001
WATCH_SECONDS = 0.5
LOUD = "SANDBOX: synthetic people, keys in files. Nobody in this country exists."


def demo(
    folder: Folder = default_folder(),  # noqa: B008
    seed: Seed = DEFAULT_SEED,
    as_of: AsOf = _DAY,
    residents: Residents = RESIDENTS_PER_MUNICIPALITY,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Run the country, perform the exchange, show what happened; exits 0 if all went right."""
    progress = Progress(quiet=quiet)
    started = time.monotonic()
    with _errors_told():
        country = _prepare(folder, seed, as_of, residents, progress)
        with running(country.services(), say=progress.say):
            ready = time.monotonic()
            account = asyncio.run(_play(country, progress))
    account.timings["start_seconds"] = round(ready - started, 3)
    account.timings["total_seconds"] = round(time.monotonic() - started, 3)
    if as_json:
        typer.echo(json.dumps(asdict(account), ensure_ascii=False, indent=1, default=str))
    else:
        tell(account, country)


async def _play(country: Country, progress: Progress) -> Account:
    await open_country(country, progress)
    return await Story(country, progress).play()


def up(
    folder: Folder = default_folder(),  # noqa: B008
    seed: Seed = DEFAULT_SEED,
    as_of: AsOf = _DAY,
    residents: Residents = RESIDENTS_PER_MUNICIPALITY,
) -> None:
    """Keep the country running until Ctrl-C; prints its addresses and a command to try."""
    progress = Progress()
    with _errors_told():
        country = _prepare(folder, seed, as_of, residents, progress)
        with running(country.services(), say=progress.say) as supervisor:
            asyncio.run(open_country(country, progress))
            _print_addresses(country)
            _watch(supervisor, progress)


def _prepare(
    folder: Path, seed: int, as_of: datetime, residents: int, progress: Progress
) -> Country:
    progress.say(LOUD)
    configure(role="sandbox", path=folder.parent / "sandbox.jsonl")
    return open_or_build(
        folder.absolute(), seed=seed, as_of=as_of.date(), progress=progress, residents=residents
    )


def _print_addresses(country: Country) -> None:
    for service in country.services():
        typer.echo(f"{service.name:<18} https://{service.host}:{service.port}  {service.config}")
    city = country.institutions()[0]
    person = country.manifest.persons["parent"][city.party]
    typer.echo(f"\nLook as a resident, in a browser: {country.people_address('portal')}/sandbox")
    typer.echo("\nTry, in another terminal:")
    typer.echo(
        f"  renkei desk procedure --folder {country.folder} --institution {city.party} "
        f"--person {person} --procedure child-allowance"
    )
    typer.echo("\nCtrl-C stops every process.")


def _watch(supervisor: Supervisor, progress: Progress) -> None:
    """Wait for Ctrl-C or SIGTERM; a process that ends by itself is shown and ends the rest."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        while True:
            for child, status in supervisor.ended():
                progress.say(
                    f"{child.service.name} (pid {child.pid}) ended, wait status {status}; "
                    f"read {child.service.output}. Start it again: "
                    f"renkei serve {_role(child.service.config)} --config {child.service.config}"
                )
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        progress.say("\nstopping every process")


def _role(config: Path) -> str:
    from renkei.run.config import read

    return read(config).role


class _errors_told:  # used as a block, reads as one
    """Turns errors that have a sentence into that sentence and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        known = (
            *(StartFailed, OpeningFailed, StoryFailed, ProofFailed, ImpossibleCountry),
            *(WireError, OSError),
        )
        if isinstance(error, known):
            typer.echo(f"failed: {error}", err=True)
            raise typer.Exit(1) from error
