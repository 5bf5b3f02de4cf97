"""No party can make a finding that names only others: each lies here, with its own keys."""

import secrets
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from overseen import RECEIPT, World, code_of, encode
from overseen_log import EXCHANGE, LEDGER_ROOT, Exchange

from renkei.crypto import digests, sum_tree
from renkei.kit.clock import tokyo_day
from renkei.roles.oversight.rules import GUESSES_EVERYWHERE_A_DAY
from renkei.roles.oversight.rules.grounds import ROWS, FindingKind
from renkei.roles.oversight.service.judging import WAIT_SECONDS
from renkei.wire import framing
from renkei.wire.deriving import promised_hash
from renkei.wire.institution.messages import OfferedBy
from renkei.wire.linkage.log import Feed, LoggedRecord
from renkei.wire.linkage.permit import PermitRequest, Refusal, StrippedRequest
from renkei.wire.portal.messages import PortalFinding

OVERSIGHT = Path(__file__).parents[3] / "src" / "renkei" / "roles" / "oversight"


async def rounds(world: World, commission: Any, seconds: int) -> None:
    """Let time pass as the loops would live it, two seconds at a time."""
    for _ in range(0, seconds, 2):
        world.clock.advance(2)
        await commission.see()
        await commission.check_records()


def report(world: World, one: Exchange, kind: str, **changes: Any) -> None:
    """The portal reports a line, with the signed request of it and nothing of the network's."""
    fields: dict[str, Any] = {
        "number": len(world.portal.found) + 1,
        "kind": kind,
        "leaf": one.leaf,
        "parties": ["city-a"],
        "evidence": one.signed,
        "detail": "as the portal says",
    }
    world.portal.found.append(PortalFinding(**(fields | changes)))


async def gathered(commission: Any) -> Any:
    """The one finding that a report comes to."""
    await commission.see()
    await commission.gatherer.step(100)
    (found,) = await commission.found()
    return found


# -- the table -------------------------------------------------------------------------------------


def test_every_kind_has_a_row_with_its_reason() -> None:
    """A kind without parties and a reason is none, and no row says both of one part."""
    assert {row.kind for row in ROWS.values()} == set(get_args(FindingKind))
    for name, row in ROWS.items():
        assert row.possible, name
        assert len(row.why) > 20, name
        assert not set(row.possible) & set(row.excluded), name


def test_every_row_is_used() -> None:
    """The table has no ground on which nothing is ever found."""
    files = [one for one in OVERSIGHT.rglob("*.py") if one.name != "grounds.py"]
    code = "\n".join(one.read_text("utf-8") for one in files)
    assert [name for name in ROWS if f"Ground.{name}" not in code] == []


# -- a lying institution ---------------------------------------------------------------------------


@pytest.mark.parametrize("city", ["city-a", "city-b"])
async def test_a_promise_that_never_was_names_who_speaks_of_it(world, commission, city) -> None:
    """A body that invents a promise is among those who can have done it."""
    world.exchange("hanako")
    other = world.exchange("taro")
    held = world.cities[city].entries_held
    held[-1] = msgspec.structs.replace(held[-1], entry_hash=secrets.token_bytes(32))
    await rounds(world, commission, 60)
    found = [one for one in await commission.found() if one.kind == "withheld-leaf"]
    assert [one.possible for one in found] == [sorted(["linkage", city])]
    assert other.tx in found[0].subject


async def test_a_promise_that_both_bodies_hold_names_the_network_alone(world, commission) -> None:
    """The provider has it out of the network's permit: two would have to lie together."""
    world.exchange("taro", logged=False)
    await rounds(world, commission, 130)
    (found,) = await commission.found()
    assert (found.possible, found.excluded) == (["linkage"], ["city-a", "city-b"])


async def test_a_provider_that_names_another_exchange_as_this_one_is_named(
    world, commission
) -> None:
    """It holds the entry of another request of the same inquirer: neither of those is accused."""
    other = world.exchange("taro")
    one = world.exchange("hanako")
    held = world.cities["city-b"].entries_held
    held[-1] = msgspec.structs.replace(held[-1], entry_hash=other.entry_hash)
    await rounds(world, commission, 90)
    named = [found for found in await commission.found() if one.tx in found.subject]
    assert named
    assert all("city-b" in found.possible for found in named)
    assert any(found.possible == ["city-b"] for found in named), [one.possible for one in named]


