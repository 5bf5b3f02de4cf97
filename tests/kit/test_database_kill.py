"""SIGKILL in the middle of a group of writes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.kit.conftest import names_in

WRITER = textwrap.dedent(
    """
    import asyncio, itertools, sys
    from pathlib import Path
    import sqlalchemy as sa
    from renkei.kit.database import Database

    INSERT = sa.text("INSERT INTO note (name, count) VALUES (:name, 0)")

    async def main():
        database = Database.open(Path(sys.argv[1]), revision="0001")
        numbers = itertools.count()

        def pair(connection, number):
            connection.execute(INSERT, {"name": f"{sys.argv[2]}-{number}-left"})
            connection.execute(INSERT, {"name": f"{sys.argv[2]}-{number}-right"})

        async def work():
            for number in numbers:
                await database.write(lambda c: pair(c, number))
                print(number, flush=True)

        await asyncio.gather(*(work() for _ in range(16)))

    asyncio.run(main())
    """
)


def test_a_killed_writer_leaves_whole_functions_only(database_file: Path) -> None:
    """After SIGKILL in the middle of groups: every answered function is there, none by half."""
    for life in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(database_file), str(life)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        answered = [int(process.stdout.readline()) for _ in range(100 + 37 * life)]
        process.send_signal(signal.SIGKILL)
        # What the pipe still holds was answered too; the last line may be cut.
        answered += [int(line) for line in process.stdout.read().splitlines()[:-1]]
        process.wait()
        found = {name for name in names_in(database_file) if name.startswith(f"{life}-")}
        left = {name.removesuffix("-left") for name in found if name.endswith("-left")}
        right = {name.removesuffix("-right") for name in found if name.endswith("-right")}
        assert left == right
        assert {f"{life}-{number}" for number in answered} <= left
    driver = sqlite3.connect(database_file)
    assert driver.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    driver.close()
