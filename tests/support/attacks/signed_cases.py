"""Cases of schemathesis over the roles' OpenAPI documents, through a hook that signs.

A document describes a signed message as JSON Schema describes a JWT: a string whose content is the
pair of header and payload. Here the pair stands in the string's place, so that schemathesis draws
it; the serializer writes and signs it with a real party's key; the deserializer takes an answer
apart again, so that schemathesis compares header and payload with the schema.
"""

import base64
import copy
import json
from pathlib import Path
from typing import Any, Final

import msgspec
import requests
import schemathesis
from by_hand import A, B
from doors import Doors, Reply
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks as specs

from renkei.crypto import jws
from renkei.kit.party import Party
from renkei.wire.table import CALLS, KIND_BY_TYP, Call

TESTS: Final = next(one for one in Path(__file__).resolve().parents if one.name == "tests")
API: Final = TESTS.parent / "api"
ROLES: Final = tuple(sorted({call.receiver for call in CALLS}))
JOSE: Final = "application/jose"
RECEIVER: Final = {"institution": B}
SENDER: Final = {
    "institution": A,
    "desk": f"{B}-desk",
    "individual-number": "individual-number",
    "portal": "portal",
    "oversight": "oversight",
}
MODES: Final = {"fitting": GenerationMode.POSITIVE, "spoilt": GenerationMode.NEGATIVE}
INSTANTS: Final = (
    "2026-07-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "2026-07-01T09:00:00+09:00",
    "2016-12-31T23:59:60Z",
    "2026-07-01T00:00:00",
)


# -- the documents -------------------------------------------------------------------------------


def _bytes_format(low: int, high: int) -> str:
    """A format for base64 of `low` to `high` bytes; short ones, so that drawing is quick."""
    name = f"renkei-bytes-{low}-{high}"
    short = st.binary(min_size=low, max_size=min(high, low + 40))
    schemathesis.openapi.format(name, short.map(lambda data: base64.b64encode(data).decode()))
    return name


