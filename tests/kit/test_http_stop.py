"""Stopping a server by a signal while it works."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from tests.kit.conftest import SERVER_NAME, Country

from renkei.kit.http_client import HttpClient, Peer, PeerUnreachable

BOUNDS: dict[str, Any] = {"deadline_seconds": 5, "max_answer_bytes": 100_000}

PROGRAM = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from renkei.kit.tls import server_context
    from renkei.kit.http_server import Outgoing, Route, ServerLimits, build_app, listen, run, serve

    async def slow(incoming):
        print("working", flush=True)
        await asyncio.sleep(float(incoming.body))
        return Outgoing(200, b"done")

    limits = ServerLimits(drain_seconds=1.5)
    app = build_app([Route("/v1/ask", slow, 10)], limits=limits)
    context = server_context(*map(Path, sys.argv[1:4]))
    ready = lambda port: print(port, flush=True)
    run(serve(app, listen("127.0.0.1"), context=context, limits=limits, ready=ready))
    """
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("seconds", "ends"), [("0.6", True), ("60", False)])
async def test_a_signal_drains_and_ends(
    country: Country, number: signal.Signals, seconds: str, ends: bool
) -> None:
    """On a signal a running request is finished, an endless one is cut, and the exit code is 0."""
    paths = [country.server.certificate, country.server.key, country.authority.certificate]
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", PROGRAM, *map(str, paths)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    peer = Peer(SERVER_NAME, "127.0.0.1", int(process.stdout.readline()))
    async with HttpClient(country.client_context()) as client:
        asking = asyncio.create_task(
            client.post(peer, "/v1/ask", seconds.encode(), **BOUNDS | {"deadline_seconds": 10})
        )
        assert await asyncio.to_thread(process.stdout.readline) == "working\n"
        process.send_signal(number)
        if ends:
            assert (await asking).body == b"done"
        else:
            with pytest.raises(PeerUnreachable):
                await asking
        assert await asyncio.to_thread(process.wait, 5) == 0
        with pytest.raises(PeerUnreachable):
            await client.post(peer, "/v1/ask", b"0", **BOUNDS)
