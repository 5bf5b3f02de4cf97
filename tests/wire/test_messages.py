"""Every message against its golden file, and everything its form must not let pass."""

import json
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from renkei.crypto import jws
from renkei.wire import framing, values
from renkei.wire.errors import WireError
from renkei.wire.individual_number.messages import AcquireSubject
from renkei.wire.institution.messages import Content, DomicileSubject
from renkei.wire.table import KIND_OF, Kind

KINDS = tuple(KIND_OF.values())
NAMES = [kind.name for kind in KINDS]
BOXES = {
    "box-acquire-subject": AcquireSubject,
    "box-domicile-subject": DomicileSubject,
    "box-content": Content,
}
SECRET = "hitotsu no himitsu"
every_message = pytest.mark.parametrize("kind", KINDS, ids=NAMES)
GoldenBytes = Callable[[str], bytes]


def signed(kind: Kind, payload: bytes) -> bytes:
    """A message of right form around any payload; its signature is never looked at here."""
    return jws.assemble(jws.frame("city-hidamari:sign:1", kind.typ, payload), bytes(64))


def form(kind: Kind) -> Any:
    """What is signed: the message, or where boxes travel beside it the same with digests."""
    return kind.struct.STRIPPED or kind.struct


def parse(kind: Kind, payload: bytes) -> Any:
    """Parse a payload as this kind of message."""
    return framing.parse(signed(kind, payload), (form(kind),))[1]


def payload_of(kind: Kind, golden: bytes) -> bytes:
    """What is signed of a golden file: itself, or with the digests of its boxes."""
    if kind.struct.STRIPPED is None:
        return golden
    message = msgspec.json.decode(golden, type=kind.struct)
    digests = {name: getattr(message, name).digest for name in kind.struct.BESIDE}
    return msgspec.json.encode(
        kind.struct.STRIPPED(**{**msgspec.structs.asdict(message), **digests})
    )


@every_message
def test_golden_file(kind: Kind, bytes_of: GoldenBytes) -> None:
    """A message decodes from its golden file and encodes to exactly the same bytes."""
    golden = payload_of(kind, bytes_of(kind.name))
    message = parse(kind, golden)
    assert type(message) is form(kind)
    assert values.encoder().encode(message) == golden
    assert parse(kind, values.encoder().encode(message)) == message


@pytest.mark.parametrize("name", BOXES)
def test_golden_file_of_a_box(name: str, bytes_of: GoldenBytes) -> None:
    """What a box holds decodes from its golden file and encodes to exactly the same bytes."""
    golden = bytes_of(name)
    assert framing.encode(framing.decode(golden, BOXES[name])) == golden


@every_message
def test_golden_file_shows_every_member(kind: Kind, bytes_of: GoldenBytes) -> None:
    """A golden file leaves no member empty: the wire form of each is fixed by an example."""
    payload = json.loads(bytes_of(kind.name))
    assert [name for name, value in payload.items() if value in (None, [], {}, "")] == []


# -- every form that must not pass ---------------------------------------------------------------


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written, where a name may stand twice."""


class Raw(str):
    """JSON text that no encoder would write."""


def dump(node: Any) -> str:
    """JSON text of plain values, `Pairs` and `Raw`."""
    if isinstance(node, Raw):
        return str(node)
    if isinstance(node, dict | Pairs):
        pairs = node.items() if isinstance(node, dict) else node
        return "{" + ",".join(f"{json.dumps(name)}:{dump(value)}" for name, value in pairs) + "}"
    if isinstance(node, list):
        return "[" + ",".join(dump(one) for one in node) + "]"
    return json.dumps(node)


class Schema:
    """A struct's JSON Schema, to know which values lie just outside."""

    def __init__(self, struct: Any) -> None:
        (self.root,), self._shared = msgspec.json.schema_components(
            [struct], schema_hook=values.schema
        )

    def resolve(self, schema: dict[str, Any], value: Any) -> dict[str, Any]:
        """The schema a value falls under: follows references, picks the branch of its type."""
        while "$ref" in schema:
            schema = self._shared[schema["$ref"].rpartition("/")[2]]
        kinds = {dict: "object", list: "array", str: "string", int: "integer", bool: "boolean"}
        wanted = kinds.get(type(value), "null")
        for branch in schema.get("anyOf", ()):
            resolved = self.resolve(branch, value)
            if resolved.get("type", "string") == wanted:
                return resolved
        return schema


