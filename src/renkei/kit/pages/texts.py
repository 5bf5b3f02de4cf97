"""Texts in three languages: which language, strict places, readings (文言).

A text that lacks a placeholder or gets one it does not know is an error. Readings are written
``[漢字|かんじ]``. The texts of a role are those of `web/shared` and those of `web/<role>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Literal, get_args

from markupsafe import Markup, escape

from renkei.kit.pages.names import neutral

Language = Literal["ja", "en", "ja-easy"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
FALLBACK: Final[Language] = "ja"
TONGUES: Final[Mapping[Language, str]] = {
    "ja": "日本語",
    "en": "English",
    "ja-easy": "やさしい日本語",
}
"""Languages by their own names: who looks for one need not read another."""
SHARED: Final = "shared"
"""The folder of what all roles show."""
ACCEPT_CHARACTERS_LIMIT: Final = 500
"""Characters of an Accept-Language header that are read; the rest is ignored."""

_RUBY: Final = re.compile(r"\[([^|\[\]]+)\|([^|\[\]]+)\]")
_READINGS: Final = re.compile(r"<(rt|rp)>.*?</\1>")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


class TextError(KeyError):
    """A text is missing or stands twice, or its placeholders are not those it was given."""


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


def web(role: str = SHARED) -> Traversable:
    """The folder of a role's templates and texts; data only, so no package of its own."""
    return files("renkei").joinpath("web", role)


@cache
def entries(role: str, language: Language) -> Mapping[str, str]:
    """The texts in a role's own folder (`SHARED` among them); TextError for a key given twice."""
    raw = web(role).joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    pairs: list[tuple[str, str]] = json.loads(raw, object_pairs_hook=list)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise TextError(f"a text of {role} stands twice in {language}")
    return found


@cache
def texts(language: Language, role: str = SHARED) -> Texts:
    """The packaged texts of a language: those of every role, and those of one.

    Raises TextError where a role says anew what all roles share.
    """
    shared = entries(SHARED, language)
    if role == SHARED:
        return Texts(language, shared)
    own = entries(role, language)
    if twice := shared.keys() & own.keys():
        raise TextError(f"{role} repeats shared texts in {language}: {sorted(twice)}")
    return Texts(language, {**shared, **own})
