"""One process of one role, from configuration file to stop signal (役割の実行)."""

import socket
from collections.abc import Callable
from pathlib import Path

from renkei.kit import http_server
from renkei.kit.certificates import server_context
from renkei.kit.logs import configure
from renkei.run.assembly import assemble
from renkei.run.config import ServeConfig, read


def serve(
    path: Path, *, sock: socket.socket | None = None, ready: Callable[[int], None] | None = None
) -> None:
    """Serve the role a configuration file describes until SIGTERM or SIGINT.

    `sock` is a socket bound before, `ready` is called with the port once it accepts.
    """
    config = read(path)
    configure(role=config.party, path=config.log)
    bound = sock or http_server.listen(config.host, config.port)
    http_server.run(_main(config, bound, ready))


async def _main(
    config: ServeConfig, sock: socket.socket, ready: Callable[[int], None] | None
) -> None:
    running = assemble(config)
    tls = config.tls
    try:
        await running.start()
        await http_server.serve(
            http_server.build_app(running.routes),
            sock,
            context=server_context(tls.certificate, tls.key, tls.authority),
            ready=ready,
        )
    finally:
        await running.stop()
