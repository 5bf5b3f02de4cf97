"""Words in a terminal: every name a program uses has one, and lines fold without breaking them."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import sqlalchemy as sa

from renkei.cli import words
from renkei.cli.saying import fold, shown, width
from renkei.kit.database import connect
from renkei.law import tables
from renkei.roles.institution.store import codes, findings
from renkei.roles.institution.store.tables import COPY
from renkei.sandbox.country import open_existing
from renkei.sandbox.filling.institution import SUPPORT_MEASURES
from renkei.wire.errors import ERRORS
from renkei.wire.fields import Outcome
from renkei.wire.institution.desk import DeskExchange, ExchangeState, LineState
from renkei.wire.institution.messages import Field


def copies(folder: Path) -> list[tuple[str, list[Field]]]:
    """Every copy any institution of a country could provide."""
    country = open_existing(folder)
    found = []
    for plan in country.institutions():
        with connect(country.database(plan.party)) as connection:
            for row in connection.execute(sa.select(COPY.c.item, COPY.c.fields)):
                found.append((row.item, msgspec.convert(row.fields, list[Field])))
    return found


def test_every_field_of_every_copy_has_a_word(small_country: Path) -> None:
    """Whatever a body of the sandbox can provide has a label, and its codes are words."""
    found = copies(small_country)
    assert len(found) > 50
    for item, fields in found:
        assert words.category_words(item)
        for field in fields:
            label = words.field_word(item, field.name)
            assert re.search("[ぁ-んァ-ン一-龠]", label), (item, field.name)
            value = words.value_word(item, field.name, field.value)
            assert value not in ("None", str(field.value).replace("-", " ")) or not inner(
                str(field.value)
            )


def inner(text: str) -> bool:
    """Whether a text looks like a name of a program."""
    return re.fullmatch("[a-z]+(-[a-z0-9]+)+", text) is not None


def test_what_has_no_word_is_readable() -> None:
    """A body's own field or code that nobody gave a word to is shown, with spaces."""
    assert words.field_word("municipal-tax", "brand-new-field") == "brand new field"
    assert (
        words.value_word("municipal-tax", "brand-new-field", "brand-new-code") == "brand new code"
    )
    assert words.field_word("family-register", "relation-2-kind") == "relation 2, kind 種別"
    assert words.field_word("municipal-tax", "income-levy") == "income levy, yen 所得割額"
    assert words.value_word("long-term-care-benefit", "level", "care-3") == "care level 3 要介護3"


def test_a_key_of_a_body_is_not_for_people() -> None:
    """A household's number in a body's file says nothing to anybody else."""
    assert not words.is_shown("household-key")
    assert words.is_shown("head-name")
    assert words.is_shown("brand-new-field")


def test_every_outcome_state_and_reason_has_a_word() -> None:
    """What a desk's case can say of its end, its state, a paper or a refuser is in the lists."""
    assert set(words.OUTCOMES) == set(get_args(Outcome))
    assert set(words.STATES) == set(get_args(ExchangeState))
    refusers = get_args(msgspec.structs.fields(DeskExchange)[12].type)[0]
    assert set(words.REFUSERS) == set(get_args(refusers))
    for state in get_args(LineState):
        assert words.state_words(state).endswith(".")


def test_what_waits_or_stopped_is_said_in_words() -> None:
    """No key of ours stands where a clerk reads why something waits, or what is wrong on file."""
    assert set(words.FILE_FINDINGS) == set(get_args(findings.Kind))
    assert set(words.STOPS) == set(get_args(codes.StopKind))
    assert {SUPPORT_MEASURES} <= set(words.OFFICERS_REASONS)
    assert words.officers_reason("a-body-own-reason") == "a body own reason"
    for code in (*words.WAITS, *ERRORS):
        assert not inner(words.waiting_words(code))


@pytest.mark.parametrize("condition", sorted(tables.conditions()))
def test_every_condition_has_words(condition: str) -> None:
    """What an officer states, and the question to the officer, are said in both languages."""
    for said in (words.condition_words(condition), words.condition_question(condition)):
        japanese, english = said.split(" / ")
        assert not japanese.isascii()
        assert english.isascii()
        assert condition not in said
    assert words.condition_words("of-no-table") == "of-no-table"


@pytest.mark.parametrize("subject", sorted(tables.subjects()))
def test_every_subject_has_words(subject: str) -> None:
    """Whom a request is about is said in both languages."""
    named = words.subject_words(subject)
    assert named.split(" ")[0].isascii()
    assert not named.isascii()


def test_none_is_a_word() -> None:
    """What is absent is said to be so; figures above ten thousand are parted."""
    tax = ("municipal-tax", "total-income")
    assert words.value_word(*tax, None) == "none 該当なし"
    given = (True, 245_700, 2026)
    assert [words.value_word(*tax, one) for one in given] == ["yes", "245,700", "2026"]
    assert shown(None) == "-"
    assert shown([]) == "-"


def test_lines_fold_at_spaces_and_never_in_brackets() -> None:
    """A folded line is not wider than its room, and no label in round brackets is broken."""
    text = (
        "  調布市 (Chofu City) asked 法務大臣（戸籍） (Minister of Justice (family register)) today"
    )
    lines = list(fold(text, 60, 4))
    assert lines == [
        "  調布市 (Chofu City) asked 法務大臣（戸籍）",
        "      (Minister of Justice (family register)) today",
    ]
    assert all(width(line) <= 60 for line in lines)


def test_a_piece_wider_than_the_room_stays_whole() -> None:
    """A long path or label stands on a line of its own and keeps its length."""
    lines = list(fold(f"see {'x' * 90} here", 80, 2))
    assert lines == ["see", f"  {'x' * 90}", "  here"]
