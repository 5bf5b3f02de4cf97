"""A line that belongs to nobody, or says something else: whoever lied is named, nobody else."""

import secrets
from typing import Any

import msgspec
import pytest
from overseen import World
from overseen_log import Exchange

from renkei.roles.oversight.service.judging import WAIT_SECONDS as SHOW_SECONDS
from renkei.wire.errors import WireError
from renkei.wire.fields import Box
from renkei.wire.institution.messages import Shown
from renkei.wire.linkage.permit import StrippedRequest
from renkei.wire.portal.messages import PortalFinding


def accuse(world: World, one: Exchange, feed: str | None = None, **changes: Any) -> None:
    """The portal reports a line as one that does not open."""
    fields: dict[str, Any] = {
        "number": len(world.portal.found) + 1,
        "kind": "unassigned",
        "leaf": one.leaf,
        "parties": ["city-a"],
        "evidence": one.signed,
        "detail": "The box for the portal does not open.",
        "feed": feed or world.handed(one),
    }
    world.portal.found.append(PortalFinding(**(fields | changes)))


async def judged(world: World, commission: Any) -> Any:
    """The one finding that the Commission comes to."""
    await commission.see()
    await commission.gatherer.step(100)
    (found,) = await commission.found()
    return found


async def test_who_boxes_another_seed_for_the_portal_is_named(world, commission) -> None:
    """The requester alone, with its signed request and the seed that it showed, both signed."""
    one = world.exchange("hanako", outcomes=("refused", None), boxed=secrets.token_bytes(32))
    accuse(world, one)
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("unassigned", ["city-a"])
    assert "not the one of the requester's seed" in found.detail
    party = world.party
    asked = party.read_inside(found.evidence[0], (StrippedRequest,), aud="linkage").message
    shown = party.read_inside(found.evidence[-1], (Shown,), aud="oversight").message
    assert asked.sender == shown.sender == "city-a"
    about = ("city-a", one.tx)
    made = party.seal_seed("portal", "portal-seed", about, shown.seed, 1)  # type: ignore[arg-type]
    assert made.digest != asked.portal_seed, "anybody can make the box again, and see"


async def test_a_portal_that_falsely_says_that_a_box_does_not_open_is_named(
    world, commission
) -> None:
    """The portal alone; the seed that shows it is in no finding."""
    one = world.exchange("hanako", outcomes=("refused", None), allowed=False)
    accuse(world, one)
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("false-evidence", ["portal"])
    assert "so it opens" in found.detail
    sealed = msgspec.json.encode(one.seed).strip(b'"').decode()
    assert not any(sealed in letter for letter in found.evidence)


LIES: dict[str, Any] = {
    "another box": {
        "portal_seed": Box(sender_period=1, receiver_period=1, data=secrets.token_bytes(92))
    },
    "no box": {"portal_seed": None},
    "another point": {"portal_code": bytes(31) + b"1"},
    "no request": {"request": None},
    "another record": {"record": b"{}"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_network_that_hands_over_something_else_is_named(world, commission, lie) -> None:
    """The network alone, with its own signed letter, whatever it swapped on the way."""
    one = world.exchange("hanako")
    accuse(world, one, world.handed(one, **LIES[lie]))
    found = await judged(world, commission)
    assert found.possible == ["linkage"], found.detail
    assert found.evidence[1 if lie != "no request" else 0] == world.portal.found[0].feed


async def test_a_network_that_rewrites_a_record_is_named(world, commission) -> None:
    """The network alone, with the request that shows what was signed."""
    one = world.exchange("hanako", items=["pension-benefit"])
    accuse(world, one, kind="record-departs", parties=["linkage"])
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("record-departs", ["linkage"])
    assert "items" in found.detail
    assert found.evidence[0] == one.signed


@pytest.mark.parametrize("forged", ["by itself", "of another line", "no letter"])
async def test_a_portal_with_forged_evidence_is_named(world, commission, forged) -> None:
    """A feed that the network did not sign, or with another line, falls back on the portal."""
    one, other = world.exchange("hanako"), world.exchange("taro")
    head, body, tail = world.handed(one, portal_seed=None).split(".")
    feed = {
        "by itself": f"{head}.{body}.{tail[::-1]}",
        "of another line": world.handed(other),
        "no letter": "x" * 40,
    }[forged]
    accuse(world, one, feed)
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("false-evidence", ["portal"])


@pytest.mark.parametrize("answer", ["another seed", "nothing"])
async def test_a_requester_that_does_not_show_its_seed_is_named(world, commission, answer) -> None:
    """A requester with nothing to show, or with a seed that does not fit, is named alone."""
    one = world.exchange("hanako")
    accuse(world, one)
    city = world.cities["city-a"]
    if answer == "another seed":
        city.seed_of = lambda _: secrets.token_bytes(32)
    else:

        async def nothing(letter: bytes) -> bytes:
            raise WireError("answer-unknown", signed=True)

        city.show = nothing
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("unassigned", ["city-a"])


async def test_a_requester_that_is_away_is_waited_for(world, commission) -> None:
    """Nobody is accused while the one who could tell is away; after a while it names both."""
    one = world.exchange("hanako")
    accuse(world, one)
    world.cities["city-a"].away = True
    await commission.see()
    await commission.gatherer.step(100)
    assert await commission.found() == []
    world.clock.advance(SHOW_SECONDS - 1)
    await commission.gatherer.step(100)
    assert await commission.found() == []
    world.clock.advance(1)
    found = await judged(world, commission)
    assert found.possible == ["city-a", "portal"]


async def test_a_requester_that_comes_back_settles_it(world, commission) -> None:
    """What it shows once it is back names the portal alone."""
    one = world.exchange("hanako")
    accuse(world, one)
    world.cities["city-a"].away = True
    await commission.see()
    await commission.gatherer.step(100)
    world.cities["city-a"].away = False
    assert (await judged(world, commission)).possible == ["portal"]


@pytest.mark.parametrize("lie", ["other-request", "no-jws", "other-leaf"])
async def test_false_evidence_of_the_older_form_falls_back_on_the_portal(
    world, commission, lie
) -> None:
    """A finding without the network's letter that shows another request is the portal's own."""
    one, another = world.exchange("hanako"), world.exchange("taro")
    evidence = {"other-request": another.signed, "no-jws": "x" * 40}.get(lie, one.signed)
    leaf = another.leaf if lie == "other-leaf" else one.leaf
    accuse(world, one, evidence=evidence, leaf=leaf)
    world.portal.found[0] = msgspec.structs.replace(world.portal.found[0], feed=None)
    found = await judged(world, commission)
    assert (found.kind, found.possible) == ("false-evidence", ["portal"])
