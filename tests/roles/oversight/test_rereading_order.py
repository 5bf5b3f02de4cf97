"""What is read again may be older than what was collected meanwhile: that is no change."""

from renkei.roles.oversight.service.rereading import SETTLED_SECONDS


async def test_an_answer_that_came_late_is_no_changed_record(
    world, commission, monkeypatch
) -> None:
    """A record that ended, and was collected, while an older answer was on its way is not found."""
    one = world.exchange("hanako", outcomes=(None, None))
    for _ in range(4):
        world.clock.advance(2)
        await commission.see()
        await commission.check_records()
    world.clock.advance(SETTLED_SECONDS)
    city = world.cities["city-a"]
    tell = city.entries_of

    async def late(letter: bytes) -> bytes:
        older = await tell(letter)
        world.clock.advance(1)
        for name in ("city-a", "city-b"):
            world.tell(name, one, one.record["commitment"], "provided")
        await commission.check_records()
        return older

    monkeypatch.setattr(city, "entries_of", late)
    await commission.rereader.step(10)
    monkeypatch.undo()
    assert await commission.found() == []
    world.clock.advance(SETTLED_SECONDS)
    await commission.check_records()
    await commission.rereader.step(10)
    assert await commission.found() == []
