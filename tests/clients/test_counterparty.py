"""Asking another party: nothing comes back but its own answer to this very question."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lines import ByName
from overseen import World

from renkei.clients.caller import Caller
from renkei.crypto import jws
from renkei.kit.counterparty import Counterparty
from renkei.kit.http_client import Answer, Peer
from renkei.kit.party import Party
from renkei.wire.errors import WireError
from renkei.wire.linkage.acquisition import ConfirmBatch, ConfirmBatchNoted
from renkei.wire.linkage.calls import CONFIRM_BATCH, LOCATE, PERMIT
from renkei.wire.linkage.log import LocateRequest, Locations
from renkei.wire.linkage.permit import Refusal
from renkei.wire.problem import ProblemReport

ME, NETWORK, OTHER = "city-a", "linkage", "city-b"
NUMBER, ANOTHER = "A" * 22, "B" * 22
HERE = Peer("linkage.renkei.test", "127.0.0.1", 1)
Answering = Callable[[bytes], bytes]


class Told(ByName):
    """A network that answers whatever a test says."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.sent: list[bytes] = []

    async def send(self, call: Any, raw: bytes) -> bytes:
        self.sent.append(raw)
        return self.answering(raw)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Parties with real keys and a directory."""
    return World(tmp_path, fresh=False)


def network(world: World, answering: Answering) -> Counterparty:
    """The network as city A asks it."""
    return Counterparty(world.parties[ME], NETWORK, Told(answering))


def confirmed(world: World, by: str = NETWORK, to: str = ME, number: str = NUMBER) -> bytes:
    """A signed confirmation."""
    party = world.parties[by]
    return party.write(ConfirmBatchNoted(**party.envelope(to), numbers=[number]))


def question(world: World) -> ConfirmBatch:
    """What city A asks the network."""
    return ConfirmBatch(**world.parties[ME].envelope(NETWORK), numbers=[NUMBER])


async def refused(work: Any) -> str:
    """The code of the error that comes of it."""
    with pytest.raises(WireError) as caught:
        await work
    return caught.value.code


async def test_the_answer_of_the_asked_party_comes_back(world: World) -> None:
    """`ask` signs the question once and gives the typed answer to it."""
    line = Told(lambda _: confirmed(world))
    answer = await Counterparty(world.parties[ME], NETWORK, line).ask(
        CONFIRM_BATCH, question(world)
    )
    assert (type(answer), answer.numbers) == (ConfirmBatchNoted, [NUMBER])
    read = world.parties[NETWORK].read(line.sent[0], (ConfirmBatch,), peer=ME)
    assert read.message.numbers == [NUMBER]


async def test_answers_of_others_are_refused(world: World) -> None:
    """Signed by another, addressed to another, of a type the call does not name: no answer."""
    told = question(world)
    wrong: dict[str, Answering] = {
        "sender-mismatch": lambda _: confirmed(world, by=OTHER),
        "not-addressed": lambda _: confirmed(world, to=OTHER),
        "unknown-message": lambda _: world.parties[NETWORK].write(
            Locations(**world.parties[NETWORK].envelope(ME), located=[])
        ),
        "signature": lambda _: confirmed(world)[:-8] + b"AAAAAAAA",
    }
    for code, answering in wrong.items():
        with pytest.raises(WireError, match=rf"unavailable.*\({code}\)") as caught:
            await network(world, answering).ask(CONFIRM_BATCH, told)
        assert not caught.value.signed, "it ends no request"


async def test_what_must_be_repeated_is_compared(world: World) -> None:
    """An answer about another number than was asked for is no answer."""
    asked = network(world, lambda _: confirmed(world, number=ANOTHER))
    assert await refused(asked.ask(CONFIRM_BATCH, question(world))) == "unavailable"


async def test_an_answer_names_the_request_it_answers(world: World) -> None:
    """A refusal that names another request's digest is not believed; one of this one is."""

    def refusal(digest: bytes) -> bytes:
        party = world.parties[NETWORK]
        return party.write(
            Refusal(
                **party.envelope(ME),
                requester=ME,
                provider=OTHER,
                tx="01900000-0000-7000-8000-000000000001",
                article=None,
                row=None,
                reason="stale",
                entry_hash=bytes(32),
                salt=bytes(32),
                portal_digest=bytes(32),
                request_digest=digest,
            )
        )

    raw = world.parties[ME].write(question(world))
    letter = await network(world, lambda sent: refusal(jws.digest_of(sent))).send(PERMIT, raw)
    assert isinstance(letter.message, Refusal)
    assert await refused(network(world, lambda _: refusal(bytes(32))).send(PERMIT, raw)) == (
        "unavailable"
    )


class Refusing:
    """An HTTP client whose peer refuses with a signed report about some request."""

    def __init__(self, world: World, about: bytes | None) -> None:
        self.world, self.about = world, about

    async def post(self, _peer: Peer, _path: str, body: bytes, **_bounds: Any) -> Answer:
        party = self.world.parties[NETWORK]
        report = ProblemReport(
            **party.envelope(ME),
            code="not-holder",
            detail="no",
            request_digest=jws.digest_of(self.about or body),
        )
        return Answer(403, party.write(report))


@pytest.mark.parametrize("replayed", [False, True])
async def test_a_report_about_another_message_is_not_believed(world: World, replayed: bool) -> None:
    """A signed problem ends nothing unless it names the bytes that were sent: replays do not."""
    party = world.parties[ME]
    old = party.write(LocateRequest(**party.envelope(NETWORK), entry_hashes=[bytes(32)]))
    line = Caller(party, Refusing(world, old if replayed else None), NETWORK, lambda: HERE)  # type: ignore[arg-type]
    message = LocateRequest(**party.envelope(NETWORK), entry_hashes=[b"\1" * 32])
    with pytest.raises(WireError) as caught:
        await Counterparty(party, NETWORK, line).ask(LOCATE, message)
    expected = ("unavailable", True) if replayed else ("not-holder", True)
    assert (caught.value.code, caught.value.signed) == expected


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"e30.e30.AAAA"])
async def test_what_cannot_be_believed_is_as_if_nothing_came(world: World, body: bytes) -> None:
    """Bytes that are no signed answer of that party end nothing: `unavailable`, and unsigned."""
    with pytest.raises(WireError) as refused:
        await network(world, lambda _: body).ask(CONFIRM_BATCH, question(world))
    assert (refused.value.code, refused.value.signed) == ("unavailable", False)
    assert refused.value.kind.again


def test_nobody_listed_under_a_desks_name_is_that_desk(world: World) -> None:
    """A party that the directory lists under the name of a desk is let in as nobody."""
    me = world.parties[ME]
    named = world.parties[OTHER].keys.public("sign")
    own = Party(
        ME,
        me.keys,
        me.clock,
        me.randomness,
        roots=me.roots,
        desks={OTHER: ("desk-of-a.renkei.test", named)},
    )
    own.adopt(world.version, world.countersign(world.version))
    dns = own.directory.entry(OTHER).dns_name
    assert me.party_of_certificate((dns,)) == OTHER
    assert own.party_of_certificate(("desk-of-a.renkei.test",)) == OTHER
    with pytest.raises(WireError, match="unknown-party"):
        own.party_of_certificate((dns,))
