"""A caller of a busy peer: patient where somebody waits, clear where it gives up."""

import json
import time
from typing import Any

import pytest

from renkei.clients.caller import Caller, Manner
from renkei.kit.http_client import Answer, Peer
from renkei.wire.errors import WireError
from renkei.wire.linkage.calls import DIRECTORY

HERE = Peer("linkage.renkei.test", "127.0.0.1", 1)


class Unsure:
    """A party that believes no signature: only unsigned words are left."""

    randomness = staticmethod(bytes)

    def read(self, *_arguments: Any, **_more: Any) -> Any:
        raise WireError("signature")


class Busy:
    """An HTTP client whose peer turns away some calls."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def post(self, *_arguments: Any, **_bounds: Any) -> Answer:
        self.calls += 1
        return self.answers.pop(0)


def refused(status: int, code: str, seconds: int | None = 1) -> Answer:
    """An unsigned refusal with a time to come back."""
    return Answer(status, json.dumps({"error": code, "detail": "x"}).encode(), seconds)


def caller(http: Busy, patience_seconds: float) -> Caller:
    """A caller of some patience."""
    manner = Manner(patience_seconds=patience_seconds)
    return Caller(Unsure(), http, "linkage", lambda: HERE, manner)  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "code"), [(429, "rate-limited"), (503, "overloaded")])
async def test_a_busy_peer_is_asked_again_in_time(status: int, code: str) -> None:
    """A call turned away undone is repeated after the time told, and its answer comes back."""
    http = Busy(refused(status, code), Answer(200, b"answer"))
    started = time.monotonic()
    assert await caller(http, 3).send(DIRECTORY, b"letter") == b"answer"
    assert time.monotonic() - started >= 1
    assert http.calls == 2


@pytest.mark.parametrize("patience_seconds", [0.0, 2.0])
async def test_patience_ends(patience_seconds: float) -> None:
    """Past its patience a caller gives the error, with the time to come back, and does not wait."""
    http = Busy(refused(503, "overloaded", 30))
    with pytest.raises(WireError) as caught:
        await caller(http, patience_seconds).send(DIRECTORY, b"letter")
    assert (caught.value.code, caught.value.retry_after_seconds) == ("overloaded", 30)
    assert (caught.value.signed, http.calls) == (False, 1)


async def test_what_may_have_been_done_is_not_repeated() -> None:
    """A peer that ran out of time may have acted: only the recorded retries may repeat that."""
    http = Busy(refused(503, "timeout"))
    with pytest.raises(WireError) as caught:
        await caller(http, 5).send(DIRECTORY, b"letter")
    assert (caught.value.code, caught.value.retry_after_seconds) == ("unavailable", 1)
    assert http.calls == 1
