"""A PostgreSQL server of a test's own: Debian's or a wheel's programs, an unprivileged user.

It listens on a Unix socket in its own folder only, asks everybody for a password, and keeps every
durability setting as it comes. Its folder is held in memory where there is room for it: a process
that is killed loses the same, and nobody here pulls a plug.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from parentage import ending_with_me
from psycopg import sql

OLDEST = 15
PREFIX, LEFT_SECONDS = "renkei-pg-", 3_600
START_SECONDS, STOP_SECONDS = 60, 30
CONNECTIONS = 1_000
"""A country has about fifty, and each worker may have one in its process and one that runs."""
UNPRIVILEGED = "nobody"
SUPERUSER = "postgres"
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 4 * 1024**3
INITIAL = (
    *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
    # Texts in another order than that of their bytes, as on many an operator's server.
    *("--locale-provider=icu", "--icu-locale=ja"),
)


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where this machine has none."""
    found = shutil.which("postgres")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name)
    beside = [Path(found).resolve().parent] if found else []
    for folder in [*beside, *reversed(folders)]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


@dataclass(frozen=True)
class Server:
    """A running server and its superuser."""

    folder: Path
    password: str
    process: int

    @classmethod
    def told(cls, text: str) -> "Server":
        """One that another process started, by what `tell` gave."""
        folder, password, process = text.split("|")
        return cls(Path(folder), password, int(process))

    def tell(self) -> str:
        """What another process must know to reach it."""
        return f"{self.folder}|{self.password}|{self.process}"

    def url(self, role: str = SUPERUSER, password: str = "", database: str = "postgres") -> str:
        """A connection URI of a role."""
        return f"postgresql://{self.place(role, password, database)}"

    def place(self, role: str = SUPERUSER, password: str = "", database: str = "postgres") -> str:
        """The same without its scheme."""
        return f"{role}:{password or self.password}@/{database}?host={self.folder}"

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the superuser."""
        return psycopg.connect(self.url(database=database), autocommit=True)

    def party(self) -> tuple[str, str]:
        """Make a login role with a schema of its own name; gives its name and its place."""
        name, password = f"renkei_{secrets.token_hex(6)}", secrets.token_hex(16)
        with self.admin() as admin:
            admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(name), sql.Literal(password)
                )
            )
            admin.execute(
                sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(
                    sql.Identifier(name), sql.Identifier(name)
                )
            )
        return name, self.place(name, password)


def _as_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _roomy_memory() -> Path | None:
    """The folder of a file system in memory, where there is one with room enough."""
    writable = os.access(MEMORY, os.W_OK)
    return MEMORY if writable and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES else None


def _sweep() -> None:
    """Take away what runs that were killed left in memory: their servers have ended with them."""
    for left in MEMORY.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            old = time.time() - left.stat().st_mtime > LEFT_SECONDS
            if old and not (left / "data" / "postmaster.pid").exists():
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def running_postgres() -> Iterator[Server]:
    """A server for the length of a block; its folder goes with it."""
    binaries = programs()
    if binaries is None:
        raise RuntimeError("no PostgreSQL here: sudo apt install postgresql")
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_roomy_memory()))
    try:
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield from _serving(binaries, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path) -> list[str]:
    wanted = {
        "unix_socket_directories": folder,
        "listen_addresses": "",
        "max_connections": CONNECTIONS,
    }
    return [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]


def _serving(binaries: Path, folder: Path) -> Iterator[Server]:
    password, data = secrets.token_hex(16), folder / "data"
    given = folder / "password"
    given.write_text(password)
    given.chmod(0o644)
    options: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C.UTF-8", "PATH": str(binaries)}}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", SUPERUSER, "--pwfile", given, *INITIAL],
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
        **_as_user(),
        **options,
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *_settings(folder)],
            stdout=log,
            stderr=log,
            preexec_fn=ending_with_me(signal.SIGINT),
            **_as_user(),
            **options,
        )
    try:
        server = Server(folder, password, process.pid)
        _await(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(server: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            server.admin().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((server.folder / "log").read_text()) from None
            time.sleep(0.05)