@pytest.mark.parametrize("city", ["city-a", "city-b"])
async def test_an_entry_of_another_kind_is_the_speakers_own(world, commission, city) -> None:
    """A body that calls a receipt its exchange is named alone: the log says what stands there."""
    world.exchange("hanako")
    _, promised = world.log.append(RECEIPT, {"a": 1})
    held = world.cities[city].entries_held
    held[-1] = msgspec.structs.replace(held[-1], entry_hash=promised)
    await rounds(world, commission, 10)
    found = await commission.found()
    assert [city] in [one.possible for one in found], [(one.possible, one.detail) for one in found]
    assert all(city in one.possible for one in found)


async def test_a_reply_to_another_request_accuses_nobody_else(world, commission) -> None:
    """A requester that shows a good reply to another of its requests as a bad one is named."""
    other = world.exchange("taro", outcomes=("refused", None), allowed=False)
    one = world.exchange("hanako", outcomes=("refused", None), allowed=False)
    city = world.cities["city-a"]
    city.replies[one.tx] = refusal(world, other)
    held = city.entries_held
    held[-1] = msgspec.structs.replace(held[-1], disputes=True)
    await rounds(world, commission, 30)
    (found,) = await commission.found()
    assert (found.possible, found.excluded) == (["city-a"], ["city-b", "linkage"])


def refusal(world: World, one: Exchange) -> str:
    """The network's honest refusal of a request."""
    network, salt = world.parties["linkage"], bytes(32)
    fields: dict[str, Any] = {
        "requester": "city-a",
        "provider": "city-b",
        "tx": one.tx,
        "article": one.honest.article,
        "row": one.honest.row,
        "reason": one.honest.reason,
        "entry_hash": bytes(32),
        "salt": salt,
        "portal_digest": one.honest.portal_digest,
        "request_digest": one.honest.request_digest,
    }
    draft = Refusal(**network.envelope("city-a"), **fields)
    asked = world.party.read_inside(one.signed, (StrippedRequest,), aud="linkage")
    request: PermitRequest = asked.message
    hashed = promised_hash(request, asked.digest, draft)
    return network.write(msgspec.structs.replace(draft, entry_hash=hashed)).decode()


async def test_a_silent_requester_is_named(world, commission) -> None:
    """What a provider shows and its requester does not names the requester, not the provider."""
    world.exchange("hanako")
    world.cities["city-a"].entries_held.clear()
    await rounds(world, commission, 100)
    (found,) = await commission.found()
    assert (found.possible, found.excluded) == (["city-a", "linkage"], ["city-b"])


async def test_a_silent_provider_is_named(world, commission) -> None:
    """What a requester shows and its provider does not names these two, not the network."""
    world.exchange("hanako")
    world.cities["city-b"].entries_held.clear()
    await rounds(world, commission, 100)
    (found,) = await commission.found()
    assert (found.possible, found.excluded) == (["city-a", "city-b"], ["linkage"])


def tells(world: World, city: str, failed: int) -> None:
    """A city tells of city C's offers of today."""
    day = tokyo_day(world.clock.now()).isoformat()
    said = OfferedBy(requester="city-c", offered=failed, failed=failed, mismatched=0, limited=0)
    world.cities[city].offers_of[day] = [said]


async def test_one_body_alone_makes_nobody_a_guesser(world, commission) -> None:
    """Whose word alone brings the count over the limit is named beside whom it tells of."""
    tells(world, "city-a", 5)
    tells(world, "city-b", GUESSES_EVERYWHERE_A_DAY + 4)
    await commission.guesses.step()
    (found,) = [one for one in await commission.found() if "everywhere" in one.subject]
    assert (found.possible, found.excluded) == (["city-b", "city-c"], ["city-a"])


