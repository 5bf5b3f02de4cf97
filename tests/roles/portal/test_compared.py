"""What a person reads of comparisons at J-LIS (照合の記録)."""

from datetime import UTC, datetime
from typing import Literal, get_args

import pytest

from renkei.kit.pages.texts import LANGUAGES, Language
from renkei.roles.portal.pages.sentences import compared
from renkei.wire.history import Named, SeenComparison

CITY = Named(id="chofu-city", name_ja="調布市", name_en="Chofu City")
OFFICE = Named(id="child-support", name_ja="子ども家庭課", name_en="Child office")
Verdict = Literal["agree", "doubtful", "differ", "decided"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", get_args(Verdict))
@pytest.mark.parametrize("count", [1, 2, 1_000])
def test_every_comparison_is_one_sentence(language: Language, verdict: Verdict, count: int) -> None:
    """Once, twice or a thousand times a day, with every end, in every language."""
    one = SeenComparison(
        institution=CITY,
        office=OFFICE,
        affair="106",
        verdict=verdict,
        count=count,
        last_at=datetime(2026, 7, 1, 1, 0, tzinfo=UTC),
    )
    said = str(compared(one, language))
    assert ("1,000" in said) == (count == 1_000)
    assert ("Chofu" if language == "en" else "調布") in said
