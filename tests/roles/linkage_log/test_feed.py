"""The portal's feed: complete, in order, with evidence; and nothing is left once it is filed."""

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from looking import stored_bytes
from small_network import SmallNetwork

from renkei.crypto import codes
from renkei.law.periods import period
from renkei.roles.linkage.service import feed as feed_service
from renkei.roles.linkage.service.erasure import Erasure
from renkei.roles.linkage.service.housekeeping import Housekeeping
from renkei.values.reveal import Purpose
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import parse, stripped
from renkei.wire.linkage.log import Feed, FeedAcknowledge, FeedAcknowledged, FeedRequest, LedgerRoot
from renkei.wire.linkage.permit import Permit, PermitRequest, Refusal
from renkei.wire.names import EVERYONE
from renkei.wire.portal.messages import LedgerStatement


async def read(network: SmallNetwork, after: int = 0, limit: int = 200) -> Feed:
    """What the portal gets."""
    answer = await network.say("portal", FeedRequest, after=after, limit=limit)
    assert isinstance(answer, Feed)
    return answer


async def stated(network: SmallNetwork, size: int, *, by: str = "oversight", **lie: Any) -> str:
    """A statement of a ledger at a log size, whose root the portal has had logged."""
    root = {"root": sha256(str(size).encode()).digest(), "exchange_entries": size}
    await network.say("portal", LedgerRoot, log_size=size, **(root | lie))
    party = network.parties[by]
    statement = LedgerStatement(
        **party.envelope(EVERYONE),
        log_size=size,
        ledger_root=root["root"],
        exchange_entries=root["exchange_entries"],
    )
    return party.write(statement).decode()


async def acknowledge(
    network: SmallNetwork, through: int, statement: str | None = None
) -> FeedAcknowledged:
    """The portal says that a stated ledger has everything up to a line."""
    statement = statement or await stated(network, through)
    answer = await network.say(
        "portal",
        FeedAcknowledge,
        through=through,
        statement=statement,
    )
    assert isinstance(answer, FeedAcknowledged)
    return answer


async def test_what_opens_a_line_is_kept_until_a_ledger_with_it_is_stated(
    network: SmallNetwork,
) -> None:
    """Without the Commission's statement of a logged root with these lines nothing is deleted."""
    for number in (1, 2):
        await network.exchange(number)
    await network.integrate()
    before = (await read(network)).lines
    small, foreign = await stated(network, 2), await stated(network, 3, by="portal")
    for bad in (small, foreign, "x" * 40):
        with pytest.raises(WireError):
            await acknowledge(network, 3, bad)
    with pytest.raises(WireError, match="malformed"):
        await network.say("portal", FeedAcknowledge, through=3, statement=None)
    assert (await read(network)).lines == before
    await acknowledge(network, 2, small)
    first, second = (await read(network)).lines
    assert (first.portal_code, second) == (None, before[1])


async def test_a_statement_of_another_root_than_the_logged_one_deletes_nothing(
    network: SmallNetwork,
) -> None:
    """A root that the log does not have is no ledger that anybody was shown."""
    await network.exchange()
    await network.integrate()
    other = await stated(network, 2, root=bytes(32))
    with pytest.raises(WireError, match="not this root"):
        await acknowledge(network, 2, other)
    (line,) = (await read(network)).lines
    assert line.portal_code is not None


async def test_only_integrated_lines(network: SmallNetwork) -> None:
    """A line appears once its entry is under a signed head, and not before."""
    await network.exchange()
    assert await read(network) == msgspec.structs.replace(await read(network), lines=[], log_size=0)
    await network.integrate()
    feed = await read(network)
    assert [line.seq for line in feed.lines] == [2]
    assert feed.log_size == 2


async def test_lines_in_the_order_of_the_log(network: SmallNetwork) -> None:
    """Exchanges, refusals and receipts come as lines; directory and ledger entries do not."""
    permit = await network.exchange(1)
    assert isinstance(permit, Permit)
    refusal = await network.exchange(2, subject="spouse")
    assert isinstance(refusal, Refusal)
    await network.integrate()
    await network.say(
        "portal",
        LedgerRoot,
        log_size=3,
        root=bytes(32),
        exchange_entries=2,
    )
    await network.receipt("city-a", permit)
    await network.receipt("city-b", permit)
    await network.integrate()
    feed = await read(network)
    assert [(line.leaf, line.kind) for line in feed.lines] == [
        (1, "exchange"),
        (2, "exchange"),
        (4, "receipt"),
        (5, "receipt"),
    ]
    assert feed.log_size == 6
    assert all(line.seq == line.leaf + 1 for line in feed.lines)
    exchange, refused, receipt, _ = feed.lines
    assert network.open_line(exchange, "city-a", permit.tx) == network.code("portal", 1).reveal(
        Purpose.DERIVE
    )
    assert network.open_line(refused, "city-a", refusal.tx) == network.code("portal", 2).reveal(
        Purpose.DERIVE
    )
    assert (receipt.portal_code, receipt.portal_seed, receipt.request) == (None, None, None)


async def test_pages_are_complete(network: SmallNetwork) -> None:
    """Pages put together give every line once, and each page says how far it is complete."""
    permits = [await network.exchange(number) for number in (1, 2, 3)]
    for permit in permits:
        assert isinstance(permit, Permit)
        await network.receipt("city-a", permit)
    await network.integrate()
    whole = await read(network)
    for limit in (1, 2, 4, 6, 7):
        after, lines = 0, []
        while (page := await read(network, after, limit)).lines:
            lines += page.lines
            after = page.lines[-1].seq
            complete = [line for line in whole.lines if line.leaf < page.log_size]
            assert lines == complete
        assert lines == whole.lines
        assert page.log_size == whole.log_size == 7


