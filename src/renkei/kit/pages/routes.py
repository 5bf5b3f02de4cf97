"""Routes of a people's door, each with who may use it (画面の経路).

A wall lists them: no route exists without an access, and nothing is open by default.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from renkei.kit.pages.asking import HTML, JSON, Answer, Asked

FORM_BYTES_LIMIT: Final = 64 * 1024
Handler = Callable[[Asked[Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route (利用できる人)."""

    name: str
    signed_in: bool = True
    grant: str | None = None
    """What a session must have been given besides, e.g. to be an officer of one office."""


PUBLIC: Final = Access("public", signed_in=False)
SIGNED_IN: Final = Access("signed in")


def holding(grant: str) -> Access:
    """Access for whoever signed in and was given this besides (権限)."""
    return Access(f"signed in, {grant}", grant=grant)


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One address: method, who may use it, who answers, what comes out.

    GET answers HEAD too. POST takes a form with its token, or of a program JSON. `gives` is the
    media type of an answer that succeeds; a route that gives JSON answers programs in JSON.
    """

    method: Literal["GET", "POST"]
    path: str
    access: Access
    handler: Handler
    gives: str = HTML
    max_body_bytes: int = FORM_BYTES_LIMIT

    @property
    def allowed(self) -> str:
        """The Allow header of this address, where it is the only one."""
        return "GET, HEAD" if self.method == "GET" else self.method

    @property
    def for_programs(self) -> bool:
        """Whether programs come here: what they send is JSON, which no form can send."""
        return self.gives == JSON


def get(path: str, access: Access, handler: Handler, gives: str = HTML) -> PageRoute:
    """An address to look at (閲覧)."""
    return PageRoute("GET", path, access, handler, gives, 0)


def post(
    path: str,
    access: Access,
    handler: Handler,
    gives: str = HTML,
    max_body_bytes: int = FORM_BYTES_LIMIT,
) -> PageRoute:
    """An address that changes something: a form, or JSON from a program (送信)."""
    return PageRoute("POST", path, access, handler, gives, max_body_bytes)
