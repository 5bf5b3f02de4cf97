"""The benchmark of the law measures what it says."""

from renkei.bench import law


def test_questions_are_distinct_and_half_refused() -> None:
    """A small run asks distinct questions, refuses half and builds one result for each."""
    found = law.run(count=2_000, seed=7)
    assert found["distinct"] == found["count"] == found["results_built"] == 2_000
    assert found["allowed"] == found["refused"] == 1_000
    assert isinstance(found["decisions_per_second"], int)
    assert found["decisions_per_second"] > 0