async def test_large_lines_make_smaller_pages(
    network: SmallNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that would not fit one answer come in several, one at the least."""
    for number in (1, 2, 3):
        await network.exchange(number)
    await network.integrate()
    monkeypatch.setattr(feed_service, "FEED_BYTES_LIMIT", 100)
    page = await read(network)
    assert [line.leaf for line in page.lines] == [1]
    assert page.log_size == 2


async def test_evidence_is_the_request_itself(network: SmallNetwork) -> None:
    """The inquirer's request stands in the line as it signed it, without the boxes beside it."""
    raw = network.request()
    await network.ask(raw)
    await network.integrate()
    (line,) = (await read(network)).lines
    assert line.request is not None
    assert line.request.encode() == stripped(raw)
    assert line.portal_seed == parse(raw, (PermitRequest,))[1].portal_seed


async def test_acknowledging_deletes(network: SmallNetwork) -> None:
    """Acknowledged lines keep record and salt and lose what opens them; others keep everything."""
    for number in (1, 2):
        await network.exchange(number)
    await network.integrate()
    before = (await read(network)).lines
    assert (await acknowledge(network, 2)).through == 2
    first, second = (await read(network)).lines
    assert (first.portal_code, first.portal_seed, first.request) == (None, None, None)
    assert (first.record, first.salt) == (before[0].record, before[0].salt)
    assert second == before[1]
    assert (await acknowledge(network, 2)).through == 2


async def test_nothing_unseen_is_acknowledged(network: SmallNetwork) -> None:
    """A line that was not yet handed out cannot be acknowledged, and nothing is deleted."""
    await network.exchange()
    with pytest.raises(WireError, match="malformed"):
        await acknowledge(network, 2)
    await network.integrate()
    (line,) = (await read(network)).lines
    assert line.portal_code is not None


def traces(network: SmallNetwork, secrets: Iterable[bytes]) -> list[bytes]:
    """Which of these bytes are stored, in any encoding used."""
    held = stored_bytes(network.where)
    forms = {
        secret: (
            secret,
            base64.b64encode(secret).rstrip(b"="),
            secret.hex().encode(),
            *(base64.urlsafe_b64encode(secret[at : at + len(secret) // 3 * 3]) for at in range(3)),
        )
        for secret in secrets
    }
    return [secret for secret, kept in forms.items() if any(one in held for one in kept)]


def chunks(raw: bytes) -> list[bytes]:
    """A signed message in pieces: one that is left somewhere is enough."""
    payload = raw.split(b".")[1]
    return [payload[at : at + 48] for at in range(0, len(payload) - 48, 48)]


@pytest.mark.sqlite_only("a server keeps its write-ahead log by itself")
async def test_acknowledged_lines_leave_the_write_ahead_log(network: SmallNetwork) -> None:
    """A round of housekeeping after the acknowledgement, no file holds point or request.

    Also where the process that deleted them died before that: the next one does not know of it.
    """
    raws = [network.request(number) for number in (1, 2)]
    for raw in raws:
        await network.ask(raw)
    await network.integrate()
    lines = (await read(network)).lines
    points = [one.portal_code for one in lines if one.portal_code is not None]
    requests = [one for raw in raws for one in chunks(raw)]
    secrets = [*points, *requests]
    await acknowledge(network, lines[-1].seq)
    assert len(traces(network, points)) == 2, "the search does not see what is there"
    assert traces(network, requests), "the search does not see what is there"
    # The replies have parts of the requests, until they have run out.
    network.clock.advance(period("permit_valid_seconds", network.clock.now().date()) + 1)
    next_process = Housekeeping(
        network.parties["linkage"], network.database, Erasure(network.database)
    )
    await next_process.sweep()
    assert traces(network, secrets) == []


async def test_nothing_leads_to_a_person(network: SmallNetwork) -> None:
    """P4: after expiry and acknowledgement no point, box, seed or request is in any file."""
    secrets: list[bytes] = []
    for number in (1, 2, 3):
        raw = network.request(number)
        permit = await network.ask(raw)
        assert isinstance(permit, Permit)
        request = parse(raw, (PermitRequest,))[1]
        boxes = (request.code, request.provider_seed, request.portal_seed, permit.code)
        linkage, city_b = network.parties["linkage"], network.parties["city-b"]
        x = linkage.unseal("city-a", "request-code", permit.tx, request.code)
        x_b = city_b.unseal("linkage", BoxPurpose.PERMIT_CODE, permit.tx, permit.code)
        await network.receipt("city-a", permit)
        await network.integrate()
        line = next(
            one for one in (await read(network)).lines if one.request == stripped(raw).decode()
        )
        assert line.portal_code is not None
        assert line.portal_code in traces(network, [line.portal_code])
        for secret in (request.portal_seed.data, chunks(raw)[3]):
            assert traces(network, [secret]), "the search does not see what is there"
        seed = city_b.unseal("city-a", "provider-seed", permit.tx, permit.provider_seed)
        blind = codes.derive_blind(seed, "city-a", permit.tx)
        secrets += [x, x_b, line.portal_code, seed, blind, *(box.data for box in boxes)]
        secrets += chunks(raw)
        secrets += [
            network.code(one, number).reveal(Purpose.DERIVE)
            for one in ("city-a", "city-b", "portal")
        ]
    size = (await read(network)).log_size
    await acknowledge(network, size)
    network.clock.advance(period("permit_valid_seconds", network.clock.now().date()) + 1)
    await network.linkage.work("housekeeping")
    assert traces(network, secrets) == []
    assert len((await read(network)).lines) == 6
