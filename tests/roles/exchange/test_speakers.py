"""Who may say what to whom: every call from every role the table does not name, and every desk.

Nothing is written by any of it: the contents of every table of every party stay the same.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.kit.clock import SystemClock
from renkei.kit.party import Party
from renkei.kit.randomness import system_randomness
from renkei.run.directory import load
from renkei.sandbox.country import quiet_keys
from renkei.wire import framing
from renkei.wire.errors import ERRORS
from renkei.wire.fields import Box, Message
from renkei.wire.individual_number import messages as jl
from renkei.wire.institution import desk as k
from renkei.wire.institution import desk_codes as c
from renkei.wire.institution.messages import Presentation, Received, ReceivedAnswer
from renkei.wire.linkage import acquisition as a
from renkei.wire.linkage.directory import DirectoryRequest
from renkei.wire.linkage.permit import Receipt, Receipts
from renkei.wire.table import CALLS, KIND_OF, Call
from renkei.wire.values import decoder

GOLDEN = Path(__file__).resolve().parents[2] / "wire" / "golden"
A, B, OTHER, J_LIS = "chofu-city", "ichikawa-city", "pension-service", "individual-number"
pytestmark = pytest.mark.usefixtures("nothing_written")


TX = "019f1af9-e831-728f-a501-8606a37adee8"


def messages_of(party: Any, aud: str) -> dict[str, Any]:
    """One well-formed message per call of the table but `/permit`, from one party."""
    envelope = party.envelope(aud)
    tx, number = TX, "A" * 22
    box = Box(sender_period=1, receiver_period=1, data=bytes(60))
    subject = {"office": "tax", "officer": "o1"}
    return {
        "/directory": DirectoryRequest(**envelope, have_version=0),
        "/acquisition/numbers": a.AcquisitionNumberRequest(**envelope, count=1),
        "/acquisition/fill": a.AcquisitionFill(
            **envelope, number=number, institution=A, blinded=bytes(32), seed=box
        ),
        "/acquisition/collect/batch": a.CollectBatch(**envelope, numbers=[number]),
        "/acquisition/confirm/batch": a.ConfirmBatch(**envelope, numbers=[number]),
        "/receipts": Receipts(
            **envelope,
            receipts=[
                Receipt(
                    requester=A, tx=tx, outcome="lapsed", digest=bytes(32), commitment=bytes(32)
                )
            ],
        ),
        "/acquire/batch": jl.AcquireBatch(
            **envelope,
            affair="81",
            office="tax",
            officer=bytes(32),
            people=[jl.NumberedSubject(number=number, subject=box)],
        ),
        "/acquire/decision": jl.AcquireDecision(
            **envelope,
            number=number,
            officer=bytes(32),
            second_officer=bytes(31) + b"2",
            paper="passport",
            request_digest=bytes(32),
        ),
        "/provide": Presentation(**envelope, permit="x" * 16),
        "/received": Received(**envelope, answers=[ReceivedAnswer(tx=tx, answer_digest=bytes(32))]),
        "/desk/procedure": k.DeskProcedure(
            **envelope, **subject, case_number="1", procedure="child-allowance", person="X1"
        ),
        "/desk/open": k.DeskOpen(
            **envelope, **subject, case_number="1", affair="48", sub_affair="50-1", person="X1"
        ),
        "/desk/close": k.DeskClose(**envelope, case_number="1", officer="o1"),
        "/desk/consent": k.DeskConsent(
            **envelope,
            case_number="1",
            officer="o1",
            person="X1",
            affair="48",
            items=["municipal-tax"],
            given_on="2026-06-30",
            form="paper",
            document="a synthetic consent",
        ),
        "/desk/consents": k.DeskConsentsRequest(**envelope, case_number="1"),
        "/desk/conditions": k.DeskConditions(
            **envelope, **subject, case_number="1", conditions=["under-19"]
        ),
        "/desk/ask": k.DeskAsk(
            **envelope,
            **subject,
            case_number="2",
            in_case="1",
            affair="106",
            sub_affair="108-1",
            items=["municipal-tax"],
            subject="claimant",
            person="X1",
            provider=B,
        ),
        "/desk/case": k.DeskCaseRequest(**envelope, case_number="1"),
        "/desk/acquire": c.DeskAcquire(**envelope, **subject, affair="81", persons=["X1"]),
    }


ROLE_OF = {
    A: "institution",
    B: "institution",
    J_LIS: "individual-number",
    "linkage": "linkage",
    "portal": "portal",
    "oversight": "oversight",
}


def speaker(country: Any, name: str) -> Any:
    """A party that signs for itself; those without process yet borrow A's directory."""
    built = country.country
    party = Party(
        name,
        quiet_keys(built.home(name) / "keys"),
        SystemClock(built.manifest.clock_offset_seconds),
        system_randomness,
        roots=built.roots(),
    )
    assert load(built.config(A).directory, party)
    return party