def _opened(schema: Any) -> Any:
    """A schema with signed content opened, and bytes and instants by formats of ours."""
    if isinstance(schema, list):
        return [_opened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "contentSchema" in schema:
        return _opened(schema["contentSchema"])
    if schema.get("contentEncoding") == "base64":
        low, high = (schema.get(key, 0) // 4 * 3 for key in ("minLength", "maxLength"))
        low = 32 if (low, high) == (33, 33) else low
        return {"type": "string", "format": _bytes_format(low, 32 if high == 33 else high)}
    if schema.get("format") == "date-time":
        return {"type": "string", "format": "renkei-instant"}
    return {key: _opened(value) for key, value in schema.items()}


def _shortened(document: Any) -> Any:
    """A document whose signed strings have no longest form, so that short ones are drawn."""
    for schema in document["components"]["schemas"].values():
        if "contentSchema" in schema:
            del schema["maxLength"]
    return document


@schemathesis.serializer(JOSE)
def _written(_context: Any, value: Any) -> bytes:
    """What was drawn, as text; the pen of the receiver's caller replaces it by signed bytes."""
    return json.dumps(value).encode()


@schemathesis.deserializer(JOSE)
def _read(_context: Any, response: Response) -> Any:
    """An answer's header and payload."""
    header, payload, _ = response.content.split(b".")
    return [json.loads(_unurl(header)), json.loads(_unurl(payload))]


def _unurl(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))


def schema_of(role: str, *, signed: bool = True) -> Any:
    """The schema of what a role's document takes; not `signed`: bodies are any strings."""
    schemathesis.openapi.format("renkei-instant", st.sampled_from(INSTANTS))
    document = json.loads((API / f"{role}.json").read_text(encoding="utf-8"))
    document["paths"] = {path: ways for path, ways in document["paths"].items() if "post" in ways}
    if not signed:
        return schemathesis.openapi.from_dict(_shortened(document))
    return schemathesis.openapi.from_dict(_opened(document))


def call_of(role: str, path: str) -> Call:
    """The call of the table behind a path of a role's document."""
    return next(call for call in CALLS if (call.receiver, call.path) == (role, path))


# -- the pen -------------------------------------------------------------------------------------


class Pen:
    """Signs what was drawn as a party that may send it, so that it passes the door."""

    def __init__(self, doors: Any, call: Call, sent: "Sent | None" = None) -> None:
        """`doors`: a country in one process, or a running one; `sent`: true things to mention."""
        self.call = call
        self.receiver = RECEIVER.get(call.receiver, call.receiver)
        self.sender = SENDER[call.senders[0]]
        self.party: Party = doors.party(self.sender)
        self._sent = sent

    def letter(self, drawn: Any, draw: st.DrawFn) -> bytes:
        """Signed bytes of a pair of header and payload; of anything else, that as payload."""
        drawn = copy.deepcopy(drawn)
        pair = drawn if isinstance(drawn, list) and len(drawn) == 2 else [None, drawn]
        header, payload = pair
        if not isinstance(header, dict) or draw(st.integers(0, 7)):
            header = json.loads(self.header())
        if draw(st.integers(0, 9)):
            payload = _without_line_feeds(payload)
        if isinstance(payload, dict) and draw(st.integers(0, 9)):
            payload |= json.loads(json.dumps(self.party.envelope(self.receiver), default=_text))
        if self._sent is not None:
            payload = self._sent.mention(payload, self.party, draw)
        return self.sign(json.dumps(header, separators=(",", ":")), json.dumps(payload))

    def sign(self, header: str, payload: str) -> bytes:
        """A JWS over any header and payload, with the sender's own key."""
        signing_input = b".".join(
            base64.urlsafe_b64encode(part.encode("utf-8", "surrogatepass")).rstrip(b"=")
            for part in (header, payload)
        )
        return jws.assemble(signing_input, self.party.keys.sign("sign", signing_input))

    def header(self, **changes: str) -> str:
        """The usual protected header, with members replaced."""
        usual = {"alg": "ES256", "kid": f"{self.sender}:sign:1", "typ": self._typ()}
        return json.dumps({**usual, **changes}, separators=(",", ":"))

    def payload(self, **facts: Any) -> str:
        """A payload with the right envelope."""
        return msgspec.json.encode({**self.party.envelope(self.receiver), **facts}).decode()

    def _typ(self) -> str:
        return next(t for t, kind in KIND_BY_TYP.items() if kind.struct is self.call.request)


def _without_line_feeds(value: Any) -> Any:
    """Strings as patterns mean them: Python draws a line feed before the end that `$` marks."""
    if isinstance(value, str):
        return value.removesuffix("\n")
    if isinstance(value, list):
        return [_without_line_feeds(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_line_feeds(one) for key, one in value.items()}
    return value


def _text(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z")


class Sent:
    """True things that hostile messages mention: transactions, permits, numbers, persons."""

    def __init__(self, words: dict[str, list[Any]], contents: list[bytes]) -> None:
        """`words`: values that mean something in a field; `contents`: what boxes may hold."""
        self._words = words
        self._contents = contents

    def mention(self, value: Any, party: Party, draw: st.DrawFn) -> Any:
        """The payload with some fields replaced by something true, and boxes that open."""
        if isinstance(value, list):
            return [self.mention(one, party, draw) for one in value]
        if not isinstance(value, dict):
            return value
        said = {
            key: draw(st.sampled_from(self._words[key]))
            if key in self._words and not isinstance(one, dict | list) and draw(st.integers(0, 3))
            else self.mention(one, party, draw)
            for key, one in value.items()
        }
        about = str(said.get("tx") or said.get("number") or self._words["tx"][0])
        for key in _BOXES.keys() & said.keys():
            if isinstance(said[key], dict) and draw(st.integers(0, 4)) and about.isascii():
                receiver, purpose = _BOXES[key]
                plain = draw(st.sampled_from(self._contents))
                box = party.seal(receiver, purpose, about[:200] or "-", plain)
                said[key] = json.loads(msgspec.json.encode(box))
        return said


_BOXES: Final = {
    "code": ("linkage", "request-code"),
    "portal_seed": ("portal", "portal-seed"),
    "provider_seed": (B, "provider-seed"),
    "subject": ("individual-number", "acquire"),
    "attributes": (B, "attributes"),
    "seed": (A, "acquisition-seed"),
}
"""Fields that are boxes: whom they are for, and their purpose."""


def hostile_contents() -> list[bytes]:
    """What a box may hold to hurt who opens it; boxes are opened before anybody looks inside."""
    attributes = {
        "name": "\u202e架空\u0000",
        "address": "a" * 200,
        "birth_date": "2026-02-30",
        "sex": "female",
    }
    return [
        b"",
        bytes(32),
        b"\xff" * 32,
        b"[" * 3_000,
        b'{"individual_number":null,"attributes":' + b'{"a":' * 600,
        json.dumps(attributes).encode(),
        json.dumps({"individual_number": "123456789012", "attributes": attributes}).encode(),
        json.dumps(
            {
                "individual_number": "0" * 12,
                "attributes": {**attributes, "name": "架空 太郎", "birth_date": "1990-01-01"},
            }
        ).encode(),
        b'{"individual_number":' + b"9" * 3_000 + b"}",
        b"\xef\xbb\xbf{}",
    ]


# -- the judgement -------------------------------------------------------------------------------


def judge_schema(case: Case, reply: Reply) -> None:
    """Let schemathesis compare the answer with the document: status, media type, schema."""
    request = requests.Request("POST", f"https://role.example{case.path}").prepare()
    response = Response(
        status_code=reply.status,
        headers={key: [value] for key, value in reply.headers.items()},
        content=reply.body,
        request=request,
        elapsed=0.0,
        verify=True,
    )
    case.validate_response(
        response,
        checks=[
            specs.status_code_conformance,
            specs.content_type_conformance,
            specs.response_schema_conformance,
        ],
    )


def problem(reply: Reply) -> tuple[str, bool]:
    """The error code of a refusal, and whether it is signed."""
    if reply.headers["content-type"] == JOSE:
        with_padding = _unurl(reply.body.split(b".")[1])
        return str(json.loads(with_padding)["code"]), True
    return str(json.loads(reply.body)["error"]), False


def passes_the_door(doors: Doors, pen: Pen, letter: bytes) -> bool:
    """Whether the receiver can know who sent this: then its answer must be signed."""
    from renkei.wire.errors import WireError
    from renkei.wire.framing import check_fresh

    party = doors.world.nodes[pen.receiver].party
    try:
        read = party.read(letter, (pen.call.request,), peer=pen.sender)
        if pen.call.fresh:
            check_fresh(read.message.at, party.now())
    except WireError:
        return False
    return True
