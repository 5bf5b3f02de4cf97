"""What a clerk types to answer a case, and what is said where it is no answer."""

import pytest
import typer

from renkei.cli.desk_answer import read
from renkei.wire.institution.desk import DeskAnswer


def test_each_kind_of_answer_is_read() -> None:
    """Persons, nobody, a party, a municipality, yes and no; twice the same is once."""
    order = read(
        [
            "who:guardian=P1,P2",
            "who:carer=nobody",
            "body:insurance:P1=health-fund",
            "place:tax-residence:P1:2025=132080",
            "condition:under-19=yes",
            "condition:under-19=yes",
            "condition:runs-public-housing=no",
        ]
    )
    assert order["conditions"] == ["under-19"]
    assert order["not_met"] == ["runs-public-housing"]
    assert order["answers"] == [
        DeskAnswer(question="who:guardian", persons=["P1", "P2"]),  # type: ignore[list-item]
        DeskAnswer(question="who:carer", persons=[]),
        DeskAnswer(question="body:insurance:P1", body="health-fund"),
        DeskAnswer(question="place:tax-residence:P1:2025", place="132080"),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("who:guardian", "an answer is one of"),
        ("guardian=P1", "an answer is one of"),
        ("body:insurance:P1=Big Fund", "an answer is one of"),
        ("condition:under-19=maybe", "an answer is one of"),
        ("condition:no-such=yes", "a condition is one of those that the case shows"),
        ("place:residence:P1=132081", "check digit"),
        ("who:guardian=山田", "who:guardian=山田"),
    ],
)
def test_what_is_no_answer_is_told(
    typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and the forms or the fault."""
    with pytest.raises(typer.Exit) as caught:
        read([typed])
    assert caught.value.exit_code == 1
    assert said in capsys.readouterr().err
