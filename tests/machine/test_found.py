"""What the machine once found stays mended: each example told again, without chance."""

from collections.abc import Iterator

import pytest
from allowed import ORDINANCE, QUESTIONS
from promises import Judge
from weathering import Weathering


@pytest.fixture
def weather() -> Iterator[Weathering]:
    """A country of one test's own."""
    weather = Weathering()
    try:
        yield weather
    finally:
        weather.close()


def test_consent_is_not_lost_where_a_request_is_asked_again(weather: Weathering) -> None:
    """A request for taxes under an ordinance, stale at first, is asked anew with the consent."""
    question = next(one for one in QUESTIONS if one.affair == ORDINANCE and one.consent)
    weather.blow("lost", "/permit", 40, 0.0)
    assert weather.ask(question, "parent")
    weather.world.clock.advance(310)  # type: ignore[attr-defined]
    weather.calm()
    weather.wait(61.0)
    rows = weather.world.rows("chofu-city", "SELECT outcome, reason FROM asked ORDER BY asked_at")
    assert rows == [("refused", "stale"), ("provided", None)]
    weather.rest()
    Judge(weather).ended()
