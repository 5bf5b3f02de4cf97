"""A request as it comes in: head, cookies, form (受信).

What can be wrong with it is a PageError with a code of the closed list's edge.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from litestar.types import Receive
from multipart import MultipartParser, MultipartPart, parse_options_header

from renkei.kit.pages.asking import FormValues, PageError, Upload

LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
FIELDS_LIMIT: Final = 500
BODY_SECONDS: Final = 10.0
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII)
_OURS: Final = {"", "same-origin", "none"}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in a request before its body (要求のヘッダー)."""

    method: str
    path: str
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    headers: Mapping[str, str]
    hosts: tuple[str, ...]
    client: str

    def check_host(self, allowed: frozenset[str]) -> None:
        """Refuse a host that is not ours, none, or two: raises PageError `wrong-host`.

        A page of somebody else can make its own name resolve to this machine and would then be of
        one origin with us; its name stands in Host (DNSリバインディング).
        """
        found = _HOST.fullmatch(self.hosts[0].lower()) if len(self.hosts) == 1 else None
        if found is None or found[1] not in allowed:
            raise PageError("wrong-host", 421)

    def check_origin(self) -> None:
        """Refuse what another site makes a browser send: raises PageError `form-outdated`.

        Browsers say `null` for our own forms too, since our pages send no referrer.
        """
        origin = self.headers.get("origin", "null")
        try:
            foreign = origin != "null" and urlsplit(origin).netloc.lower() != self.hosts[0].lower()
        except ValueError:
            foreign = True
        if foreign or self.headers.get("sec-fetch-site", "") not in _OURS:
            raise PageError("form-outdated", 403)

    @property
    def wants_page(self) -> bool:
        """Whether a browser asks, not a program: it names HTML first."""
        return self.headers.get("accept", "").startswith("text/html")


def read_head(scope: Any) -> Head:
    """The head of a request; what is no UTF-8 or too much of it is left out, not refused."""
    pairs = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in scope["headers"]]
    headers = dict(reversed(pairs))  # the first of a name
    client = scope.get("client")
    return Head(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii", "replace"),  # a mount shortens `path`
        query=_first(scope["query_string"]),
        cookies=_cookies("; ".join(value for name, value in pairs if name == "cookie")),
        headers=headers,
        hosts=tuple(value for name, value in pairs if name == "host"),
        client=str(client[0]) if client else "",
    )


def _first(query: bytes) -> Mapping[str, str]:
    text = query.decode("ascii", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _cookies(header: str) -> Mapping[str, str]:
    """Cookies by name; of two with one name the first, which is the one nearer to this path."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


async def read_body(head: Head, receive: Receive, limit: int) -> bytes:
    """A body of at most `limit` bytes; raises PageError `too-large`, `slow-body`, `bad-request`."""
    body = bytearray()
    if int(head.headers.get("content-length", "0")) > limit:
        raise PageError("too-large", 413)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise PageError("bad-request", 400)
                body += message.get("body", b"")
                if len(body) > limit:
                    raise PageError("too-large", 413)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise PageError("slow-body", 408) from None


def read_form(head: Head, body: bytes) -> FormValues:
    """The values of a form; raises PageError `bad-request` or `media-type` for what is none."""
    kind, options = parse_options_header(head.headers.get("content-type", ""))
    if kind == "application/x-www-form-urlencoded":
        return _url_encoded(body)
    if kind == "multipart/form-data":
        return _multipart(body, options.get("boundary", ""))
    raise PageError("media-type", 415)


def _url_encoded(body: bytes) -> FormValues:
    values: dict[str, list[str | Upload]] = {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=FIELDS_LIMIT,
            errors="strict",
        )
    except ValueError:
        raise PageError("bad-request", 400) from None
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return FormValues(values)


def _multipart(body: bytes, boundary: str) -> FormValues:
    """The parts of a form with files; what was sent never leaves memory for a temporary file."""
    values: dict[str, list[str | Upload]] = {}
    whole = len(body) + 1
    try:
        parser = MultipartParser(
            BytesIO(body),
            boundary,
            strict=True,
            part_limit=FIELDS_LIMIT,
            spool_limit=whole,
            memory_limit=whole,
        )
        for part in parser:
            values.setdefault(part.name, []).append(_part(part))
    except ValueError:
        raise PageError("bad-request", 400) from None
    return FormValues(values)


def _part(part: MultipartPart) -> str | Upload:
    if part.filename is None:
        return str(part.raw.decode("utf-8"))
    return Upload(part.filename, part.content_type, part.raw)
