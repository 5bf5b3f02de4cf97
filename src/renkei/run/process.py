"""One process of one role, from configuration file to stop signal (役割の実行)."""

import asyncio
import contextlib
import faulthandler
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from renkei.kit import http_server
from renkei.kit.database import RevisionMismatch
from renkei.kit.keys import load_codes
from renkei.kit.logs import configure
from renkei.kit.tls import server_context
from renkei.run.assembly import assemble
from renkei.run.config import ServeConfig, read, upgrade_command
from renkei.run.parts import Running

PEOPLE_HOST: Final = "127.0.0.1"
GARBAGE_LOOKED_FOR: Final = (20_000, 20, 20)
"""Objects made between two looks for unreachable circles, rare here (Python has 700, 10, 10).
A look costs processor time: some 5 % of an exchange."""


def serve(
    path: Path,
    *,
    sock: socket.socket | None = None,
    ready: Callable[[int], None] | None = None,
    lifeline: int | None = None,
) -> None:
    """Serve the role a configuration file describes until SIGTERM or SIGINT.

    `sock` is a socket bound before, `ready` is called with the port once it accepts, `lifeline` is
    the reading end of a pipe whose end of file means that whoever started this process is gone.
    """
    faulthandler.enable()  # a crash below Python says where, in lines and no values
    config = read(path)
    config.tls.check()
    configure(role=config.party, path=config.log)
    bound = sock or http_server.listen(config.host, config.port)
    gc.freeze()  # what is imported stays: there is no garbage in it to look for
    gc.set_threshold(*GARBAGE_LOOKED_FOR)
    try:
        http_server.run(_main(config, bound, ready, lifeline))
    except RevisionMismatch as error:
        command = upgrade_command(config.role, path)
        raise RevisionMismatch(f"{error}; run: {command}") from error


def import_framework() -> None:
    """Import what is otherwise imported only when an application is made or a code multiplied.

    Done before forking, so that no child has to: it was nine tenths of a child's start.
    """
    http_server.build_app([])
    load_codes()


async def _main(
    config: ServeConfig,
    sock: socket.socket,
    ready: Callable[[int], None] | None,
    lifeline: int | None,
) -> None:
    stop = asyncio.Event()
    if lifeline is not None:
        asyncio.get_running_loop().add_reader(lifeline, _hear, lifeline, stop)
    running = assemble(config)
    running.watch.hear(asyncio.get_running_loop())
    tls = config.tls
    try:
        await running.start()
        async with _for_people(config, running, stop):
            await http_server.serve(
                http_server.build_app(running.routes),
                sock,
                context=server_context(tls.certificate, tls.key, tls.authority),
                ready=ready,
                stop=stop,
            )
    finally:
        await running.stop()


@contextlib.asynccontextmanager
async def _for_people(
    config: ServeConfig, running: Running, stop: asyncio.Event
) -> AsyncIterator[None]:
    """A second listener on this machine, where the role has one and the configuration a port."""
    door, port = running.people, config.people_port
    if door is None or port is None:
        yield
        return
    app = http_server.build_app([], extra=door.handlers(), tell=door.tell)
    sock = http_server.listen(PEOPLE_HOST, port)
    accepting, bound = asyncio.Event(), [sock]

    async def listen() -> None:
        # Bound before, so that a port that is taken ends the start; bound anew after a death.
        one = bound.pop() if bound else http_server.listen(PEOPLE_HOST, port)
        await http_server.serve(
            app, one, context=None, ready=lambda _port: accepting.set(), stop=stop
        )

    server = running.watch.keep("people", listen)
    await accepting.wait()
    try:
        yield
    finally:
        stop.set()
        running.watch.stop()
        await server


def _hear(lifeline: int, stop: asyncio.Event) -> None:
    """The other end was closed: stop, and do not listen any more."""
    if not os.read(lifeline, 1):
        asyncio.get_running_loop().remove_reader(lifeline)
        stop.set()
