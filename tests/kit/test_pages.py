"""Rendering for people: languages, foreign names, readings, strict texts, days and their eras."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from renkei.kit.eras import era_year, in_tokyo
from renkei.kit.pages.dates import age_text, day_text, time_text
from renkei.kit.pages.names import named, neutral
from renkei.kit.pages.rendering import SECURITY_HEADERS
from renkei.kit.pages.texts import LANGUAGES, TextError, Texts, negotiate, texts


@pytest.mark.parametrize(
    ("asked", "accept", "language"),
    [
        ("ja-easy", "en", "ja-easy"),
        (None, "en-GB,en;q=0.9,ja;q=0.8", "en"),
        (None, "fr, ja;q=0.5, en;q=0.4", "ja"),
        (None, "en;q=0, ja;q=0.1", "ja"),
        (None, "en;q=0", "ja"),
        (None, "en;q=nonsense", "ja"),
        (None, "EN-us", "en"),
        ("klingon", None, "ja"),
        (None, "", "ja"),
        (None, "*", "ja"),
    ],
)
def test_language_asked_for_wins(asked: str | None, accept: str | None, language: str) -> None:
    """The language asked for comes first, then the reader's first accepted one, then Japanese."""
    assert negotiate(asked, accept) == language


@given(st.text(max_size=200), st.text(max_size=900))
def test_any_header_gives_a_language(asked: str, accept: str) -> None:
    """No address and no header makes the choice of language fail."""
    assert negotiate(asked, accept) in LANGUAGES


def test_names_cannot_turn_a_sentence_around() -> None:
    """Control and bidirectional characters in a name are shown as U+FFFD, never obeyed."""
    assert neutral("a\u202eb\u2066c\x00d\x1b\n\u200be") == "a�b�c�d���e"


def test_names_keep_variant_characters() -> None:
    """A variant character keeps its selector: 葛󠄀 is not 葛 (異体字)."""
    assert neutral("葛\U000e0100飾") == "葛\U000e0100飾"


def test_piles_of_marks_are_cut() -> None:
    """A pile of combining marks cannot grow over its neighbours."""
    assert neutral("e" + "\u0301" * 90) == "e\u0301\u0301"


@given(st.text(max_size=60))
def test_names_are_never_mark_up(text: str) -> None:
    """Whatever a name holds, only the isolating element around it is mark-up."""
    shown = str(named(text))
    inside = shown.removeprefix("<bdi>").removesuffix("</bdi>")
    assert not set(inside) & set("<>\"'")


def test_values_are_escaped_and_readings_set() -> None:
    """A reading becomes ruby, a value is escaped, and a value cannot bring a reading or a place."""
    t = Texts("ja-easy", {"k": "[役所|やくしょ]の {name}"})
    shown = str(t("k", name="<b>[x|y]{name}"))
    assert shown == (
        "<ruby>役所<rp>（</rp><rt>やくしょ</rt><rp>）</rp></ruby>の &lt;b&gt;[x|y]{name}"
    )


def test_plain_text_has_no_readings() -> None:
    """A title has neither mark-up nor readings, its values included."""
    t = Texts("ja-easy", {"k": "[役所|やくしょ] {day} {mark}", "d": "[今日|きょう]"})
    assert t.plain("k", day=t("d"), mark="<b>") == "役所 今日 <b>"


@pytest.mark.parametrize("values", [{}, {"name": 1, "more": 2}])
def test_placeholders_are_strict(values: dict[str, int]) -> None:
    """A text fails rather than show a hole or drop a value."""
    with pytest.raises(TextError, match="wants"):
        Texts("ja", {"k": "{name}"})("k", **values)


def test_a_missing_text_is_an_error() -> None:
    """A key without a text fails and names the language."""
    with pytest.raises(TextError, match="in en"):
        texts("en")("no.such.key")


@pytest.mark.parametrize(
    ("day", "era", "year"),
    [
        (date(2026, 11, 20), "reiwa", 8),
        (date(2019, 5, 1), "reiwa", 1),
        (date(2019, 4, 30), "heisei", 31),
        (date(1989, 1, 8), "heisei", 1),
        (date(1989, 1, 7), "showa", 64),
        (date(1926, 12, 25), "showa", 1),
        (date(1926, 12, 24), "taisho", 15),
        (date(1912, 7, 30), "taisho", 1),
        (date(1912, 7, 29), "meiji", 45),
        (date(1873, 1, 1), "meiji", 6),
    ],
)
def test_eras_change_on_their_day(day: date, era: str, year: int) -> None:
    """An era begins on its first day with year 1, and the day before is of the era before."""
    assert era_year(day) == (era, year)


def test_days_before_the_calendar_are_refused() -> None:
    """A day before the Gregorian calendar has no era year here, and an instant needs a zone."""
    with pytest.raises(ValueError, match="1873"):
        era_year(date(1872, 12, 31))
    with pytest.raises(ValueError, match="time zone"):
        in_tokyo(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("language", "day", "time"),
    [
        ("ja", "2019年5月1日（令和元年）", "0時05分"),
        ("en", "1 May 2019 (Reiwa 1)", "0:05"),
        ("ja-easy", "2019年 5月 1日 （令和 元年）", "0:05"),
    ],
)
def test_days_are_days_in_tokyo(language: str, day: str, time: str) -> None:
    """A day is Tokyo's, with the year of its era; the first year is 元年."""
    t = texts(language)
    instant = datetime(2019, 4, 30, 15, 5, tzinfo=UTC)
    shown = re.sub(r"<(rt|rp)>.*?</\1>", "", str(day_text(t, instant)))
    assert 'datetime="2019-05-01"' in shown
    assert Markup(shown).striptags() == day
    assert str(time_text(t, instant)) == time


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "less than a minute ago"),
        (timedelta(seconds=59), "less than a minute ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=4), "4 minutes ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=31), "31 days ago"),
        (timedelta(days=32), "more than a month ago"),
    ],
)
def test_ages_are_told_in_their_largest_unit(age: timedelta, words: str) -> None:
    """An age is told in whole units, rounded down, and the future counts as now."""
    assert str(age_text(texts("en"), age.total_seconds())) == words


def test_headers_forbid_script_and_frames() -> None:
    """Nothing but our own style sheet may load, no frame may hold a page, no cache keeps it."""
    policy = SECURITY_HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert SECURITY_HEADERS["cache-control"] == "no-store"
    assert SECURITY_HEADERS["referrer-policy"] == "no-referrer"
