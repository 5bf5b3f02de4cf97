"""One process, of one party or of several, from configuration to stop signal (役割の実行)."""

import asyncio
import contextlib
import contextvars
import faulthandler
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from renkei.kit import http_server
from renkei.kit.database import RevisionMismatch
from renkei.kit.keys import load_codes
from renkei.kit.logs import configure, configure_own
from renkei.kit.tls import server_context
from renkei.run.assembly import assemble
from renkei.run.config import ServeConfig, read, upgrade_command
from renkei.run.parts import Running

PEOPLE_HOST: Final = "127.0.0.1"
GARBAGE_LOOKED_FOR: Final = (20_000, 20, 20)
"""Objects made between two looks for unreachable circles, rare here (Python has 700, 10, 10).
A look costs processor time: some 5 % of an exchange."""


def serve(
    *paths: Path,
    socks: Sequence[socket.socket] = (),
    ready: Callable[[Mapping[str, int]], None] | None = None,
    lifeline: int | None = None,
) -> None:
    """Serve the roles that configuration files describe until SIGTERM or SIGINT.

    Several are several parties in one process (テナント): each has its own keys, certificate,
    listener, database and log, and none is handed anything of another's. `socks` are sockets bound
    before, one for each, `ready` is called once, with the port of each party, when all accept,
    `lifeline` is the reading end of a pipe whose end of file means that whoever started this
    process is gone.
    """
    faulthandler.enable()  # a crash below Python says where, in lines and no values
    configs = [read(path) for path in paths]
    for config in configs:
        config.tls.check()
    alone = configs[0] if len(configs) == 1 else None
    configure(
        role=alone.party if alone is not None else "renkei",
        path=alone.log if alone is not None else None,
    )
    bound = socks or [http_server.listen(one.host, one.port) for one in configs]
    gc.freeze()  # what is imported stays: there is no garbage in it to look for
    gc.set_threshold(*GARBAGE_LOOKED_FOR)
    ports: dict[str, int] = {}

    def accepts(party: str, port: int) -> None:
        ports[party] = port
        if ready is not None and len(ports) == len(configs):
            ready(ports)

    tenants = [
        Tenant(config, sock, partial(accepts, config.party))
        for config, sock in zip(configs, bound, strict=True)
    ]
    http_server.run(_together(tenants, lifeline))


@dataclass(frozen=True, slots=True)
class Tenant:
    """One party of a process: what it is told, where it listens, whom it tells so."""

    config: ServeConfig
    sock: socket.socket
    accepts: Callable[[int], None]


def import_framework() -> None:
    """Import what is otherwise imported only when an application is made or a code multiplied.

    Done before forking, so that no child has to: it was nine tenths of a child's start.
    """
    http_server.build_app([])
    load_codes()


async def _together(tenants: Sequence[Tenant], lifeline: int | None) -> None:
    """Every party of the process, each in a context of its own, until all are to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if lifeline is not None:
        loop.add_reader(lifeline, _hear, lifeline, stop)
    if len(tenants) == 1:
        await _main(tenants[0], stop)
        return
    contexts = [contextvars.copy_context() for _ in tenants]
    tasks = [
        loop.create_task(_tenant(one, stop), name=one.config.party, context=context)
        for one, context in zip(tenants, contexts, strict=True)
    ]
    try:
        # One that cannot start, or go on, ends all: an operator sees it, and starts the others.
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        stop.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one


async def _tenant(tenant: Tenant, stop: asyncio.Event) -> None:
    configure_own(role=tenant.config.party, path=tenant.config.log)
    await _main(tenant, stop)


async def _main(tenant: Tenant, stop: asyncio.Event) -> None:
    config, tls = tenant.config, tenant.config.tls
    try:
        running = assemble(config)
    except RevisionMismatch as error:
        command = upgrade_command(config.role, config.file)
        raise RevisionMismatch(f"{error}; run: {command}") from error
    running.watch.hear(asyncio.get_running_loop())
    try:
        await running.start()
        async with _for_people(config, running, stop):
            await http_server.serve(
                http_server.build_app(running.routes),
                tenant.sock,
                context=server_context(tls.certificate, tls.key, tls.authority),
                ready=tenant.accepts,
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
