"""Rendering pages for people: templates, texts in three languages, headers (画面の描画).

Nothing is decided here. Templates are escaped, an undefined name is an error, a text that lacks a
placeholder or gets one it does not know is an error. Ruby is written ``[漢字|かんじ]`` in texts.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, get_args

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from renkei.kit.eras import era_year, in_tokyo

Language = Literal["ja", "en", "ja-easy"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
FALLBACK: Final[Language] = "ja"
STYLESHEETS: Final = ("tokens.css", "page.css")
ACCEPT_CHARACTERS_LIMIT: Final = 500
"""Characters of an Accept-Language header that are read; the rest is ignored."""

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "vary": "accept-language, cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
"""To be sent with every page: no script, no foreign origin, no frame, no copy kept anywhere."""

_RUBY: Final = re.compile(r"\[([^|\[\]]+)\|([^|\[\]]+)\]")
_READINGS: Final = re.compile(r"<(rt|rp)>.*?</\1>")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LONGEST_MONTH_DAYS: Final = 31
_READ_WITH_P: Final = {0, 1, 3, 4, 6, 8}
_MARKS_LIMIT: Final = 2
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class TextError(KeyError):
    """A text is missing, or its placeholders are not those it was given."""


def neutral(text: str) -> str:
    """A foreign text safe to stand in a sentence (制御文字の無害化).

    Control, format and bidirectional characters become U+FFFD, so that a name can neither turn
    the sentence around nor hide in it; of a pile of combining marks the first two are kept.
    """
    kept: list[str] = []
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks <= _MARKS_LIMIT:
            kept.append(_REPLACEMENT if kind in _HIDDEN else character)
    return "".join(kept)


def named(text: str) -> Markup:
    """A name from outside, isolated from the direction of its neighbours (固有名)."""
    return Markup("<bdi>{}</bdi>").format(neutral(text))


def negotiate(asked: str | None, accept: str | None) -> Language:
    """The language of a page: the one asked for, else the first accepted one, else Japanese."""
    for language in LANGUAGES:
        if asked == language:
            return language
    ranked: list[tuple[float, int, Language]] = []
    for place, part in enumerate((accept or "")[:ACCEPT_CHARACTERS_LIMIT].split(",")):
        tag, _, weight = part.partition(";")
        main = tag.strip().lower().partition("-")[0]
        if main in {"ja", "en"}:
            ranked.append((-_weight(weight), place, "ja" if main == "ja" else "en"))
    wanted = [one for one in sorted(ranked) if one[0] < 0]
    return wanted[0][2] if wanted else FALLBACK


def _weight(text: str) -> float:
    found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", text)
    return float(found[1]) if found else (0.0 if text.strip() else 1.0)


class Texts:
    """The texts of one language (文言)."""

    def __init__(self, language: Language, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = entries

    @property
    def tag(self) -> str:
        """The language as HTML says it: there is no tag for plain Japanese."""
        return "en" if self.language == "en" else "ja"

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def __call__(self, key: str, **values: object) -> Markup:
        """A text with ruby and its values; a plain str among them is made neutral and escaped."""
        ready = {name: _ready(value) for name, value in values.items()}
        return Markup(_filled(key, with_ruby(self._entry(key)), ready))  # noqa: S704

    def plain(self, key: str, **values: object) -> str:
        """A text without any mark-up, for a title or a label; Markup values lose theirs."""
        ready = {
            name: _bare(value) if isinstance(value, Markup) else neutral(str(value))
            for name, value in values.items()
        }
        return _filled(key, without_ruby(self._entry(key)), ready)

    def wants(self, key: str) -> frozenset[str]:
        """The names a text wants filled."""
        return placeholders(self._entry(key))

    def _entry(self, key: str) -> str:
        try:
            return self.entries[key]
        except KeyError:
            raise TextError(f"no text {key!r} in {self.language}") from None


def placeholders(text: str) -> frozenset[str]:
    """The names a text wants filled."""
    return frozenset(_PLACE.findall(text))


def with_ruby(text: str) -> Markup:
    """A text of ours as HTML, its readings above the words (ふりがな)."""
    ruby = r"<ruby>\1<rp>（</rp><rt>\2</rt><rp>）</rp></ruby>"
    return Markup(_RUBY.sub(ruby, str(escape(text))))  # noqa: S704 - escaped before


def without_ruby(text: str) -> str:
    """A text of ours without its readings."""
    return _RUBY.sub(r"\1", text)


def _ready(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape(neutral(str(value)))


def _bare(value: Markup) -> str:
    return Markup(_READINGS.sub("", str(value))).striptags()  # noqa: S704 - only taken away


def _filled(key: str, text: str, values: Mapping[str, str]) -> str:
    wanted = placeholders(text)
    if wanted != values.keys():
        raise TextError(f"text {key!r} wants {sorted(wanted)}, was given {sorted(values)}")
    return _PLACE.sub(lambda found: str(values[found[1]]), text)


def _web() -> Traversable:
    return files("renkei").joinpath("web")  # data only, so no package of its own


@cache
def texts(language: Language) -> Texts:
    """The packaged texts of a language."""
    raw = _web().joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    return Texts(language, json.loads(raw))


@cache
def stylesheet() -> bytes:
    """The one style sheet of all pages: the tokens, then our own rules."""
    folder = _web()
    return b"\n".join(folder.joinpath(name).read_bytes() for name in STYLESHEETS)


@cache
def _environment() -> Environment:
    folder = _web().joinpath("templates")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, language: Language, **context: Any) -> str:
    """A whole page as HTML; the template gets `t` (the texts) and `context`.

    Raises jinja2.UndefinedError and TextError: both are bugs, never the reader's fault.
    """
    return _environment().get_template(template).render(t=texts(language), **context)


def day_text(t: Texts, instant: datetime) -> Markup:
    """A day in Tokyo, its year also in the era: 2026年11月20日（令和8年） (西暦と和暦)."""
    local = in_tokyo(instant)
    era, year = era_year(local.date())
    first = t("date.first-year") if year == 1 else str(year)
    in_era = t("date.in-era", era=t(f"date.era.{era}"), era_year=first)
    text = t(
        "date.day",
        year=local.year,
        month=t(f"date.month.{local.month}"),
        day=t(f"date.dayofmonth.{local.day}"),
        in_era=Markup('<span class="whole">{}</span>').format(in_era),
    )
    return Markup('<time datetime="{}">{}</time>').format(local.date().isoformat(), text)


def time_text(t: Texts, instant: datetime) -> Markup:
    """Time of day in Tokyo, to the minute."""
    local = in_tokyo(instant)
    return t("date.time", hour=local.hour, minute=f"{local.minute:02d}")


def age_text(t: Texts, seconds: float) -> Markup:
    """How long ago something was, in its largest whole unit; the future counts as now."""
    minutes, hours, days = (int(seconds // length) for length in (60, 3_600, 86_400))
    if days > _LONGEST_MONTH_DAYS:
        return t("age.months")
    if days >= 1:
        return t("age.days.one") if days == 1 else t("age.days", count=t(f"date.dayofmonth.{days}"))
    if hours >= 1:
        return t("age.hours.one" if hours == 1 else "age.hours", count=hours)
    if minutes < 1:
        return t("age.now")
    # 分 reads ぷん after these digits; texts of other languages are the same for both.
    key = "age.minutes.p" if minutes % 10 in _READ_WITH_P else "age.minutes"
    return t("age.minutes.one" if minutes == 1 else key, count=minutes)
