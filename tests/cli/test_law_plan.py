"""`renkei law plan`: households as JSON Lines, plans as JSON Lines or for people."""

import json

from renkei.cli import law_plan

HOUSEHOLD = {
    "procedure": "child-allowance",
    "date": "2026-07-01",
    "claimant": "P1",
    "people": [
        {
            "person": "P1",
            "birth": "1990-04-02",
            "household": "H1",
            "relationship": "世帯主",
            "residence": "132080",
            "tax_residence": "122033",
        },
        {"person": "P2", "birth": "2020-XX-XX", "household": "H1", "relationship": "子"},
    ],
}


def plans(*households: dict[str, object]) -> list[dict[str, object]]:
    """The answers to some households."""
    lines = [json.dumps(one).encode() for one in households]
    return [json.loads(one) for one in law_plan.answers(lines)]


def test_a_plan_says_whom_to_ask_and_what_is_open_and_goes_on_with_answers() -> None:
    """The questions' names are what answers go by."""
    (before,) = plans(HOUSEHOLD)
    assert before["nothing_because"] is None
    tax = [one for one in before["lines"] if one["item"] == "municipal-tax"]  # type: ignore[attr-defined]
    assert [(one["subject"], one["state"], one["party"]) for one in tax] == [
        ("claimant", "ask", "city-122033"),
        ("child-in-livelihood", "relation-not-held", None),
    ]
    names = [one["name"] for one in before["questions"]]  # type: ignore[attr-defined]
    assert names == ["who:child-in-livelihood", "place:residence:P2", "who:facility-claimant"]
    answers = {name: "132080" if name.startswith("place:") else [] for name in names}
    (after,) = plans(HOUSEHOLD | {"answers": answers})
    assert after["questions"] == []


def test_a_plan_without_lines_says_why() -> None:
    """Nothing is empty without a word."""
    (told,) = plans(HOUSEHOLD | {"date": "2024-05-26"})
    assert told["lines"] == []
    assert "108-1 is in force from 2024-05-27" in str(told["nothing_because"])


def test_what_cannot_be_read_is_an_error_of_its_line() -> None:
    """A wrong name, place or answer says what is known, and the next line is answered."""
    wrong = plans(
        HOUSEHOLD | {"procedure": "tea"},
        HOUSEHOLD | {"claimant": "P9"},
        HOUSEHOLD | {"people": [{"person": "P1", "residence": "132081"}]},
        HOUSEHOLD | {"answers": {"who:claimant": True}},
        HOUSEHOLD | {"people": []},
        HOUSEHOLD | {"bodies": [{"party": "x", "kind": "tea"}]},
        HOUSEHOLD | {"bodies": []},
    )
    said = [str(one.get("error")) for one in wrong]
    for words, one in zip(
        (
            "renkei law procedures",
            "P9",
            "check digit",
            "answers no question",
            "people",
            "law names",
        ),
        said,
        strict=False,
    ):
        assert words in one
    states = {one["state"] for one in wrong[-1]["lines"]}  # type: ignore[attr-defined]
    assert states == {"not-connected", "place-not-held", "relation-not-held"}


def test_prose_names_questions_and_reasons() -> None:
    """For people: whom to ask, why not, what has to be answered."""
    (told,) = law_plan.answers([json.dumps(HOUSEHOLD).encode()], prose=True)
    assert "ask city-122033" in told
    assert "who:facility-claimant" in told
    (broken,) = law_plan.answers([b"{"], prose=True)
    assert broken.startswith("error in line 1")
