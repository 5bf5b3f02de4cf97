"""A role's empty database: migrated once in a run, then copied (空の台帳)."""

from pathlib import Path

import placing
from built_once import once

from renkei.kit.database.migration import upgrade


def lay(migrations: str, path: Path) -> None:
    """An empty database of a role at a place; one that is there is brought up to date."""
    if placing.there(path):
        upgrade(migrations, placing.place(path))
        return
    name = "database.sqlite"
    made = once(
        f"empty-{migrations}", lambda folder: upgrade(migrations, placing.place(folder / name))
    )
    placing.copied_database(made / name, path)
