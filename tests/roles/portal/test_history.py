"""What a person reads: newest first, with outcomes, witnessed or not."""

import msgspec
from portal_network import Lie
from portal_running import RunningPortal

from renkei.wire.entries import ExchangeRecord


async def test_a_line_says_who_asked_whom_for_what(portal: RunningPortal) -> None:
    """A line has the names of the day it was filed, the law, and both receipts' outcomes."""
    network = portal.network
    base, code = await portal.person()
    exchange = network.exchange(base)
    network.receipt("city-a", exchange, "provided")
    network.receipt("city-b", exchange, "not-received")
    await portal.state()
    (line,) = (await portal.history.view(code)).lines
    assert line.requester.name_ja == "試験用 city-a"
    assert line.office.name_ja == "子ども家庭課"
    assert line.provider.name_en == "City-b"
    assert (line.affair, line.items, line.article) == ("106", ["municipal-tax"], line.article)
    assert (line.requester_outcome, line.provider_outcome) == ("provided", "not-received")
    assert line.witnessed


async def test_a_line_says_what_was_stated(portal: RunningPortal) -> None:
    """What a clerk stated is read out of what was signed, whatever the network's record says."""
    network, stated = portal.network, ("runs-public-housing",)
    base, code = await portal.person()

    def silent(record: ExchangeRecord) -> ExchangeRecord:
        return msgspec.structs.replace(record, conditions=msgspec.UNSET)

    network.exchange(base)
    network.exchange(base, conditions=stated)
    network.exchange(base, conditions=stated, lie=Lie(rewrite=silent))
    await portal.state()
    lines = (await portal.history.view(code)).lines
    found = [(line.number, line.conditions, line.as_signed) for line in lines]
    assert found == [(3, [*stated], False), (2, [*stated], True), (1, [], True)]


async def test_a_strangers_receipt_says_nothing(portal: RunningPortal) -> None:
    """A receipt with another commitment, or of a third party, belongs to no line."""
    network = portal.network
    base, code = await portal.person()
    tx, commitment = network.exchange(base)
    network.receipt("city-a", (tx, bytes(32)))
    network.receipt("individual-number", (tx, commitment))
    await portal.state()
    (line,) = (await portal.history.view(code)).lines
    assert (line.requester_outcome, line.provider_outcome) == (None, None)
    assert (await portal.file(code)).receipts == []


async def test_lines_above_the_last_cosignature_are_not_yet_witnessed(
    portal: RunningPortal,
) -> None:
    """Lines after the last cosignature say so, and the view says how old it is."""
    network = portal.network
    base, code = await portal.person()
    network.exchange(base)
    await portal.state()
    cosigned_at = network.clock.now()
    network.clock.advance(60)
    network.exchange(base)
    await portal.catch_up()
    view = await portal.history.view(code)
    assert [line.witnessed for line in view.lines] == [False, True]
    assert view.witnessed_at == cosigned_at
    assert view.witnessed_size < view.log_size


async def test_pages_hold_twenty_lines_newest_first(portal: RunningPortal) -> None:
    """A page begins with a line, so that what comes in while somebody reads moves nothing."""
    network = portal.network
    base, code = await portal.person()
    for _ in range(23):
        network.exchange(base)
    await portal.catch_up()
    first, second = await portal.history.view(code), await portal.history.view(code, 3)
    assert [line.number for line in first.lines] == list(range(23, 3, -1))
    assert [line.number for line in second.lines] == [3, 2, 1]
    network.exchange(base)
    await portal.catch_up()
    again = await portal.history.view(code, 3)
    assert (again.lines, again.total) == (second.lines, 24)
    assert (await portal.history.view(code, 900)).lines[0].number == 24


async def test_a_download_before_any_statement_is_made_at_the_newest_checkpoint(
    portal: RunningPortal,
) -> None:
    """Without the Commission there is a file all the same, without statement and cosignature."""
    network = portal.network
    base, code = await portal.person()
    network.exchange(base)
    await portal.catch_up()
    file = await portal.file(code)
    assert file.statement is None
    assert (file.log_size, len(file.lines)) == (network.integrated, 1)
    assert file.checkpoint.count("—") == 1