def forbidden_values(value: Any, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values just outside what a schema allows in place of a good one."""
    yield "wrong type", SECRET if isinstance(value, list) else [SECRET]
    yield "not a number", Raw("NaN")
    yield "infinity", Raw("-Infinity")
    yield "number without end", Raw("9" * 5_000)
    yield "number too large for a float", Raw("1e999")
    yield "lone surrogate", Raw(r'"\ud800"')
    yield "nested too deep", Raw("[" * 4_000 + "]" * 4_000)
    yield "objects too deep", Raw('{"a":' * 1_500 + "1" + "}" * 1_500)
    yield from forbidden_sizes(value, schema)
    if isinstance(value, dict):
        yield "unknown field", value | {SECRET: SECRET}
        yield "unknown field like a path", value | {f"x - at `$.{SECRET}": 1}
        for name in schema["required"]:
            yield f"without {name}", {key: one for key, one in value.items() if key != name}
        for name, one in value.items():
            yield f"{name} twice", Pairs([*value.items(), (name, one)])


def is_free(schema: dict[str, Any]) -> bool:
    """Whether a pattern takes any words, and only refuses characters that do not show."""
    return "pattern" in schema and re.search(schema["pattern"], SECRET) is not None


def forbidden_sizes(value: Any, schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values one step beyond each bound a schema states."""
    filler = SECRET * (schema.get("maxLength", 1_000) // len(SECRET) + 1)
    if "maxLength" in schema:
        filler = filler[: schema["maxLength"] + 1]
        filler = "A" * (len(filler) + 3) if "contentEncoding" in schema else filler
    if isinstance(value, str) and schema.get("format") != "date-time":
        yield "too long", filler
    if isinstance(value, str):
        if {"pattern", "enum", "contentEncoding", "format"} & schema.keys():
            yield "line feed at the end", value + "\n"
            if is_free(schema):
                yield "a hidden character", value + "\u202e"
            else:
                yield "empty", ""
                yield "another word", SECRET
        if schema.get("format") == "date-time":
            yield "no time zone", value.rstrip("Z")
            yield "no such day", value[:5] + "13" + value[7:]
        if "contentEncoding" in schema:
            yield "url alphabet", "-_" * (len(value) // 2)
    if schema.get("minLength"):
        yield "too short", ""
    if "maxItems" in schema:
        yield "too many", [value[0]] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield "too few", []
    if "maximum" in schema:
        yield "too large", schema["maximum"] + 1
        yield "too small", schema["minimum"] - 1 if "minimum" in schema else None


def mutations(value: Any, schema: dict[str, Any], shapes: Schema) -> Iterator[tuple[str, Any]]:
    """Every way to make one place of a good message bad: what was done, and the bad message."""
    schema = shapes.resolve(schema, value)
    yield from forbidden_values(value, schema)
    if isinstance(value, dict):
        for name, one in value.items():
            for label, bad in mutations(one, schema["properties"][name], shapes):
                yield f"{name}: {label}", value | {name: bad}
    elif isinstance(value, list):
        for label, bad in mutations(value[0], schema["items"], shapes):
            yield f"0: {label}", [bad, *value[1:]]


def outcome(kind: Kind, payload: bytes) -> str:
    """How a payload fares; a refusal that repeats what was sent is told apart."""
    raw = signed(kind, payload)
    try:
        framing.parse(raw, (form(kind),))
    except WireError as error:
        if SECRET in "".join(traceback.format_exception(error)):
            return f"{error.code}, but repeats the value: {error.detail}"
        too_large = len(raw) > kind.max_bytes
        return (
            "refused" if error.code == ("too-large" if too_large else "malformed") else error.code
        )
    return "accepted"


@every_message
def test_every_bad_form(kind: Kind, bytes_of: GoldenBytes) -> None:
    """Each bad form of each place of each message is refused as `malformed`, without its value."""
    shapes = Schema(form(kind))
    golden = json.loads(payload_of(kind, bytes_of(kind.name)))
    assert outcome(kind, dump(golden).encode()) == "accepted"
    seen, passed = 0, []
    for label, bad in mutations(golden, shapes.root, shapes):
        seen += 1
        how = outcome(kind, dump(bad).encode())
        if how != "refused":
            passed.append(f"{label}: {how}")
    assert passed == []
    assert seen > 20


@every_message
def test_no_text_without_bound(kind: Kind) -> None:
    """Every text, list and number of a message states how long or large it may be."""
    _, shared = msgspec.json.schema_components([kind.struct], schema_hook=values.schema)
    loose: list[str] = []

    def walk(node: Any, place: str) -> None:
        if not isinstance(node, dict):
            return
        bounds = {"string": {"maxLength", "pattern", "format"}, "array": {"maxItems"}}
        bounds |= {"integer": {"maximum"}}
        if "enum" not in node and not bounds.get(node.get("type", ""), node.keys()) & node.keys():
            loose.append(place)
        if not node.get("pattern", r"\Z").endswith(r"\Z"):
            loose.append(f"{place}: a pattern must end in \\Z")
        for name, one in node.get("properties", {}).items():
            walk(one, f"{place}.{name}")
        for one in [*node.get("anyOf", ()), node.get("items")]:
            walk(one, place)

    for name, schema in shared.items():
        walk(schema, name)
    assert loose == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{}{}",
        b"{} x",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"sender":"' + SECRET.encode() + b"\xff" + b'"}',
        b'{"a":1,}',
        b"{'a':1}",
        b"// " + SECRET.encode() + b"\n{}",
        b"[" * 10_000,
    ],
)
def test_payload_that_is_no_object(payload: bytes) -> None:
    """A payload that is not one JSON object in UTF-8 is `malformed` for every message."""
    assert {outcome(kind, payload) for kind in KINDS} == {"refused"}


def test_refusal_names_the_place(bytes_of: GoldenBytes) -> None:
    """A refusal says where: a missing field by its name, a wrong one by its path."""
    kind = next(kind for kind in KINDS if kind.name == "receipts")
    golden = json.loads(bytes_of("receipts"))
    golden["receipts"][0]["outcome"] = SECRET
    with pytest.raises(WireError, match=r"^malformed: renkei\.receipts\.v1: .*\.outcome$"):
        parse(kind, dump(golden).encode())
    del golden["receipts"][0]["tx"]
    del golden["receipts"][0]["outcome"]
    with pytest.raises(WireError, match=r"no field `tx` at \$\.receipts\[0\]$"):
        parse(kind, dump(golden).encode())
