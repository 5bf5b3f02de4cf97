"""`renkei serve` and `renkei database`: one role's process and its database (役割の起動)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from renkei.cli.noun import noun
from renkei.cli.saying import AsJson, fail, say_json
from renkei.kit.config import ConfigError
from renkei.kit.database import DatabaseError
from renkei.kit.keys import KeyStoreError
from renkei.kit.location import Location
from renkei.run.assembly import described
from renkei.run.config import read
from renkei.run.process import serve as serve_process

database = noun("Create and migrate databases.")
PARTIES_MOST = 100
"""In one process."""
ROLES_HELP = "Name of a role, e.g. linkage; what is no role is told with those there are."
ConfigFile = Annotated[Path, typer.Option("--config", help="TOML file of this process.")]


def serve(
    role: Annotated[str, typer.Argument(help=ROLES_HELP)],
    config: Annotated[
        list[Path],
        typer.Option("--config", help="TOML file of the party; several: parties in one process."),
    ],
) -> None:
    """Serve one role until Ctrl-C or SIGTERM."""
    if len(config) > PARTIES_MOST:
        fail(f"--config: at most {PARTIES_MOST} parties in one process")

    def ready(ports: Mapping[str, int]) -> None:
        for party, port in ports.items():
            who = role if len(config) == 1 else f"{party} ({role})"
            typer.echo(f"{who} listens on {port}", err=True)

    try:
        for one in config:
            _check_role(role, one)
        serve_process(*config, ready=ready)
    except (ConfigError, DatabaseError, KeyStoreError, OSError) as error:
        fail(f"cannot serve: {error}")


@database.command("move")
def move_database(
    role: Annotated[str, typer.Argument(help=ROLES_HELP)],
    config: ConfigFile,
    target: Annotated[
        str,
        typer.Option("--to", metavar="PLACE", help="A path, engine://…, or @FILE that holds it."),
    ],
    as_json: AsJson = False,
) -> None:
    """Carry a party's database to an empty place.

    On any engine, and every row is compared. Its process must be stopped. The source stays as it
    is: change `database` in the configuration, then remove the old one.
    """
    from renkei.kit.database.moving import move

    try:
        _check_role(role, config)
        settings = read(config)
        where = Location.from_configuration(target, Path.cwd())
        moved = move(described(role).migrations, settings.database, where)
    except ValueError as error:
        fail(f"--to: {error}")
    except (ConfigError, DatabaseError) as error:
        fail(str(error))
    if as_json:
        say_json({"rows": moved.rows, "revision": moved.revision})
        return
    for table, rows in moved.rows.items():
        typer.echo(f"{rows:>9}  {table}")
    typer.echo(f"{settings.database} -> {where}: every row compared, revision {moved.revision}")
    typer.echo(f"now set `database` in {config} to the new place; the old one is as it was")


@database.command("upgrade")
def upgrade(
    role: Annotated[str, typer.Argument(help=ROLES_HELP)],
    config: Annotated[
        Path | None,
        typer.Option("--config", help="TOML file of one process; without it, of a sandbox."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where the sandbox country lives.")
    ] = None,
) -> None:
    """Create or migrate a role's database.

    Brings it to the newest revision; servers never do. Without --config: every database of that
    role in the sandbox country.
    """
    from renkei.kit.database.migration import upgrade as upgrade_database

    try:
        for path in [config] if config is not None else _of_country(role, folder):
            _check_role(role, path)
            settings = read(path)
            revision = upgrade_database(described(settings.role).migrations, settings.database)
            typer.echo(f"{settings.database} is at revision {revision}")
    except (ConfigError, DatabaseError, OSError) as error:
        fail(f"cannot upgrade: {error}")


def _of_country(role: str, folder: Path | None) -> list[Path]:
    """The configurations of a role's processes in a sandbox country; raises ConfigError."""
    from renkei.sandbox.country import default_folder, open_existing

    described(role)
    at = (folder or default_folder()).absolute()
    try:
        country = open_existing(at)
    except FileNotFoundError as error:
        raise ConfigError(f"{error}; or name a process's file with --config") from error
    return [country.config_path(plan.party) for plan in country.plans if plan.role == role]


def _check_role(role: str, config: Path) -> None:
    named = read(config).role
    if role != named:
        raise ConfigError(f"{config} is for role {named}, not {role}; name the right file")
