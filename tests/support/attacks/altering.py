"""Changing one thing of any value, knowing nothing of it but its type (任意の一箇所の改変).

What stands in its place is as plausible as can be had: another value that was seen under the same
name, else one of the same form. What messages may hold is read from their types; no lie is written
down by hand.
"""

import random
import types
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from renkei.wire.fields import Box

ENVELOPE = ("sender", "aud", "at")
ENVELOPE_CHANCE = 0.1
"""How often it is sender, receiver or time that is changed, which every door looks at first."""
POOL_CHANCE = 0.65
NOTHING_CHANCE = 0.2
SECONDS = (-86_400, -300, -1, 1, 300, 86_400)
NUMBERS = (-1, 1, -100, 100)


class NothingToAlter(Exception):
    """There is nothing here that could be another."""


@cache
def hints(struct: type) -> dict[str, Any]:
    """The fields of a struct with their types."""
    found = get_type_hints(struct, include_extras=True)
    return {name: found[name] for name in struct.__struct_fields__}  # type: ignore[attr-defined]


def bare(kind: Any) -> tuple[Any, bool]:
    """A type without its limits, and whether nothing may stand in its place."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        parts = [one for one in get_args(kind) if one not in (type(None), msgspec.UnsetType)]
        return bare(parts[0])[0], True
    return kind, False


def is_signed(value: Any) -> bool:
    """Whether a value is a signed text: nobody can have one that was never signed."""
    return isinstance(value, str) and (value.count(".") == 2 or "\n" in value) and len(value) > 150


class Pool:
    """Values that were seen, by the name of the field they stood in (見た値).

    `before` is what is known from elsewhere; of that, signed texts and boxes are left out.
    """

    def __init__(self, before: "Pool | None" = None) -> None:
        self._before = before
        self._seen: dict[str, dict[str, Any]] = {}

    def note(self, value: Any, name: str = "") -> None:
        """Remember a value, and every value inside it."""
        if isinstance(value, msgspec.Struct):
            for field in value.__struct_fields__:
                self.note(getattr(value, field), field)
        elif isinstance(value, list | tuple):
            for one in value:
                self.note(one, name)
        if value is not None and name and not isinstance(value, list | tuple):
            self._seen.setdefault(name, {}).setdefault(repr(value), value)

    def others(self, name: str, value: Any) -> list[Any]:
        """Values seen under a name that are another one of the same type."""
        found = [one for one in self._seen.get(name, {}).values() if one != value]
        if self._before is not None:
            found += [one for one in self._before.others(name, value) if not _made_by_keys(one)]
        return found if value is None else [one for one in found if type(one) is type(value)]


def _made_by_keys(value: Any) -> bool:
    """Whether a signed text or a box stands in a value: it takes a key to make one."""
    if isinstance(value, Box):
        return True
    if isinstance(value, msgspec.Struct):
        return any(_made_by_keys(getattr(value, one)) for one in value.__struct_fields__)
    if isinstance(value, list | tuple):
        return any(map(_made_by_keys, value))
    return is_signed(value)


Special = Callable[[Any, str, Any], Any]
"""A value, its field's name, the struct it stands in: what becomes of it, or `NotImplemented`."""


