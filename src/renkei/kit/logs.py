"""One JSON object per line, made of fields from a closed list, without personal data.

A log is copied to places its writer does not know, so it must not be able to carry a person: a
field that is not on the list is replaced by a marker, a text is bounded, a run of 11 digits or more
(a resident code has 11, an individual number 12, a corporate number 13) is masked, also in
full-width digits and through hyphens and spaces, and an exception leaves its type and place but not
its message.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec
import structlog

VALUE_CHARACTERS_LIMIT = 200
TRACE_PLACES_LIMIT = 12
DROPPED = "dropped-field"

# What a line may say. None of these names a person, an officer or a case.
FIELDS = frozenset(
    {
        "affair", "age_seconds", "article", "attempt", "batch", "bytes", "checkpoint", "code",
        "count", "delay_seconds", "epoch", "error", "event", "exception", "host", "incident",
        "institution", "key", "keys", "kind", "left", "level", "limit", "limit_name", "log_size",
        "method", "milliseconds", "outcome", "path", "peer", "pid", "places", "port", "profile",
        "reason", "revision", "role", "row", "seconds", "signal", "size", "status", "task",
        "timestamp", "tx", "typ", "version",
    }
)  # fmt: skip

# Digits of any script that \d knows (full-width ones too), each followed by at most two separators.
_SEPARATORS = r"[\s\-\u2010-\u2015\u2212\u30fc\uff0d.,_/]{0,2}"
_DIGIT_RUN = re.compile(rf"(?<!\d)(?:\d{_SEPARATORS}){{10,}}\d")
# The one value of ours with digits and hyphens: a transaction id says nothing about a person.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_MASK = "•••"


def configure(*, role: str, path: Path | None = None, level: str = "info") -> None:
    """Send this process's log to ``path`` (appended, mode 0600) or to standard error.

    ``role`` stands in every line. Also takes over the standard library's logging, so that what
    libraries say passes the same filter. Standard output is for results and is never used.
    """
    stream: TextIO | _StandardError = _StandardError()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        stream = path.open("a", encoding="utf-8", buffering=1)
    _configure_lines(role, stream, logging.getLevelNamesMapping()[level.upper()])
    library = logging.getLogger()
    library.handlers[:] = [_LibraryHandler()]
    library.setLevel(logging.WARNING)


def get_logger() -> Any:
    """Return the logger; before ``configure`` it writes to standard error."""
    if not structlog.is_configured():
        _configure_lines("renkei", _StandardError(), logging.INFO)
    return structlog.get_logger()


class _StandardError:
    """Standard error as it is at each line, not as it was at the first."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _configure_lines(role: str, stream: TextIO | _StandardError, threshold: int) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            lambda _logger, _method, event: {"role": role, **event},
            without_personal_data,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, stream)),
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
    return mask_digits(value[: VALUE_CHARACTERS_LIMIT + 1])[:VALUE_CHARACTERS_LIMIT]


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
