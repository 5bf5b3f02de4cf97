"""Schemathesis over every role's OpenAPI document, signed by a real party and unsigned."""

import gc
import json
from typing import Any

import fuzzing
import psutil
import pytest
import signed_cases
from doors import JOSE, Doors
from hypothesis import given, seed
from hypothesis import strategies as st
from signed_cases import (
    MODES,
    ROLES,
    Pen,
    Sent,
    call_of,
    hostile_contents,
    judge_schema,
    passes_the_door,
    problem,
)

from renkei.wire.health import HEALTH_PATH
from renkei.wire.table import CALLS, FILES

OPERATIONS = [
    (role, operation.path)
    for role in ROLES
    for operation in (one.ok() for one in signed_cases.schema_of(role).get_all_operations())
]
RECORDED_REFUSALS = {
    ("/acquire/batch", "not-allowed"),
    ("/acquire/batch", "acquisition-limit"),
}
"""J-LIS records an attempt before it refuses it: otherwise nobody could count attempts."""
QUICK = {"fitting": 8, "spoilt": 3}
WAITING = {"/ledger", "/openings", "/accounts", "/portal/batch", "/persona/sign-in"}
"""May be `unavailable`: nothing is in the ledger yet, or somebody else has to answer first."""
GROWTH_LIMIT_BYTES = 64 * 1024 * 1024


@pytest.fixture(scope="session")
def schemas() -> dict[str, Any]:
    """The documents of all roles, with signed content opened."""
    return {role: signed_cases.schema_of(role) for role in ROLES}


@pytest.fixture(scope="session")
def sent(doors: Doors) -> Sent:
    """What really exists: a permit shown and one not shown, their transactions, people."""
    from by_hand import A, B, ByHand

    hand = ByHand(doors, A)  # type: ignore[arg-type]

    async def exchange() -> tuple[Any, Any]:
        shown, fresh = await hand.permit(), await hand.permit()
        await hand.present(shown.raw)
        return shown, fresh

    shown, fresh = doors.loop.run_until_complete(exchange())
    numbers = doors.loop.run_until_complete(hand.numbers(20))
    country = doors.country.manifest.persons["parent"]
    words = {
        "permit": [shown.raw.decode(), fresh.raw.decode()],
        "tx": [shown.permit.tx, fresh.permit.tx],
        "number": numbers,
        "requester": [A, B],
        "provider": [B, A, "pension-service"],
        "institution": [A, B, "portal"],
        "person": [country[A], country[B]],
        "office": ["child-support", "tax"],
        "affair": ["106", "81", "24"],
        "sub_affair": ["108-1"],
        "subject": ["claimant"],
        "epoch": [1, 2],
        "procedure": ["child-allowance"],
        "log_size": [0, 1, 2],
        "after": [0, 1, 2**53 - 1],
    }
    return Sent(words, [*hostile_contents(), hand.code()])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("role", "path"), OPERATIONS, ids=lambda one: one)
def test_signed(
    doors: Doors, schemas: dict[str, Any], sent: Sent, role: str, path: str, mode: str
) -> None:
    """Whatever a real party signs gets a listed answer, signed once the sender is known; what is
    refused leaves no trace in any database."""
    operation = schemas[role][path]["POST"]
    pen = Pen(doors, call_of(role, path), sent)
    drawn = operation.as_strategy(generation_mode=MODES[mode])

    def attack(number: int) -> None:
        @seed(number)
        @fuzzing.drawn(quick=QUICK[mode])
        @given(drawn, st.data())
        def one(case: Any, data: st.DataObject) -> None:
            letter = pen.letter(case.body, data.draw)
            before = doors.versions()
            names = doors.names(pen.sender)
            reply = doors.send(pen.receiver, path, letter, names=names)
            judge_schema(case, reply)
            judge(doors, pen, letter, reply)
            doors.rest()
            if reply.status != 200 and (path, problem(reply)[0]) not in RECORDED_REFUSALS:
                assert doors.versions() == before, reply

        one()

    for number in fuzzing.rounds(0.4 / len(OPERATIONS)):
        attack(number)


def judge(doors: Doors, pen: Pen, letter: bytes, reply: Any) -> None:
    """No answer is a bug's, and it is signed exactly where the sender is known to be real."""
    signed = reply.headers["content-type"] == "application/jose"
    assert signed == passes_the_door(doors, pen, letter), reply
    if reply.status >= 500:
        assert (reply.status, problem(reply)[0]) == (503, "unavailable"), reply
        assert pen.call.path in WAITING, reply


METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")
TYPES = (
    (),
    ((b"content-type", b"application/json"),),
    ((b"content-type", b"application/jose; charset=utf-8"),),
    ((b"content-type", b"text/plain"),),
    (*JOSE, (b"content-encoding", b"gzip")),
)


