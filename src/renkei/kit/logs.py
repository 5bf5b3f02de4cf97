"""One JSON object per line, made of fields from a closed list, without personal data.

A log is copied to places its writer does not know, so it must not be able to carry a person: a
field that is not on the list is replaced by a marker, a text is bounded, a run of 11 digits or more
(a resident code has 11, an individual number 12, a corporate number 13) is masked, also in
full-width digits and through hyphens and spaces, and an exception leaves its type and place but not
its message.

A line that cannot be written is lost, counted and said later: whoever logs is often on the way of a
failure, and must not fail a second time. So nothing here raises into its caller.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from io import RawIOBase
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec

from renkei.kit.clock import SystemClock

VALUE_CHARACTERS_LIMIT = 200
TRACE_PLACES_LIMIT = 12
DROPPED = "dropped-field"

# What a line may say. None of these names a person, an officer or a case.
FIELDS = frozenset(
    {
        "affair", "age_seconds", "apart_seconds", "article", "attempt", "batch", "bytes",
        "checkpoint", "code", "count", "delay_seconds", "epoch", "error", "event", "exception",
        "host", "incident", "institution", "key", "keys", "kind", "left", "level", "limit",
        "limit_name", "log_size", "method", "milliseconds", "outcome", "path", "peer", "pid",
        "places", "port", "profile", "reason", "revision", "role", "row", "seconds", "signal",
        "size", "status", "task", "timestamp", "tx", "typ", "version",
    }
)  # fmt: skip

# Digits of any script that \d knows (full-width ones too), each followed by at most two separators.
_SEPARATORS = r"[\s\-\u2010-\u2015\u2212\u30fc\uff0d.,_/]{0,2}"
_DIGIT_RUN = re.compile(rf"(?<!\d)(?:\d{_SEPARATORS}){{10,}}\d")
# The one value of ours with digits and hyphens: a transaction id says nothing about a person.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_MASK = "•••"


class _Lines:
    """Where lines go, one write each; what cannot be written is counted and said later."""

    def __init__(self, role: str, write: Callable[[bytes], None]) -> None:
        self.role = role
        self._write = write
        self._lock = threading.Lock()
        self._unsaid = 0
        self._lost = 0

    @property
    def lost(self) -> int:
        """How many lines were lost since the start."""
        return self._lost

    def write(self, text: str) -> int:
        """Write one line with its end; never raises."""
        data = text.encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                if self._unsaid:
                    # A line break first: what could not be written may have left half a line.
                    self._write(b"\n" + self._confession())
                    self._unsaid = 0
                self._write(data)
            except Exception:
                self._lost += 1
                self._unsaid += 1
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def _confession(self) -> bytes:
        at = SystemClock().now().isoformat().replace("+00:00", "Z")
        line = {"role": self.role, "event": "log-lines-lost", "count": self._unsaid}
        return msgspec.json.encode({**line, "level": "warning", "timestamp": at}) + b"\n"


_of_tenant: ContextVar[_Lines] = ContextVar("lines")
"""Of a party among several in one process; tasks and threads begun in its context have it too."""
_shared = _Lines("renkei", lambda data: _to_standard_error(data))
"""Of the process: of its only party, or where nobody's context is."""


def _lines() -> _Lines:
    return _of_tenant.get(_shared)


def lost() -> int:
    """How many lines could not be written since `configure`, or `configure_own`."""
    return _lines().lost


def configure(*, role: str, path: Path | None = None, level: str = "info") -> None:
    """Send this process's log to ``path`` (appended, mode 0600) or to standard error.

    ``role`` stands in every line. Also takes over the standard library's logging, so that what
    libraries say passes the same filter. Standard output is for results and is never used.
    Raises OSError where the file cannot be opened at all.
    """
    global _shared
    _shared = _lines_to(role, path)
    _configure_lines(logging.getLevelNamesMapping()[level.upper()])
    library = logging.getLogger()
    library.handlers[:] = [_LibraryHandler()]
    library.setLevel(logging.WARNING)


def configure_own(*, role: str, path: Path | None = None) -> None:
    """Send what the present context logs, and whatever is begun in it, to a log of its own.

    After `configure`, for one party among several in one process. Raises OSError as that does.
    """
    _of_tenant.set(_lines_to(role, path))


def _lines_to(role: str, path: Path | None) -> _Lines:
    if path is None:
        return _Lines(role, _to_standard_error)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    file = path.open("ab", buffering=0)
    return _Lines(role, lambda data: _whole(file, data))


def get_logger() -> Any:
    """Return the logger; before ``configure`` it writes to standard error."""
    import structlog  # with the first line: a command that logs nothing need not wait for it

    if not structlog.is_configured():
        global _shared
        _shared = _lines_to("renkei", None)
        _configure_lines(logging.INFO)
    return structlog.get_logger()


def _whole(file: RawIOBase, data: bytes) -> None:
    while data:
        written = file.write(data)
        if not written:
            raise OSError("nothing was written")
        data = data[written:]


def _to_standard_error(data: bytes) -> None:
    """To standard error as it is at each line, not as it was at the first."""
    sys.stderr.write(data.decode("utf-8"))
    sys.stderr.flush()


class _Switch:
    """Writes each line to the log of whoever says it."""

    def write(self, text: str) -> int:
        return _lines().write(text)

    def flush(self) -> None:
        """Nothing is held back."""


def _configure_lines(threshold: int) -> None:
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            lambda _logger, _method, event: {"role": _lines().role, **event},
            without_personal_data,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Switch())),
        cache_logger_on_first_use=False,
    )


def without_personal_data(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep listed fields, bounded and masked; the names of others are not kept either."""
    error = event.pop("exc_info", None)
    kept = {name: _bounded(value) for name, value in event.items() if name in FIELDS}
    if len(kept) < len(event):
        kept[DROPPED] = len(event) - len(kept)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        kept["exception"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-TRACE_PLACES_LIMIT:]
        kept["places"] = [f"{Path(f.filename).name}:{f.lineno}:{f.name}" for f in frames]
    return kept


def _bounded(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**10 else _MASK
    if not isinstance(value, str):
        # Neither bytes nor containers nor types of ours: their text might say too much.
        return f"<{type(value).__name__}>"
    # A lone half of a surrogate pair has no UTF-8: it would end the line, and its writer.
    shown = value[: VALUE_CHARACTERS_LIMIT + 1].encode("utf-8", "replace").decode("utf-8")
    return mask_digits(shown)[:VALUE_CHARACTERS_LIMIT]


def mask_digits(text: str) -> str:
    """Replace every run of 11 or more digits, except inside a lower-case UUID."""
    pieces = []
    position = 0
    for found in _UUID.finditer(text):
        pieces += [_DIGIT_RUN.sub(_MASK, text[position : found.start()]), found.group()]
        position = found.end()
    return "".join([*pieces, _DIGIT_RUN.sub(_MASK, text[position:])])


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode(dict(event)).decode("utf-8")


class _LibraryHandler(logging.Handler):
    """Passes on that a library said something and where, not the words: they may quote data."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"code": record.name, "places": f"{record.module}:{record.lineno}"}
        if record.exc_info:
            fields["exc_info"] = record.exc_info[1]
        get_logger().warning("library-message", **fields)
