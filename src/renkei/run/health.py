"""How a process is, as its operator sees it: that it answers, and its alarms (稼働状況).

Asked over the process's own listener, with its own certificate. Held in memory only, so that it is
there when a disk is full.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from renkei.kit.certificates import own_names
from renkei.kit.clock import SystemClock
from renkei.kit.config import ConfigError
from renkei.kit.database.seat import Seat
from renkei.kit.http_client import HttpClient, Peer, PeerError
from renkei.kit.http_forms import Outgoing, error_answer
from renkei.kit.party import Party
from renkei.kit.tls import client_context
from renkei.kit.watch import Source, Watch
from renkei.run.config import ServeConfig
from renkei.wire.health import HEALTH_PATH, Alarm, Health

DIRECTORY_DAYS_LEFT: Final = 7
"""A version lasts 30 days and is renewed long before; with a week left nobody has."""
CERTIFICATE_DAYS_LEFT: Final = 14
HEALTH_BYTES: Final = 262_144
HEALTH_SECONDS: Final = 5.0
MEDIA_TYPE: Final = "application/json"


class NoAnswer(Exception):
    """A process did not say how it is; the message says why."""


def ending(party: Party, certificate_ends_at: datetime) -> Source:
    """Alarms of what runs out soon and stops everything then; their count is days left."""

    def alarms() -> list[Alarm]:
        found, directory = list[Alarm](), party.directory_ends_at
        if directory is not None:
            left = (directory - party.now()) // timedelta(days=1)
            if left < DIRECTORY_DAYS_LEFT:
                found.append(Alarm("directory-ends", "directory", max(left, 0), reason="days left"))
        left = (certificate_ends_at - SystemClock().now()) // timedelta(days=1)
        if left < CERTIFICATE_DAYS_LEFT:
            found.append(Alarm("certificate-ends", "tls", max(left, 0), reason="days left"))
        return found

    return alarms


def health_of(
    config: ServeConfig,
    watch: Watch,
    party: Party,
    certificate_ends_at: datetime,
    *,
    seat: Seat,
) -> Callable[[str], Awaitable[Outgoing]]:
    """The handler of the health route; takes what stands below its path, which must be nothing."""

    async def answer(below: str) -> Outgoing:
        if below:
            return error_answer(404, "not-found", "there is nothing at this path")
        health = Health(
            config.party,
            config.role,
            watch.clock.now(),
            watch.alarms(),
            party.directory_ends_at,
            certificate_ends_at,
            seat.term != 0,
        )
        return Outgoing(200, msgspec.json.encode(health), media_type=MEDIA_TYPE)

    return answer


async def ask(config: ServeConfig) -> Health:
    """Ask a process how it is, as whoever has its configuration; raises NoAnswer."""
    tls = config.tls
    try:
        names = own_names(tls.certificate)
        peer = Peer(names[0], config.host, config.port)
        context = client_context(tls.certificate, tls.key, tls.authority)
        async with HttpClient(context) as http:
            got = await http.get(
                peer, HEALTH_PATH, deadline_seconds=HEALTH_SECONDS, max_answer_bytes=HEALTH_BYTES
            )
        if got.status != 200:
            raise NoAnswer(f"it answered {got.status}")
        return msgspec.json.decode(got.body, type=Health)
    except PeerError as error:
        raise NoAnswer(error.reason) from error
    except (ConfigError, OSError, IndexError) as error:
        raise NoAnswer(f"its own certificate cannot be used: {error}") from error
    except msgspec.DecodeError as error:
        raise NoAnswer("it answered something else than its health") from error