def golden(call: Call, party: Party, receiver: str) -> Message:
    """The example of a call's request that the tests of the wire hold, from this party, now."""
    path = GOLDEN / f"{KIND_OF[call.request].name}.json"
    example = decoder(call.request).decode(path.read_bytes())
    return msgspec.structs.replace(example, sender=party.name, aud=receiver, at=party.now())


@pytest.mark.parametrize("path", [call.path for call in CALLS])
async def test_only_the_roles_of_the_table_may_call(
    country: Any, by_hand: Any, path: str, unsigned: Any, post_from: Any
) -> None:
    """Every call, from every role the table does not name for it, is `not-allowed`."""
    call = next(one for one in CALLS if one.path == path)
    receiver = {"institution": B}.get(call.receiver, call.receiver)
    tried = 0
    for name, role in ROLE_OF.items():
        if role in call.senders:
            continue
        party = speaker(country, name)
        message = (
            msgspec.structs.replace(by_hand.request(), sender=name)
            if path == "/permit"
            else messages_of(party, receiver).get(path) or golden(call, party, receiver)
        )
        answer = await post_from(name, (receiver, path), party.write(message))
        unsigned(answer, 403, "not-allowed")
        tried += 1
    assert tried >= 1


async def test_an_institution_is_no_desk_of_itself(by_hand: Any, unsigned: Any) -> None:
    """An institution's own key and certificate cannot speak as its desk either."""
    for path, message in messages_of(by_hand.party, A).items():
        if path.startswith("/desk/"):
            unsigned(await by_hand.send(A, path, message), 403, "not-allowed")


@pytest.mark.parametrize("receiver", [B, OTHER, "linkage", J_LIS])
async def test_a_desk_speaks_to_its_own_institution_only(
    country: Any, receiver: str, unsigned: Any, post_from: Any
) -> None:
    """A's desk at another institution, at the network or at J-LIS is `unknown-party`."""
    keys = quiet_keys(country.folder / A / "desk" / "keys")
    party = speaker(country, A)
    message = k.DeskCaseRequest(sender=f"{A}-desk", aud=receiver, at=party.now(), case_number="1")
    raw = framing.write(message, f"{A}-desk:sign:1", lambda data: keys.sign("sign", data))
    path = {"linkage": "/directory", J_LIS: "/acquire/batch"}.get(receiver, "/desk/case")
    answer = await post_from(f"{A}/desk", (receiver, path), raw)
    unsigned(answer, 403, "unknown-party")


@pytest.mark.parametrize(
    ("home", "signer", "sender", "code"),
    [
        (f"{B}/desk", f"{B}/desk", f"{B}-desk", "unknown-party"),
        (f"{B}/desk", f"{A}/desk", f"{A}-desk", "unknown-party"),
        (A, f"{A}/desk", f"{A}-desk", "sender-mismatch"),
        (B, f"{A}/desk", f"{A}-desk", "sender-mismatch"),
        (f"{A}/desk", A, A, "sender-mismatch"),
        (f"{A}/desk", f"{A}/desk", A, "sender-mismatch"),
        (f"{A}/desk", f"{B}/desk", f"{A}-desk", "signature"),
    ],
)
async def test_a_desk_message_from_another_desk(
    country: Any, home: str, signer: str, sender: str, code: str, unsigned: Any, post_from: Any
) -> None:
    """At A's desk door: another desk's certificate, key or name is refused."""
    keys = quiet_keys(country.folder / signer / "keys")
    kid = sender if code == "signature" else signer.replace("/", "-")
    message = messages_of(speaker(country, A), A)["/desk/procedure"]
    raw = framing.write(
        msgspec.structs.replace(message, sender=sender),
        f"{kid}:sign:1",
        lambda data: keys.sign("sign", data),
    )
    answer = await post_from(home, (A, "/desk/procedure"), raw)
    unsigned(answer, ERRORS[code].status, code)
