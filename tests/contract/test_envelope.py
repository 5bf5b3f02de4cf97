"""Every call of the table refuses a wrong envelope in the same way over every kind of wire."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import looking
import msgspec
import pytest
from by_hand import forge
from inprocess import World

from renkei.crypto import jws
from renkei.kit.party import Party
from renkei.wire.errors import ERRORS
from renkei.wire.fields import Message
from renkei.wire.table import CALLS, KIND_OF, Call
from renkei.wire.values import decoder, encoder

GOLDEN = Path(__file__).parents[1] / "wire" / "golden"
PARTY_OF = {
    "linkage": "linkage",
    "individual-number": "individual-number",
    "institution": "chofu-city",
    "portal": "portal",
    "oversight": "oversight",
}
RECEIVER_OF = PARTY_OF | {"institution": "ichikawa-city"}
BETWEEN_PARTIES = [call for call in CALLS if call.senders != ("desk",)]
FRESH = timedelta(seconds=300)


def message(call: Call, party: Party, **changes: Any) -> Message:
    """The golden message of a call, from this party, now."""
    kind = KIND_OF[call.request]
    golden = decoder(call.request).decode((GOLDEN / f"{kind.name}.json").read_bytes())
    facts = party.envelope(RECEIVER_OF[call.receiver]) | changes
    return msgspec.structs.replace(golden, **facts)


def signed(party: Party, typ: str, payload: bytes, kid: str | None = None) -> bytes:
    """Any payload under any type, with a real signature of this party."""
    framed = jws.frame(kid or f"{party.name}:sign:1", typ, payload)
    return jws.assemble(framed, party.keys.sign("sign", framed))


def wrong_envelopes(call: Call, party: Party) -> Iterator[tuple[str, bytes]]:
    """What must be refused, and with which code; each is right but for one thing."""
    kind, name = KIND_OF[call.request], party.name
    good = message(call, party)
    raw, plain = party.write(good), encoder().encode(good)
    head, body, tail = raw.split(b".")
    flipped = tail[:9] + (b"A" if tail[9:10] != b"A" else b"B") + tail[10:]
    yield "signature", b".".join((head, body, flipped))
    yield "unknown-party", forge(party, "nobody-knows:sign:1", good)
    yield "unknown-party", forge(party, f"{name}:sign:2", good)
    yield "not-addressed", party.write(message(call, party, aud="somebody-else"))
    yield "sender-mismatch", party.write(message(call, party, sender="receiving-accounts"))
    yield "unknown-message", signed(party, f"renkei.{kind.name}.v{kind.version + 1}", plain)
    yield "unknown-message", signed(party, f"renkei.{kind.name}.v{kind.version - 1}", plain)
    yield "unknown-message", signed(party, "renkei.problem.v1", plain)
    yield "malformed", signed(party, kind.typ, plain[:-1] + b',"more":1}')
    yield "malformed", signed(party, kind.typ, plain[:-1])
    yield "malformed", b"three.little.words"
    yield "malformed", b""
    yield "too-large", signed(party, kind.typ, plain + b" " * kind.max_bytes)
    if call.fresh:
        late = party.now() - FRESH - timedelta(seconds=1)
        early = party.now() + FRESH + timedelta(seconds=1)
        yield "stale", party.write(message(call, party, at=late))
        yield "stale", party.write(message(call, party, at=early))


def written(country: World, name: str) -> int:
    """How many rows one party's database holds."""
    where = country.country.database(name)
    counts = (looking.rows(where, f'SELECT count(*) FROM "{one}"') for one in looking.tables(where))
    return sum(number for ((number,),) in counts)


@pytest.mark.parametrize("call", BETWEEN_PARTIES, ids=lambda call: f"{call.receiver}{call.path}")
async def test_a_wrong_envelope_is_refused(country: World, call: Call) -> None:
    """Unsigned, with the code and status of the list, and nothing is written."""
    party = country.party(PARTY_OF[call.senders[0]])
    receiver = RECEIVER_OF[call.receiver]
    before = written(country, receiver)
    for code, raw in wrong_envelopes(call, party):
        answer = await country.post(party.name, receiver, call.path, raw)
        said = msgspec.json.decode(answer.body)
        assert (answer.status, said["error"]) == (ERRORS[code].status, code)
    assert written(country, receiver) == before


@pytest.mark.parametrize("call", BETWEEN_PARTIES, ids=lambda call: f"{call.receiver}{call.path}")
async def test_only_the_senders_of_the_table_are_heard(country: World, call: Call) -> None:
    """Any other role, and anybody's message over another's connection, is refused unsigned."""
    receiver = RECEIVER_OF[call.receiver]
    before = written(country, receiver)
    for role, name in PARTY_OF.items():
        party = country.party(name)
        raw = party.write(message(call, party))
        if role not in call.senders:
            answer = await country.post(name, receiver, call.path, raw)
            assert msgspec.json.decode(answer.body)["error"] == "not-allowed"
            assert answer.status == 403
        other = "portal" if name != "portal" else "oversight"
        answer = await country.post(other, receiver, call.path, raw)
        assert msgspec.json.decode(answer.body)["error"] == "sender-mismatch"
    assert written(country, receiver) == before
