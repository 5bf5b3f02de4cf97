"""Whole pages of the portal, from what the service read to HTML (画面の組立て).

Every function takes a `Visit` (whose eyes, which language) and gives a page. Send it with
`kit.pages.SECURITY_HEADERS`; the one style sheet is `kit.pages.stylesheet()` at `addresses.STYLE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from renkei.kit.pages import (
    LANGUAGES,
    Language,
    age_text,
    day_text,
    named,
    render,
    texts,
    time_text,
)
from renkei.roles.portal.pages import addresses
from renkei.roles.portal.pages.addresses import address
from renkei.roles.portal.pages.sentences import Wording, sentences
from renkei.roles.portal.rules import PAGE_LINES
from renkei.wire.history import HistoryLine, HistoryView

witness_age_alarm_seconds: Final = 3_600
"""Age of the last cosignature from which a page warns."""
TONGUES: Final[dict[Language, str]] = {"ja": "日本語", "en": "English", "ja-easy": "やさしい日本語"}
"""Languages by their own names: who looks for one need not read another."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is looking, and in which language (閲覧)."""

    language: Language
    persona: str | None = None
    """SANDBOX: the persona signed in; None: nobody is, and there is no menu."""
    sandbox: bool = True


def history_page(view: HistoryView, visit: Visit, *, page: int = 1) -> str:
    """The history, newest first; `view.lines` are the lines of this page (やりとり履歴).

    `page` counts from 1 in steps of PAGE_LINES lines.
    """
    language = visit.language
    t = texts(language)
    pages = max(1, -(-view.total // PAGE_LINES))
    title = t.plain("history.title") if page == 1 else t.plain("history.title.page", page=page)
    count = "history.count.one" if view.total == 1 else "history.count"
    return render(
        "history.html",
        language,
        frame=_frame(visit, title, addresses.HISTORY, **({"page": page} if page > 1 else {})),
        witness=_witness(view, language),
        total=view.total,
        count=t(count, total=f"{view.total:,}"),
        lines=[sentences(line, language) for line in view.lines],
        page=page,
        pages=pages,
        first_page=address(addresses.HISTORY, language),
        newer=_page_address(page - 1, language) if 1 < page <= pages else None,
        older=_page_address(page + 1, language) if page < pages else None,
        wrong=address(addresses.WRONG, language),
        save=address(addresses.SAVE, language),
    )


def line_page(view: HistoryView, line: HistoryLine, visit: Visit) -> str:
    """One line with all its details; `view` tells the age of the last cosignature (詳細)."""
    language = visit.language
    t = texts(language)
    state = "good" if line.witnessed else "wait"
    return render(
        "line.html",
        language,
        frame=_frame(visit, t.plain("line.title"), addresses.LINE, place=line.number),
        line=sentences(line, language),
        groups=_groups(line, Wording(language)),
        proof={
            "tone": state,
            "heading": t(f"proof.{state}.heading"),
            "text": t(f"proof.{state}.text"),
            "age": _witness(view, language)["age"],
        },
        back=_page_address(page_of(line.number, view.total), language),
        wrong=address(addresses.WRONG, language),
    )


def page_of(number: int, total: int) -> int:
    """The page of the history, from 1, that line `number` of `total` stands on."""
    return max(0, total - number) // PAGE_LINES + 1


def _page_address(page: int, language: Language) -> str:
    return address(addresses.HISTORY, language, **({"page": page} if page > 1 else {}))


def save_page(view: HistoryView, visit: Visit) -> str:
    """The download behind its warning, and how to verify the file (保存と検証)."""
    title = texts(visit.language).plain("save.title")
    return render(
        "save.html",
        visit.language,
        frame=_frame(visit, title, addresses.SAVE),
        witness=_witness(view, visit.language),
        file=addresses.FILE,
    )


def wrong_page(visit: Visit) -> str:
    """What to do if a line looks wrong: whom to ask, how to complain (苦情の申出)."""
    title = texts(visit.language).plain("wrong.title")
    return render("wrong.html", visit.language, frame=_frame(visit, title, addresses.WRONG))


def sign_in_page(personas: Sequence[str], visit: Visit) -> str:
    """SANDBOX: links that sign a persona in, loudly (試験用の本人指定)."""
    t = texts(visit.language)
    people = [
        {
            "href": address(addresses.persona_path(persona), visit.language),
            "label": _persona(persona, visit.language),
        }
        for persona in personas
    ]
    frame = _frame(visit, t.plain("sign-in.title"), addresses.SIGN_IN)
    return render("sign_in.html", visit.language, frame=frame, people=people)


def error_page(
    code: str, visit: Visit, *, article: str | None = None, incident: str | None = None
) -> str:
    """What went wrong and what to do, with nothing of the request in it (エラー画面).

    `code` is one of wire.errors, of wire.reasons, or `signed-out` or `line-unknown`.
    """
    t, words = texts(visit.language), Wording(visit.language)
    own = f"trouble.{code}"
    law = words.law(article, None)
    return render(
        "error.html",
        visit.language,
        frame=_frame(visit, t.plain("trouble.title"), addresses.HISTORY),
        text=t(own) if code in ("signed-out", "line-unknown") else words.failure(code),
        article=None if law is None else t("trouble.article", law=law),
        incident=None if incident is None else named(incident),
        back=address(addresses.HISTORY if visit.persona else addresses.SIGN_IN, visit.language),
    )


def _frame(visit: Visit, title: str, path: str, **query: int) -> dict[str, Any]:
    """What stands around every page: title, languages, menu, sandbox banner."""
    t = texts(visit.language)
    ways = (("history", addresses.HISTORY), ("save", addresses.SAVE), ("wrong", addresses.WRONG))
    return {
        "title": f"{title} - {t.plain('service')}",
        "style": addresses.STYLE,
        "sandbox": visit.sandbox,
        "persona": _persona(visit.persona, visit.language) if visit.persona else None,
        "other_person": address(addresses.SIGN_IN, visit.language) if visit.persona else None,
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
                "label": t(f"way.{name}"),
                "href": address(target, visit.language),
                "current": target == path,
            }
            for name, target in ways
            if visit.persona
        ],
    }


