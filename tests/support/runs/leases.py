"""Something dear that many tests use, started for the first and ended when none is left (貸出).

A country of processes takes a tenth of a core even where nobody asks it anything, so that one that
lived to the end of a run would slow down everything behind it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Generic, TypeVar

Lent = TypeVar("Lent")


class Lease(Generic[Lent]):
    """Holds one such thing between its users; whoever knows that none will come calls `end`."""

    def __init__(self) -> None:
        self._held: list[Lent] = []
        self._users = 0
        self._stack = ExitStack()

    @contextmanager
    def taken(self, start: Callable[[], AbstractContextManager[Lent]]) -> Iterator[Lent]:
        """Use it for the length of a block; started if it does not run."""
        if not self._held:
            self._held.append(self._stack.enter_context(start()))
        self._users += 1
        try:
            yield self._held[0]
        finally:
            self._users -= 1

    def end(self) -> None:
        """End it, unless somebody uses it."""
        if not self._users:
            self._held.clear()
            self._stack.close()
