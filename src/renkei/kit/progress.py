"""What a person waiting sees: short lines on standard error; standard output is for results."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Lines on standard error, or nothing when quiet."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._quiet = quiet
        self._stream = stream

    def say(self, text: str) -> None:
        """Write one line."""
        if not self._quiet:
            # Looked up late: a test or a supervisor may have replaced the stream.
            print(text, file=self._stream or sys.stderr, flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a step, and say how long it took in seconds, or that it failed."""
        self.say(f"{text} …")
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self.say(f"{text}: failed after {time.monotonic() - started:.1f} s")
            raise
        self.say(f"{text}: {time.monotonic() - started:.1f} s")