def _persona(persona: str, language: Language) -> Markup:
    t = texts(language)
    return t(f"persona.{persona}") if f"persona.{persona}" in t else named(persona)


def _witness(view: HistoryView, language: Language) -> dict[str, Any]:
    """How old the Commission's last cosignature is, as a box; past an hour it is an alarm."""
    t = texts(language)
    if view.witnessed_at is None:
        tone = "stop" if view.log_size else "wait"
        heading = t("witness.never.heading")
        return {"tone": tone, "heading": heading, "text": t("witness.never.text"), "age": heading}
    age = (view.shown_at - view.witnessed_at).total_seconds()
    state, tone = ("late", "stop") if age > witness_age_alarm_seconds else ("good", "good")
    spoken = age_text(t, age)
    return {
        "tone": tone,
        "heading": t(f"witness.{state}.heading"),
        "text": t(f"witness.{state}.text", age=spoken),
        "age": t("witness.age", age=spoken),
    }


def _groups(line: HistoryLine, words: Wording) -> list[dict[str, Any]]:
    """The details in three groups: what was asked, how it ended, where it is recorded."""
    t = words.texts
    request = {
        "asked_at": day_text(t, line.asked_at) + " " + time_text(t, line.asked_at),
        "requester": words.name(line.requester),
        "office": words.name(line.office),
        "provider": words.name(line.provider),
        "procedure": words.procedure(line),
        "affair": words.affair(line),
        "items": words.items(line.items),
        "subject": words.subject(line.subject),
    }
    record = {
        "tx": Markup("<code>{}</code>").format(line.tx),
        "number": t("detail.number.text", number=line.number),
        "leaf": f"{line.leaf:,}",
    }
    named_groups = (("request", request), ("result", _outcomes(line, words)), ("record", record))
    return [
        {
            "heading": t(f"group.{name}"),
            "rows": [{"label": t(f"detail.{key}"), "value": value} for key, value in rows.items()],
        }
        for name, rows in named_groups
    ]


def _outcomes(line: HistoryLine, words: Wording) -> dict[str, Markup]:
    t = words.texts
    law = words.law(line.article, None)
    silent = "none" if line.allowed else "not-asked"
    refused = t("detail.refused", reason=words.reason(line.reason))
    return {
        "judgement": t("detail.allowed") if line.allowed else refused,
        "article": t("detail.no-article") if law is None else law,
        "row": t("detail.no-row") if line.row is None else named(line.row),
        "provider_outcome": t(f"outcome.{line.provider_outcome or silent}"),
        "requester_outcome": t(f"outcome.{line.requester_outcome or silent}"),
    }