async def test_a_false_word_about_an_exchange_hides_no_true_finding(world, commission) -> None:
    """Who makes a finding about an exchange first has not used it up for whoever lies later."""
    one = world.exchange("hanako")
    held = world.cities["city-b"].entries_held
    held[-1] = msgspec.structs.replace(held[-1], terms_digest=bytes(32))
    await rounds(world, commission, 4)
    assert [each.possible for each in await commission.found()] == [["city-b"]]
    world.tell("city-a", one, one.record["commitment"], "no-data")
    await rounds(world, commission, 4)
    assert [each.possible for each in await commission.found()] == [["city-b"], ["city-a"]]


# -- a lying network -------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", ["another root", "another sum"])
async def test_a_ledger_root_the_portal_never_gave_names_the_network(
    world, commission, lie
) -> None:
    """No signature of the portal's stands by a root in the log: the network can have made it up."""
    world.exchange("hanako")
    size = world.portal.log_root()
    world.exchange("taro")
    changed = {
        "another root": {"log_size": size},
        "another sum": {"log_size": size + 1, "exchange_entries": 7},
    }[lie]
    record = {"log_size": size, "root": b"o" * 32, "exchange_entries": 1} | changed
    world.log.append(LEDGER_ROOT, record)
    await commission.check_ledger()
    found = await commission.found()
    assert found
    assert all("linkage" in one.possible for one in found), [one.detail for one in found]


async def test_a_point_that_is_none_names_the_network_alone(world, commission) -> None:
    """A line that opens for nobody because of the point it came with is not the portal's lie."""
    point = b"\xff" * 32
    one = world.exchange("hanako", portal_digest=digests.element_digest(point))
    report(world, one, "unassigned", feed=world.handed(one, portal_code=point))
    found = await gathered(commission)
    assert (found.kind, found.possible) == ("unassigned", ["linkage"])
    assert found.excluded == ["city-a", "portal"]


async def test_an_exchange_that_is_none_is_not_the_portals_silence(world, commission) -> None:
    """A line the portal reported is not drawn against it, whatever the network logged there."""
    one = world.exchange("hanako")
    broken = LoggedRecord(leaf=one.leaf, kind=EXCHANGE, salt=bytes(32), record=b"{}")
    world.log.shown[one.leaf] = broken
    world.log.entries[one.leaf] = digests.log_entry(EXCHANGE, b"{}", bytes(32))
    world.log.hold(world.log.entries)
    world.portal.unassigned.add(one.leaf)
    world.portal.handed[one.leaf] = digests.entry_hash(EXCHANGE, b"{}", bytes(32))
    world.portal.log_root()
    report(world, one, "unassigned", feed=world.handed(one))
    await commission.check_ledger()
    found = await commission.found()
    assert [each.possible for each in found] == [["linkage"]], [one.detail for one in found]


@pytest.mark.parametrize("lie", ["none", "another"])
@pytest.mark.parametrize("kind", ["flood", "unconfirmed-code"])
async def test_a_record_the_network_hides_is_not_the_portals_lie(
    world, commission, kind, lie
) -> None:
    """A report whose record the network does not show, or shows otherwise, names the network."""
    one, other = world.exchange("hanako"), world.exchange("taro")
    if lie == "none":
        del world.log.shown[one.leaf]
    else:
        shown = world.log.shown[other.leaf]
        world.log.shown[one.leaf] = msgspec.structs.replace(shown, leaf=one.leaf)
    report(world, one, kind)
    found = await gathered(commission)
    assert (found.kind, found.possible) == ("records-differ", ["linkage"])
    assert "portal" in found.excluded


async def test_a_key_that_was_dropped_accuses_nobody_alone(world, commission) -> None:
    """A network that hands over a line and then drops the key does not make the portal a liar."""
    one, network = world.exchange("hanako"), world.parties["linkage"]
    letter = network.read_inside(world.handed(one, portal_seed=None), (Feed,), aud="portal")
    feed = framing.write(
        letter.message, "linkage:sign:9", lambda data: network.keys.sign("sign", data)
    )
    report(world, one, "unassigned", feed=feed.decode())
    found = await gathered(commission)
    assert (found.kind, found.possible) == ("false-evidence", ["linkage", "portal"])


async def test_a_line_handed_over_otherwise_can_be_the_networks_doing(world, commission) -> None:
    """A portal that shows which record it filed at a leaf is not alone in having done it."""
    world.exchange("hanako")
    one = world.exchange("taro")
    raw = encode(one.record)
    world.portal.handed[one.leaf] = digests.entry_hash(EXCHANGE, raw, secrets.token_bytes(32))
    world.portal.log_root()
    await commission.check_ledger()
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("opening-failed", ["linkage", "portal"])


