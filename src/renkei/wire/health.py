"""How a process is, as its operator reads it at its own door (稼働状況)."""

from typing import Final, Literal

import msgspec

from renkei.wire.fields import Instant

HEALTH_PATH: Final = "/health"
AlarmKind = Literal[
    "task-died",
    "task-failing",
    "callback-failed",
    "log-lines-lost",
    "database-down",
    "late",
    "codes-stopped",
    "directory-ends",
    "certificate-ends",
]


class Alarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something an operator should look at; carries no data of anybody (警報)."""

    kind: AlarmKind
    task: str
    """Which background task, or what else it is about."""
    count: int
    """Deaths, failures in a row, or lines."""
    since: Instant | None = None
    """When it first happened; None where nobody noted the time."""
    last: Instant | None = None
    reason: str = ""
    """Error code or type of the last exception, never its words."""
    peer: str = ""
    """Which party the failure was about."""


class Health(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a process says of itself (稼働状況)."""

    party: str
    role: str
    now: Instant
    """By the process's own clock."""
    alarms: list[Alarm]
    directory_ends_at: Instant | None = None
    """When the directory held runs out, by the same clock; None where none is held."""
    certificate_ends_at: Instant | None = None
    """When the process's own certificate runs out, by the machine's clock."""
    seated: bool = True
    """Whether this process does what one process of its party does alone; one of several does."""
