"""A flood of connections without a certificate, from addresses of its own, in a process of its own.

Half of them say nothing after connecting, half go through the handshake and have no certificate to
show. Run as a program: PORT SECONDS ADDRESS...; prints how many connections it made.
"""

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HELD = 600
"""Silent connections an address tries to hold at once: more than a server gives one address."""
STOP_SECONDS = 10


def _connected(port: int, address: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 2, source_address=(address, 0))


def _silent(port: int, address: str, until: float, made: list[int]) -> None:
    held: list[socket.socket] = []
    while time.monotonic() < until:
        with suppress(OSError):
            held.append(_connected(port, address))
            made.append(1)
        if len(held) > HELD:
            held.pop(0).close()
        time.sleep(0.002)


def _nameless(port: int, address: str, until: float, made: list[int]) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while time.monotonic() < until:
        with suppress(OSError), _connected(port, address) as plain:
            made.append(1)
            with context.wrap_socket(plain) as wrapped:
                wrapped.recv(1)


def main(port: int, seconds: float, addresses: list[str]) -> None:
    """Flood a port from some addresses for some seconds."""
    made: list[int] = []
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=one, args=(port, address, until, made))
        for address in addresses
        for one in (_silent, _nameless)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(made))


@contextmanager
def flooding(port: int, seconds: float, addresses: list[str]) -> Iterator[list[int]]:
    """A flood while the block runs; what it made stands in the list afterwards."""
    made: list[int] = []
    process = subprocess.Popen(
        [sys.executable, __file__, str(port), str(seconds), *addresses],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield made
        output, _ = process.communicate(timeout=seconds + STOP_SECONDS)
        made.append(int(output))
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
