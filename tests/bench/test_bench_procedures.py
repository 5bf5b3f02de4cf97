"""`renkei bench procedures`: what it counts is what real processes answered."""

from renkei.bench import procedures

SOME = ("child-allowance", "elderly-premium", "unemployment", "employees-pension-claim")


def test_some_procedures_run_end_to_end() -> None:
    """A city, a union, the Minister and a mutual aid body each run one of theirs, whole."""
    found = procedures.run(most=30, residents=40, only=SOME)
    assert found["procedures"] == found["run_end_to_end"] == len(SOME)
    assert found["not_end_to_end"] == []
    assert found["unexplained"] == 0
    assert found["asked"] + found["own_data"] + found["explained"] == found["lines"]
    assert found["provided"] > 5
    assert set(found["run_states"]) <= {"provided", "no-data", "own-data"}
    assert found["per_second"] > 0
    assert next(iter(procedures.lines(found))) == "4 of 4 procedures ran end to end"
