"""`renkei status`: whether every process of a country answers, and its alarms (稼働状況)."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from renkei.cli.saying import AsJson, say_json
from renkei.cli.visiting import existing_country, still
from renkei.run.config import read
from renkei.run.health import NoAnswer, ask
from renkei.sandbox.country import Country, default_folder
from renkei.wire.health import Alarm, Health

COUNTED = {
    "codes-stopped": "persons",
    "directory-ends": "days left",
    "certificate-ends": "days left",
    "log-lines-lost": "lines",
}
PEERS_SHOWN = 3
Answers = list[tuple[str, Health | NoAnswer]]


def status(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the country lives.")
    ] = default_folder(),  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Ask every process how it is (稼働状況).

    Exit code 1 where one is away or has an alarm.
    """
    country = existing_country(folder)
    answers = asyncio.run(_ask_all(country))
    if not country.is_running():
        typer.echo(still(folder), err=True)
    if as_json:
        shown = {name: _as_json(answer) for name, answer in answers}
        say_json(shown)
    else:
        for name, answer in answers:
            _show(name, answer)
    if any(isinstance(answer, NoAnswer) or answer.alarms for _, answer in answers):
        raise typer.Exit(1)


async def _ask_all(country: Country) -> Answers:
    services = country.services()
    asked = await asyncio.gather(*(_ask(service.config) for service in services))
    return list(zip((service.name for service in services), asked, strict=True))


async def _ask(config: Path) -> Health | NoAnswer:
    try:
        return await ask(read(config))
    except NoAnswer as error:
        return error


def _as_json(answer: Health | NoAnswer) -> object:
    return {"away": str(answer)} if isinstance(answer, NoAnswer) else answer


def _show(name: str, answer: Health | NoAnswer) -> None:
    if isinstance(answer, NoAnswer):
        typer.echo(f"{name:<20} does not answer: {answer}")
        return
    left = f", {_left(answer)}" if answer.directory_ends_at is not None else ", no directory"
    alone = ", elected" if name != answer.party and answer.seated else ""
    typer.echo(f"{name:<20} runs{left}{alone}{', with alarms:' if answer.alarms else ''}")
    for alike in _alike(answer.alarms):
        typer.echo(f"    {_line(alike)}")


def _left(answer: Health) -> str:
    """Whole days for which the directory a process holds is still in force."""
    assert answer.directory_ends_at is not None
    days = max((answer.directory_ends_at - answer.now) // timedelta(days=1), 0)
    return f"directory for {days} more days"


def _alike(alarms: list[Alarm]) -> list[list[Alarm]]:
    """Alarms of one kind, task and reason together, in the order in which the first of each came.

    A body that is away gives one for each task, a country that is away one for each body: many of
    one kind bury no other.
    """
    found: dict[tuple[str, str, str], list[Alarm]] = {}
    for one in alarms:
        found.setdefault((one.kind, one.task, one.reason), []).append(one)
    return list(found.values())


def _line(alike: list[Alarm]) -> str:
    """One line for alarms that are alike: about whom, how often, since when."""
    first, peers = alike[0], [one.peer for one in alike if one.peer]
    since = min((one.since for one in alike if one.since), default=None)
    counted = f"{sum(one.count for one in alike)} {COUNTED.get(first.kind, 'times')}"
    words = [first.kind, first.task, counted, first.reason if first.kind not in COUNTED else ""]
    if peers:
        more = f" and {len(peers) - PEERS_SHOWN} more" if len(peers) > PEERS_SHOWN else ""
        words.append(f"peer {' '.join(peers[:PEERS_SHOWN])}{more}")
    words += [f"since {since:%Y-%m-%d %H:%M:%S}Z"] if since else []
    return ", ".join(word for word in words if word)
