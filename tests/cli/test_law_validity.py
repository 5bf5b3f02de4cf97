"""`renkei law validity`: until when a card or a certificate is valid."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from renkei.cli.law import app

RUN = CliRunner()
CARD: dict[str, Any] = {"of": "card", "birth": "1980-08-01", "date": "2026-07-01"}
OPTIONS = ("--birth", "1980-08-01", "--day", "2026-07-01", "--lang", "en")


def lines(*asked: object) -> list[dict[str, Any]]:
    """The answers to questions, one a line."""
    done = RUN.invoke(app, ["validity"], input="\n".join(json.dumps(one) for one in asked))
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_validity_answers_lines() -> None:
    """A card to the tenth birthday, a certificate to the fifth or its card's end."""
    certificate = CARD | {"of": "signing", "ends": ["2035-08-01"]}
    card, signing, short = lines(CARD, certificate, certificate | {"ends": ["2028-01-01"]})
    assert (card["until"], card["article"]) == ("2035-08-01", "省令85号第26条第1項第1号")
    assert (signing["until"], signing["article"]) == ("2030-08-01", "公的個人認証規則第13条")
    assert (short["until"], short["why"]) == ("2028-01-01", "ends-with-another")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"of": "signing"}, "card's last day"),
        ({"ends": ["2030-01-01"]}, "ends are for certificates"),
        ({"of": "signing", "ends": ["2030-01-01"], "applied": "2026-01-01"}, "are the card's"),
        ({"of": "passport"}, "passport"),
        ({"birth": "2027-01-01"}, "before the birth"),
        ({"birth": None}, "calendar"),
    ],
)
def test_validity_wrong_values_say_what_to_do(wrong: dict[str, Any], words: str) -> None:
    """What does not belong together, or is no day, is named."""
    (answer,) = lines(CARD | wrong)
    assert words in answer["error"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "valid through 2035-08-01"),
        (("--renewed",), "valid through 2036-08-01"),
        (("--stay-until", "2027-03-31"), "valid through 2027-03-31"),
        (("--without-status-from", "2026-07-01"), "valid through 2026-08-30"),
        (("--applied", "2022-03-31"), "not held here"),
        (("--of", "authentication", "--end", "2029-01-01"), "ends with the card"),
        (("--of", "authentication", "--end", "2035-08-01"), "公的個人認証規則第49条"),
    ],
)
def test_validity_in_words(options: tuple[str, ...], words: str) -> None:
    """The last day and why, with the article, or that nothing is held."""
    done = RUN.invoke(app, ["validity", *OPTIONS, *options])
    assert done.exit_code == 0
    assert words in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--birth", "1980-08-01"), "--day is missing"),
        (("--day", "2026-07-01"), "--birth is missing"),
        ((*OPTIONS, "--of", "passport"), "--of is card, signing"),
        ((*OPTIONS, "--of", "signing", "--end", "soon"), "--end is YYYY-MM-DD"),
        ((*OPTIONS, "--of", "signing"), "card's last day"),
    ],
)
def test_validity_wrong_options_end_with_2(options: tuple[str, ...], words: str) -> None:
    """What is missing or wrong is said on standard error, and nothing on standard output."""
    done = RUN.invoke(app, ["validity", *options])
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""
