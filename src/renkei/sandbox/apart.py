"""Work in a process of its own, of which nothing stays behind in this one (別プロセスでの構築)."""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn


def apart(work: Callable[[], object]) -> None:
    """Do some work in a process of its own; raises ChildProcessError if it failed.

    A build has everybody's numbers, seeds and keys in its memory. What it leaves there must not be
    handed on to the processes of the roles, which are forked from this one.
    """
    lifeline, end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(end)
        _alone(work, lifeline)
    os.close(lifeline)
    try:
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(end)  # the child ends with whoever waits for it
    if status != 0:
        raise ChildProcessError("the country could not be built; the reason stands above")


def _alone(work: Callable[[], object], lifeline: int) -> NoReturn:
    """What the forked process does: end with the work, or as soon as the other process is gone."""

    def follow() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    status = 1
    try:
        threading.Thread(target=follow, daemon=True).start()
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
