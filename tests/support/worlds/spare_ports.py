"""Ports for countries that live as long as a test: any that nothing listens at now."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """Ports nothing listens at now; the sockets are held until all are found."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
