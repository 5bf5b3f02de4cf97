"""What stands around every page of a role: name, languages, menu, who is signed in (画面の枠).

A role says it once as a `Site`; a `Visit` is who looks at one page, in which language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from renkei.kit.pages.dates import time_text
from renkei.kit.pages.rendering import render
from renkei.kit.pages.texts import LANGUAGES, TONGUES, Language, texts
from renkei.kit.pages.tokens import FIELD

STYLE: Final = "/style.css"
STAY: Final = "/session/stay"
SIGN_OUT: Final = "/session/end"
SIGNED_OUT: Final = "/session/ended"
Query = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the menu: the key of its text and where it leads (メニュー項目)."""

    key: str
    path: str


@dataclass(frozen=True, slots=True)
class Site:
    """What a role says of all its pages, once (サイト)."""

    role: str
    """The folder under `web/` with its templates and texts; `service` names it to people."""
    home: str
    sign_in: str
    ways: Sequence[Way] = ()
    """The menu of whoever is signed in."""
    sandbox: bool = True
    """Says on every page that nothing here is real."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a page shows of a session: as whom, and until when (ログイン状態)."""

    label: Markup
    ends_at: datetime
    last: bool = False
    """Whether use no longer moves the end: the page warns."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks, in which language (閲覧)."""

    language: Language
    signed_in: SignedIn | None = None
    form_token: str = field(default="", repr=False)


def address(path: str, language: Language, **query: int | str) -> str:
    """A link that keeps the language; no number of a person and no code ever stands in one.

    The language is in the address, so that it holds without cookie and script.
    """
    return f"{path}?{urlencode({'lang': language, **query})}"


def show(
    site: Site,
    visit: Visit,
    template: str,
    title: str,
    at: tuple[str, Query],
    **context: Any,
) -> str:
    """A whole page of a role as HTML: its template inside its frame (画面).

    `title` is plain text that tells the page apart; `at` is the page's own path and what in its
    query belongs to it, for the links to other languages and for staying signed in.
    """
    around = frame(site, visit, title, at)
    return render(site.role, template, visit.language, frame=around, **context)


def frame(site: Site, visit: Visit, title: str, at: tuple[str, Query]) -> dict[str, Any]:
    """What `base.html` needs of a page."""
    t = texts(visit.language, site.role)
    path, query = at
    return {
        "title": f"{title} - {t.plain('service')}",
        "service": t("service"),
        "style": STYLE,
        "sandbox": site.sandbox,
        "session": _session(site, visit, at),
        "field": FIELD,
        "form_token": visit.form_token,
        "tongues": [
            {
                "label": TONGUES[language],
                "tag": texts(language).tag,
                "href": address(path, language, **query),
                "current": language == visit.language,
            }
            for language in LANGUAGES
        ],
        "ways": [
            {
                "label": t(way.key),
                "href": address(way.path, visit.language),
                "current": way.path == path,
            }
            for way in site.ways
            if visit.signed_in is not None
        ],
    }


def _session(site: Site, visit: Visit, at: tuple[str, Query]) -> dict[str, Any] | None:
    """As whom somebody is signed in, until when, and the two buttons: stay, sign out."""
    if visit.signed_in is None:
        return None
    t, (path, query) = texts(visit.language, site.role), at
    kept = "session.last" if visit.signed_in.last else "session.until"
    return {
        "who": t("session.who", who=visit.signed_in.label),
        "until": t(kept, time=time_text(t, visit.signed_in.ends_at)),
        "last": visit.signed_in.last,
        "stay": address(STAY, visit.language),
        "sign_out": address(SIGN_OUT, visit.language),
        "back": address(path, visit.language, **query),
        "other": address(site.sign_in, visit.language) if site.sandbox else None,
    }
