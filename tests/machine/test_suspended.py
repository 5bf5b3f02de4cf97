"""A suspended body acquires no codes: neither number nor comparison (停止)."""

from collections.abc import Iterator

import pytest
from acquiring import acquire_letter, fresh_number, registered, send_acquire
from weathering import Weathering

from renkei.wire.errors import WireError

A = "chofu-city"


@pytest.fixture
def weather() -> Iterator[Weathering]:
    """A country of one test's own."""
    weather = Weathering()
    try:
        yield weather
    finally:
        weather.close()


def test_j_lis_compares_for_nobody_suspended(weather: Weathering) -> None:
    """With a number drawn before, J-LIS still compares nothing for a body that is suspended."""
    world = weather.world
    known = registered(world)
    subject = (known.individual_number, known.attributes)
    first, second = (weather.do(fresh_number(world, A)) for _ in range(2))
    letter = acquire_letter(world, A, first, subject)
    assert weather.do(send_acquire(world, A, letter)).verdict == "agree"
    weather.stand(A, suspended=True)
    weather.publish()
    weather.round()
    letter = acquire_letter(world, A, second, subject)
    with pytest.raises(WireError) as refused:
        weather.do(send_acquire(world, A, letter))
    assert refused.value.code == "not-allowed"
    assert "suspended" in refused.value.detail
    weather.rest()
