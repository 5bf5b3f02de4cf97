"""The network's rate limit: per sender, after the signature, before anything is looked up."""

import json

import pytest
from small_network import SmallNetwork

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Incoming
from renkei.kit.limits import Overloaded
from renkei.roles.linkage.rules import Bucket
from renkei.roles.linkage.service import permit as service
from renkei.wire.errors import WireError
from renkei.wire.linkage.permit import PermitRequest
from renkei.wire.problem import ProblemReport
from renkei.wire.table import call_for

CITY = ("city-a.renkei.test",)


async def test_a_sender_over_its_rate_is_told_so_signed(
    network: SmallNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the burst 429, signed, with Retry-After; nothing is written; time gives tokens back."""
    monkeypatch.setattr(service, "REQUESTS_AT_ONCE", 2.0)
    monkeypatch.setattr(service, "REQUESTS_PER_SECOND", 1.0)

    async def ask() -> tuple[int, str | None, bytes]:
        answer = await network.linkage.knock(call_for(PermitRequest), network.request(), *CITY)
        return answer.status, answer.headers.get("retry-after"), answer.body

    assert [(await ask())[0] for _ in range(2)] == [200, 200]
    status, later, body = await ask()
    report = network.parties["city-a"].read(body, (ProblemReport,), peer="linkage").message
    assert (status, later, report.code, report.retry_after_seconds) == (429, "1", "rate-limited", 1)
    count = await network.database.read(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM permit").scalar_one()
    )
    assert count == 2
    network.clock.advance(1)
    assert (await ask())[0] == 200


async def test_a_stored_reply_counts_too(
    network: SmallNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit stands before the look-up of (A, tx): repeating one request is no way round it."""
    monkeypatch.setattr(service, "REQUESTS_AT_ONCE", 2.0)
    raw = network.request()
    await network.ask(raw)
    await network.ask(raw)
    with pytest.raises(WireError) as caught:
        await network.ask(raw)
    assert caught.value.code == "rate-limited"


def test_a_clock_set_back_takes_nothing() -> None:
    """A clock that goes back leaves a bucket as it was, and forward it fills as before."""
    bucket = Bucket(rate=1.0, burst=3.0, tokens=2.0, at=100.0)
    assert bucket.take(40.0)
    assert bucket.tokens == 1.0
    assert bucket.take(41.0)
    assert bucket.tokens == 1.0


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Overloaded("WRITE_QUEUE_LIMIT", 4), 503, "overloaded"),
        (WireError("unavailable"), 503, "unavailable"),
        (WireError("acquisition-limit"), 429, "acquisition-limit"),
    ],
)
async def test_every_429_and_503_says_when(
    network: SmallNetwork, raised: Exception, status: int, code: str
) -> None:
    """A known sender gets every such refusal signed and with a time, in the report as in HTTP."""

    async def full(_letter: object) -> bytes:
        raise raised

    route = Doorway(network.parties["linkage"]).route(call_for(PermitRequest), full)
    answer = await route.handler(Incoming(network.request(), CITY, route.path))
    report = network.parties["city-a"].read(answer.body, (ProblemReport,), peer="linkage").message
    assert (answer.status, answer.headers["retry-after"]) == (status, "1")
    assert (report.code, report.retry_after_seconds) == (code, 1)


async def test_before_the_signature_a_refusal_is_unsigned(network: SmallNetwork) -> None:
    """Who is not known gets no signed word, and a 503 of the directory still says when."""
    doorway = Doorway(network.parties["linkage"])

    async def never(_letter: object) -> bytes:
        raise AssertionError("the handler was reached")

    route = doorway.route(call_for(PermitRequest), never)
    network.clock.advance(40 * 86_400)
    answer = await route.handler(Incoming(b"x", CITY, route.path))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert json.loads(answer.body)["error"] == "directory-expired"
