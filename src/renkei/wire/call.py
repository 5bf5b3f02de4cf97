"""A call as one typed value: request, answers, receiver, senders, boxes, limits (呼出し).

Each receiving role lists its calls in `wire/<role>/calls.py`. Doors, OpenAPI and limits are made
from them, and `ask` of a counterparty takes no answer that the call does not name.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Generic, TypeVar

from renkei.wire.boxes import BoxPurpose
from renkei.wire.fields import Message
from renkei.wire.names import DESK, Role, Sender

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)

SIGNED: Final = "mutual TLS, JWS, and one party for certificate, kid, sender"
"""How the sender of every call is known."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of message: its struct, `typ`, longest signed form in bytes, and signing key."""

    struct: type[Message]
    name: str
    version: int
    max_bytes: int
    key_use: str

    @property
    def typ(self) -> str:
        """The `typ` of the protected header."""
        return f"renkei.{self.name}.v{self.version}"


@cache
def kind_of(struct: type[Message]) -> Kind:
    """The kind of a message: `PermitRequest` is `permit-request`, unless it says otherwise."""
    name = struct.NAME or _WORD.sub("-", struct.__name__).lower()
    return Kind(struct, name, struct.VERSION, struct.MAX_BYTES, struct.KEY_USE)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, A]):
    """One call: who sends which message to which role's address, and what may come back."""

    receiver: Role
    path: str
    request: type[Q]
    answers: tuple[type[A], ...]
    senders: tuple[Sender, ...]
    any_party: bool = False
    """Whether every other party of the directory may send it too, whatever role joins later."""
    fresh: bool = True
    """False where the receiver judges freshness itself, after looking for a stored answer."""
    boxes: tuple[BoxPurpose, ...] = ()
    """What its request and answers carry sealed."""
    echoes: tuple[str, ...] = ()
    """Fields of the request that an answer repeats."""
    authentication: str = SIGNED

    def takes(self, role: str) -> bool:
        """Whether a party of this role, or a desk, may send it."""
        return role in self.senders or (self.any_party and role not in (DESK, self.receiver))

    @property
    def name(self) -> str:
        """Its path as one word, e.g. `acquisition_fill_batch`; unique within the receiver."""
        return self.path.strip("/").replace("/", "_").replace("-", "_")

    @property
    def max_bytes(self) -> int:
        """The longest signed request."""
        return kind_of(self.request).max_bytes

    @property
    def max_answer_bytes(self) -> int:
        """The longest signed answer."""
        return max(kind_of(answer).max_bytes for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Form:
    """One form of public file (公開ファイルの形式)."""

    name: str
    path: str
    """Below the files' own path, with the names of `parameters` in braces."""
    media_type: str
    immutable: bool
    """Whether what a path names never changes once it is there."""
    summary: str
    parameters: tuple[tuple[str, str, str], ...] = ()
    """Name, pattern (ECMA 262), what it says."""


@dataclass(frozen=True, slots=True)
class Files:
    """Public files below one path of a receiver, read by GET without a message (公開ファイル)."""

    receiver: Role
    path: str
    max_bytes: int
    forms: tuple[Form, ...]