class Alter:
    """Changes one thing; `special` says what becomes of values that only their maker can change."""

    def __init__(
        self, draw: random.Random, pool: Pool, special: Special = lambda *_: NotImplemented
    ) -> None:
        self.draw = draw
        self._pool = pool
        self._special = special

    def struct(self, value: Any) -> Any:
        """The same struct with one thing in it changed."""
        names = list(value.__struct_fields__)
        envelope = [one for one in names if one in ENVELOPE]
        body = [one for one in names if one not in ENVELOPE]
        if envelope and (not body or self.draw.random() < ENVELOPE_CHANCE):
            body = envelope
        self.draw.shuffle(body)
        for name in body:
            try:
                new = self.value(getattr(value, name), hints(type(value))[name], name, value)
            except NothingToAlter:
                continue
            return msgspec.structs.replace(value, **{name: new})
        raise NothingToAlter

    def value(self, value: Any, kind: Any, name: str, inside: Any = None) -> Any:
        """Another value of a field."""
        whole, (kind, may_lack) = kind, bare(kind)
        lacks = value is None or value is msgspec.UNSET
        if may_lack and not lacks and self.draw.random() < NOTHING_CHANCE:
            return msgspec.UNSET if msgspec.UnsetType in get_args(whole) else None
        told = NotImplemented if lacks else self._special(value, name, inside)
        if told is not NotImplemented:
            return told
        if isinstance(value, list | tuple):
            return type(value)(self._listed(list(value), get_args(kind), name, inside))
        if isinstance(value, msgspec.Struct):
            return self.struct(value)
        if lacks:
            return self.made(kind, name)
        others = self._pool.others(name, value)
        if others and self.draw.random() < POOL_CHANCE:
            return self.draw.choice(others)
        return self._like(value, kind, others)

    def _listed(self, value: list[Any], kinds: tuple[Any, ...], name: str, inside: Any) -> Any:
        """One thing less, one twice, one more, two exchanged, one changed."""
        kind = kinds[0] if kinds else str
        at = self.draw.randrange(len(value)) if value else 0
        does = self.draw.choice(("change", "change", "drop", "double", "add", "exchange"))
        if not value or does == "add":
            return [*value, self.made(kind, name)]
        if does == "drop":
            return value[:at] + value[at + 1 :]
        if does == "double":
            return [*value, value[at]]
        if does == "exchange" and len(value) > 1:
            to = (at + 1) % len(value)
            value[at], value[to] = value[to], value[at]
            return value
        value[at] = self.value(value[at], kind, name, inside)
        return value

    def _like(self, value: Any, kind: Any, others: list[Any]) -> Any:
        """A value of the same form; raises NothingToAlter where none can be made."""
        if get_origin(kind) is Literal:
            words = [one for one in get_args(kind) if one != value]
            if words:
                return self.draw.choice(words)
        elif isinstance(value, bool):
            return not value
        elif isinstance(value, int):
            return value + self.draw.choice(NUMBERS)
        elif isinstance(value, bytes) and value:
            return self.bytes(value)
        elif isinstance(value, datetime):
            return value + timedelta(seconds=self.draw.choice(SECONDS))
        elif isinstance(value, str) and value:
            return self.text(value)
        elif others:
            return self.draw.choice(others)
        raise NothingToAlter

    def bytes(self, value: bytes) -> bytes:
        """The same bytes with one bit changed, or as many others."""
        if self.draw.random() < 0.5:
            return self.draw.randbytes(len(value))
        at = self.draw.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << self.draw.randrange(8)]) + value[at + 1 :]

    def text(self, value: str) -> str:
        """The same text with one letter or digit changed to another of its kind."""
        places = [at for at, one in enumerate(value) if one.isalnum()]
        if not places:
            raise NothingToAlter
        at = self.draw.choice(places)
        letters = "0123456789" if value[at].isdigit() else "abcdef" if value[at] in "abcdef" else ""
        letters = letters or ("ABCDEFGHIJ" if value[at].isupper() else "ghijklmnop")
        return value[:at] + self.draw.choice(letters.replace(value[at], "")) + value[at + 1 :]

    def made(self, kind: Any, name: str) -> Any:
        """A value of a type where none is: one that was seen, else one made from nothing."""
        kind, _ = bare(kind)
        seen = self._pool.others(name, None)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            fitting = [one for one in seen if isinstance(one, kind)]
            if fitting and self.draw.random() < POOL_CHANCE:
                return self.draw.choice(fitting)
            return kind(**{field: self.made(one, field) for field, one in hints(kind).items()})
        fitting = [one for one in seen if get_origin(kind) is Literal or self._fits(one, kind)]
        if fitting:
            return self.draw.choice(fitting)
        return next(self._from_nothing(kind))

    @staticmethod
    def _fits(value: Any, kind: Any) -> bool:
        return isinstance(kind, type) and isinstance(value, kind)

    def _from_nothing(self, kind: Any) -> Iterator[Any]:
        if get_origin(kind) is Literal:
            yield self.draw.choice(get_args(kind))
        elif get_origin(kind) in (list, tuple):
            yield get_origin(kind)()
        elif kind is int:
            yield self.draw.randrange(1, 40)
        elif kind is bool:
            yield self.draw.random() < 0.5
        elif kind is bytes:
            yield self.draw.randbytes(32)
        elif kind is str:
            yield "liar"
        else:
            raise NothingToAlter
