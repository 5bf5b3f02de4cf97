"""One request for a page, read and checked, and the answer to it (画面の要求と応答)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic

import msgspec

from renkei.kit.pages.frame import Visit
from renkei.kit.pages.rendering import SECURITY_HEADERS
from renkei.kit.pages.sessions import Session, Who
from renkei.kit.pages.texts import Language

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
NUMBER: Final = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


class PageError(Exception):
    """What only a page can fail with: the text `trouble.<code>` and its HTTP status (画面のエラー).

    Errors of the closed list stay WireErrors; both become a page in one place.
    """

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody sent with a form; its name is the sender's word (添付ファイル)."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)


class FormValues:
    """What a form brought, every value of every field, as it was typed (入力値)."""

    def __init__(self, values: Mapping[str, list[str | Upload]] | None = None) -> None:
        self._values = dict(values or {})

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str | Upload]:
        """All values of a field, in the order they came; none: empty."""
        return self._values.get(name, [])

    def text(self, name: str) -> str:
        """The first value of a field if it is text, else an empty one."""
        return next((one for one in self.getlist(name) if isinstance(one, str)), "")


@dataclass(slots=True)
class Asked(Generic[Who]):
    """A request that passed the door: its host, its session and its form token are right (要求)."""

    visit: Visit
    query: Mapping[str, str]
    client: str
    """The address it came from."""
    session: Session[Who] | None = None
    form: FormValues = field(default_factory=FormValues)
    body: bytes = field(default=b"", repr=False)
    """What a program sent; a page's form is in `form`."""
    opened: Who | None = None
    grants: frozenset[str] = frozenset()
    ended: bool = False

    @property
    def language(self) -> Language:
        """In which language the answer is to be."""
        return self.visit.language

    @property
    def who(self) -> Who:
        """Who is signed in; only routes that let nobody else in may ask."""
        if self.session is None:
            raise RuntimeError("a public route asks who is signed in")
        return self.session.who

    def number(self, name: str) -> int | None:
        """A number from 1 of the address, 1 where there is none; None for what is no number."""
        asked = self.query.get(name, "1")
        return int(asked) if NUMBER.fullmatch(asked) else None

    def sign_in(self, who: Who, *, grants: frozenset[str] = frozenset()) -> None:
        """Let the answer open a session; the one this browser had ends."""
        self.opened, self.grants = who, grants

    def sign_out(self) -> None:
        """Let the answer end this browser's session."""
        self.ended = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request, with the headers of a page (応答)."""

    body: bytes
    status: int = 200
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)

    def all_headers(self) -> dict[str, str]:
        """Every header but those of the session."""
        length = {"content-length": str(len(self.body))}
        return {**SECURITY_HEADERS, "content-type": self.media_type, **length, **self.headers}


def page(html: str, status: int = 200, **headers: str) -> Answer:
    """A page."""
    return Answer(html.encode(), status, headers=headers)


def leading(to: str) -> Answer:
    """Leads a browser on, with GET, to an address of ours (303)."""
    return Answer(b"", 303, headers={"location": to})


def download(data: bytes, file_name: str, media_type: str = JSON) -> Answer:
    """A file to keep; `file_name` is ours and plain ASCII (ダウンロード)."""
    if not re.fullmatch(r"[a-z0-9.-]{1,80}", file_name, re.ASCII):
        raise ValueError(f"{file_name!r}: a file's name is of a-z, 0-9, dots and hyphens")
    disposition = f'attachment; filename="{file_name}"'
    return Answer(data, media_type=media_type, headers={"content-disposition": disposition})


def for_program(value: Any) -> Answer:
    """An answer to a program, as JSON."""
    return Answer(msgspec.json.encode(value), media_type=JSON)
