"""From an error to a page: one way, for every role and every door (エラー画面).

A code of the closed list, of the reasons of the law, of HTTP's edge, or one of the pages' own has
a text in every language. Nothing of the request stands in the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from renkei.kit.http_forms import RETRY_AFTER_SECONDS
from renkei.kit.limits import TurnedAway
from renkei.kit.pages.asking import Answer, PageError, page
from renkei.kit.pages.frame import Site, Visit, address, show
from renkei.kit.pages.names import quoted_exactly
from renkei.kit.pages.wording import Wording
from renkei.wire.errors import EDGE_ERRORS, ERRORS, WireError

SIGNED_OUT_CODES: Final = ("never-signed-in", "ran-out")
OWN_CODES: Final = (*SIGNED_OUT_CODES, "form-outdated", "not-granted", "wrong-host")
"""Codes of pages that every role has; each has the text `trouble.<code>`."""
_BUSY: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: its code, its HTTP status, and what may be said of it (不具合)."""

    code: str
    status: int
    article: str | None = None
    incident: str | None = None
    retry_after_seconds: int | None = None


def trouble_of(error: WireError | PageError | TurnedAway) -> Trouble:
    """What an error is to whoever looks; anything else is a bug and comes with an incident."""
    if isinstance(error, WireError):
        later = error.retry_after_seconds
        return Trouble(error.code, error.kind.status, error.article, retry_after_seconds=later)
    if isinstance(error, PageError):
        return Trouble(error.code, error.status)
    later = error.retry_after_seconds
    return Trouble(error.code, status_of(error.code), retry_after_seconds=later)


def trouble_page(site: Site, visit: Visit, trouble: Trouble) -> str:
    """What went wrong and what to do next, as HTML (エラー画面)."""
    words = Wording(visit.language, site.role)
    t, code = words.texts, trouble.code
    own = f"trouble.{code}"
    heading = f"trouble.heading.{code}"
    law = words.law(trouble.article, None)
    to = site.sign_in if visit.signed_in is None else site.home
    incident = trouble.incident
    return show(
        site,
        visit,
        "error.html",
        t.plain("trouble.title") if heading not in t else t.plain(heading),
        (site.home, {}),
        heading=t(heading if heading in t else "trouble.heading"),
        text=t(own) if own in t else words.failure(code),
        tone="wait" if code in SIGNED_OUT_CODES else "stop",
        article=None if law is None else t("trouble.article", law=law),
        incident=None if incident is None else quoted_exactly(incident),
        again=None if code in SIGNED_OUT_CODES else t("trouble.again"),
        next_label=t("trouble.sign-in" if visit.signed_in is None else "trouble.back"),
        next_href=address(to, visit.language),
    )


def trouble_answer(site: Site, visit: Visit, trouble: Trouble) -> Answer:
    """The page of an error with its status and, where it passes, when to come back."""
    headers = retry_after(trouble)
    return page(trouble_page(site, visit, trouble), trouble.status, **headers)


def retry_after(trouble: Trouble) -> Mapping[str, str]:
    """The header that says when to come back; 429 and 503 always have one."""
    seconds = trouble.retry_after_seconds
    if seconds is None and trouble.status in _BUSY:
        seconds = RETRY_AFTER_SECONDS
    return {} if seconds is None else {"retry-after": str(seconds)}


def status_of(code: str) -> int:
    """The HTTP status of a code of the closed list or of the edge; 500 for any other."""
    kind = ERRORS.get(code) or EDGE_ERRORS.get(code)
    return 500 if kind is None else kind.status
