"""What happens when a bound is reached: one exception, so that every edge can answer the same."""

from __future__ import annotations


class Overloaded(Exception):
    """A bounded queue is full; nothing was done, the caller may try again later.

    ``limit_name`` is the name of the bound in the code, ``limit`` its value.
    The HTTP edge renders it as 503 with Retry-After (RFC 9110 §15.6.4).
    """

    def __init__(self, limit_name: str, limit: int) -> None:
        super().__init__(f"{limit_name} of {limit} reached: nothing was done, try again later")
        self.limit_name = limit_name
        self.limit = limit
