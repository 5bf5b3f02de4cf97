"""What commands of a desk share: their options, and coming to the desk (窓口)."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from renkei.cli.saying import fail
from renkei.sandbox.country import Country
from renkei.wire.errors import WireError

if TYPE_CHECKING:
    from renkei.sandbox.desk import Desk

T = TypeVar("T")
Folder = Annotated[Path, typer.Option("--folder", help="Where the country lives.")]
Institution = Annotated[str, typer.Option("--institution", help="Whose desk, e.g. chofu-city.")]
Office = Annotated[
    str | None,
    typer.Option("--office", help="Whose case it is; left out: the institution's first."),
]
Case = Annotated[str, typer.Option("--case", help="The case's number.")]


def desk_of(
    country: Country, institution: str, work: "Callable[[Desk], Coroutine[Any, Any, T]]"
) -> T:
    """What comes of some work at a desk, or the error's sentence and exit code 1."""
    from renkei.sandbox.desk import at_desk

    async def run() -> T:
        async with at_desk(country, institution) as desk:
            return await work(desk)

    try:
        return asyncio.run(run())
    except (WireError, OSError, ValueError) as error:
        fail(error)