# -- a lying portal --------------------------------------------------------------------------------


async def test_a_good_box_is_not_the_requesters_fault(world, commission) -> None:
    """A portal that reports a good box without what it was handed accuses no requester."""
    one = world.exchange("hanako")
    report(world, one, "unassigned")
    found = await gathered(commission)
    assert (found.kind, found.possible) == ("unassigned", ["linkage", "portal"])
    assert found.excluded == ["city-a", "city-b"]


@pytest.mark.parametrize("kind", ["unassigned", "flood", "unconfirmed-code", "record-departs"])
async def test_a_report_by_word_alone_names_the_portal_too(world, commission, kind) -> None:
    """Whomever the portal names: nothing but its word is there, so it can be its own doing."""
    one = world.exchange("hanako")
    report(world, one, kind, evidence=None, parties=["individual-number"])
    found = await gathered(commission)
    assert "portal" in found.possible


@pytest.mark.parametrize("kind", ["flood", "unconfirmed-code"])
async def test_what_the_portal_alone_knows_names_the_portal_too(world, commission, kind) -> None:
    """A signed request shows that it was asked, not how often, nor whose code it was."""
    one = world.exchange("hanako")
    report(world, one, kind)
    found = await gathered(commission)
    assert {"city-a", "linkage", "portal"} <= set(found.possible)
    assert found.excluded == ["city-b"]


async def test_a_record_that_does_not_depart_is_the_portals_lie(world, commission) -> None:
    """The Commission compares record and request itself, whatever is reported of them."""
    one = world.exchange("hanako")
    report(world, one, "record-departs", parties=["linkage"])
    found = await gathered(commission)
    assert (found.kind, found.possible) == ("false-evidence", ["portal"])


async def test_lines_never_stated_that_are_said_to_be_lost_name_the_portal_too(
    world, commission
) -> None:
    """That the network gave no point is the portal's word."""
    one = world.exchange("hanako")
    report(world, one, "lines-lost", parties=["linkage"], evidence=None)
    found = await gathered(commission)
    assert found.possible == ["linkage", "portal"]


async def test_a_requester_that_is_listed_no_more_is_not_named_alone(world, commission) -> None:
    """Who cannot be asked because it has left cannot defend itself either."""
    one = world.exchange("hanako", requester="city-gone")
    report(world, one, "unassigned")
    await commission.see()
    await commission.gatherer.step(100)
    world.clock.advance(WAIT_SECONDS)
    await commission.gatherer.step(100)
    (found,) = await commission.found()
    assert found.possible != ["city-gone"]
    assert "city-a" not in found.possible


async def test_a_leaf_beyond_the_log_stops_no_other_report(world, commission) -> None:
    """A report about a leaf that nobody has seen is waited for a while, and then says so."""
    one = world.exchange("hanako")
    report(world, one, "flood", leaf=10**6)
    report(world, one, "flood")
    await commission.see()
    await commission.gatherer.step(100)
    assert await commission.found() == []
    world.clock.advance(WAIT_SECONDS)
    await commission.gatherer.step(100)
    kinds = [(each.kind, each.possible) for each in await commission.found()]
    assert kinds[0] == ("false-evidence", ["linkage", "portal"])
    assert kinds[1][0] == "flood"


async def test_an_account_that_fell_is_the_portals_alone(world, commission) -> None:
    """Both words are signed by it: nobody else can have done it."""
    world.exchange("hanako")
    world.portal.log_root()
    await commission.check_ledger()
    world.exchange("hanako")
    lost = sum_tree.position(code_of("hanako"))
    world.portal.alter = lambda accounts, size: accounts.pop(lost, None) if size > 1 else None
    world.portal.log_root(exchange_entries=2)
    world.portal.say = lambda one: msgspec.structs.replace(one, exchange_entries=2)
    await commission.check_ledger()
    fell = [one for one in await commission.found() if one.kind == "count-fell"]
    assert [(one.possible, one.excluded) for one in fell] == [(["portal"], ["linkage"])]
