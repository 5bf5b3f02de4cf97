"""`renkei serve` and `renkei database`: one role's process and its database (役割の起動)."""

from pathlib import Path
from typing import Annotated

import typer

from renkei.kit.config import ConfigError
from renkei.kit.keys import KeyStoreError
from renkei.kit.sqlite import DatabaseError
from renkei.run.assembly import REVISIONS
from renkei.run.config import read
from renkei.run.process import serve as serve_process

database = typer.Typer(no_args_is_help=True)
ConfigFile = Annotated[Path, typer.Option("--config", help="TOML file of this process.")]


def serve(
    role: Annotated[str, typer.Argument(help="linkage, individual-number or institution")],
    config: ConfigFile,
) -> None:
    """Serve one role until Ctrl-C or SIGTERM."""
    try:
        _check_role(role, config)
        serve_process(config, ready=lambda port: typer.echo(f"{role} listens on {port}", err=True))
    except (ConfigError, DatabaseError, KeyStoreError, OSError) as error:
        typer.echo(f"cannot serve: {error}", err=True)
        raise typer.Exit(1) from error


@database.command("upgrade")
def upgrade(
    role: Annotated[str, typer.Argument(help="linkage, individual-number or institution")],
    config: ConfigFile,
) -> None:
    """Create a role's database or bring it to the newest revision; servers never do."""
    from renkei.kit.migration import upgrade as upgrade_file

    try:
        _check_role(role, config)
        settings = read(config)
        revision = upgrade_file(REVISIONS[settings.role][1], settings.database)
    except (ConfigError, DatabaseError, OSError) as error:
        typer.echo(f"cannot upgrade: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{settings.database} is at revision {revision}")


def _check_role(role: str, config: Path) -> None:
    named = read(config).role
    if role != named:
        raise ConfigError(f"{config} is for role {named}, not {role}; name the right file")
