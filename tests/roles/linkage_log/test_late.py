"""Promised entries that get no place: seen from beside the sequencer."""

import pytest
from small_network import SmallNetwork

from renkei.roles.linkage.service.permit import PermitService
from renkei.roles.linkage.service.sequencer import LATE_SECONDS, Punctuality
from renkei.wire.errors import WireError
from renkei.wire.linkage.permit import PermitRequest


async def test_a_sequencer_that_stands_still_is_an_alarm(network: SmallNetwork) -> None:
    """Entries that wait too long for a place are counted, until they have one."""
    watch = Punctuality(network.database, network.clock)
    await network.sequencer.integrate(1_000)
    await network.exchange(1)
    await watch.look()
    assert watch.alarms() == []
    network.clock.advance(LATE_SECONDS)
    await network.exchange(2)
    await watch.look()
    (alarm,) = watch.alarms()
    assert (alarm.kind, alarm.task, alarm.count) == ("late", "sequencer", 2)
    await network.sequencer.integrate(1_000)
    await watch.look()
    assert watch.alarms() == []


async def test_nothing_is_promised_while_a_promise_waits(network: SmallNetwork) -> None:
    """New requests are turned away undone; what was answered is answered still; then it goes on."""
    watch = Punctuality(network.database, network.clock)
    permits = PermitService(
        network.parties["linkage"], network.database, late_since=watch.late_since
    )

    async def ask(raw: bytes) -> bytes:
        letter = network.parties["linkage"].read(raw, (PermitRequest,), peer="city-a")
        return await permits.permit(letter)

    first, second = network.request(1), network.request(2)
    answered = await ask(first)
    await watch.look()
    network.clock.advance(LATE_SECONDS)
    with pytest.raises(WireError) as caught:
        await ask(second)
    assert (caught.value.code, caught.value.retry_after_seconds) == ("log-late", 5)
    assert await ask(first) == answered
    await network.sequencer.integrate(1_000)
    await watch.look()
    assert await ask(second)