@pytest.mark.parametrize("role", ROLES)
def test_unsigned(doors: Doors, role: str) -> None:
    """Bodies nobody signed are refused in the open, with a documented status, and leave nothing."""
    schema = signed_cases.schema_of(role, signed=False)
    calls = [(one.path, one) for one in (found.ok() for found in schema.get_all_operations())]
    before = doors.versions()

    def attack(number: int, path: str, drawn: Any) -> None:
        pen = Pen(doors, call_of(role, path))

        @seed(number)
        @fuzzing.drawn(quick=1)
        @given(drawn, st.sampled_from([pen.sender, "pension-service", "nobody"]))
        def one(case: Any, sender: str) -> None:
            body = case.body if isinstance(case.body, str) else str(case.body)
            raw = body.encode("utf-8", "surrogatepass")
            reply = doors.send(pen.receiver, path, raw, names=doors.names(sender))
            judge_schema(case, reply)
            assert 400 <= reply.status < 500
            assert not problem(reply)[1]

        one()

    for number in fuzzing.rounds(0.1 / len(ROLES)):
        for path, operation in calls:
            attack(number, path, operation.as_strategy(generation_mode=MODES["fitting"]))
    assert doors.versions() == before


@pytest.mark.parametrize(("role", "path"), OPERATIONS, ids=lambda one: one)
def test_other_requests(doors: Doors, role: str, path: str) -> None:
    """Any other method, media type, encoding or certificate is refused before anything is read."""
    pen = Pen(doors, call_of(role, path))
    names = doors.names(pen.sender)
    before = doors.versions()
    for method in METHODS:
        reply = doors.send(pen.receiver, path, b"", names=names, method=method)
        assert reply.status == 405, (method, reply)
    for headers in TYPES:
        reply = doors.send(pen.receiver, path, b"a.b.c", names=names, headers=headers)
        assert (reply.status, problem(reply)) == (415, ("media-type", False)), (headers, reply)
    for nobody in ((), ("nobody.renkei.test",), ("linkage.renkei.test", *names)):
        reply = doors.send(pen.receiver, path, b"a.b.c", names=nobody)
        assert (reply.status, problem(reply)) == (403, ("unknown-party", False)), (nobody, reply)
    assert doors.versions() == before


READ = {("linkage", files.path) for files in FILES} | {(role, HEALTH_PATH) for role in ROLES}
"""What can be read without a message."""


def test_every_door_is_attacked() -> None:
    """The documents name every call, and besides only what is attacked below."""
    assert set(OPERATIONS) == {(call.receiver, call.path) for call in CALLS}
    documented = {
        (role, path)
        for role in ROLES
        for path in json.loads((signed_cases.API / f"{role}.json").read_bytes())["paths"]
    }
    others = documented - set(OPERATIONS)
    assert others
    assert [one for one in others if not any(one[1].startswith(path) for _, path in READ)] == []
    assert [one for one in READ if not any(path.startswith(one[1]) for _, path in others)] == []


@pytest.mark.parametrize(("role", "path"), sorted(READ), ids=lambda one: one)
def test_whatever_is_asked_of_a_door_to_read(doors: Doors, role: str, path: str) -> None:
    """Any path below, query, method or certificate gets a file that is public, or a refusal."""
    receiver = Pen(doors, next(call for call in CALLS if call.receiver == role)).receiver
    own = doors.names(receiver)
    before = doors.versions()
    wild = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
    near = st.sampled_from(["", "/", "/checkpoint", "/tile/0/000", "/../keys", "/tile/0/x000", "/"])

    def attack(number: int) -> None:
        @seed(number)
        @fuzzing.drawn(quick=25)
        @given(near, wild, st.sampled_from([own, ("chofu-city.renkei.test",), (), ("nobody",)]))
        def one(below: str, more: str, names: tuple[str, ...]) -> None:
            target = f"{path}{below}{more}"
            reply = doors.send(receiver, target, b"", names=names, method="GET")
            assert reply.status in (200, 400, 403, 404), (target, reply)
            if reply.status == 200 and path == HEALTH_PATH:
                assert names == own
            if reply.status != 200:
                assert not problem(reply)[1]

        one()

    for number in fuzzing.rounds(0.05 / len(READ)):
        attack(number)
    for method in METHODS:
        if method not in ("GET", "HEAD"):
            reply = doors.send(receiver, path, b"", names=own, method=method)
            assert reply.status in (404, 405), (method, reply)
    assert doors.versions() == before


def test_memory_stays_bounded(doors: Doors, hand: Any) -> None:
    """Ten thousand refusals, small and as large as is taken, do not make the process grow."""
    names = doors.names("chofu-city")
    bodies = [b"x" * 16_384, b"x" * 300_000, b"a.b.c", b"", b"[" * 16_000]

    def storm(count: int) -> int:
        for number in range(count):
            doors.send("linkage", "/permit", bodies[number % len(bodies)], names=names)
        gc.collect()
        return psutil.Process().memory_info().rss

    first = storm(500)
    assert storm(10_000) - first < GROWTH_LIMIT_BYTES
