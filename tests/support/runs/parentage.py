"""Processes that end with the one that started them, also where that was killed (親の終了)."""

import ctypes
import signal
import sys
from collections.abc import Callable

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def ending_with_me(how: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program: it gets a signal when its parent is gone (Linux)."""

    def set_up() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, how)

    return set_up
