"""Whole pages of the portal, from what the service read to HTML (画面の組立て).

Every function takes a `Visit` (whose eyes, which language) and gives a page.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from renkei.crypto import account_tree
from renkei.kit.eras import TOKYO
from renkei.kit.pages.components import Download, Notice, Pager, Tone
from renkei.kit.pages.dates import age_text, day_text, time_text
from renkei.kit.pages.frame import Visit, address, show
from renkei.kit.pages.names import named, quoted_exactly
from renkei.kit.pages.texts import Language, Texts, texts
from renkei.roles.portal.pages import addresses
from renkei.roles.portal.pages.addresses import ROLE, SITE
from renkei.roles.portal.pages.sentences import (
    LineWording,
    compared,
    nothing_given,
    reference,
    sentences,
)
from renkei.roles.portal.rules import PAGE_LINES
from renkei.wire.history import HistoryLine, HistoryView

witness_age_alarm_seconds: Final = 3_600
"""Age of the last cosignature from which a page warns."""
_FILE_KIND: Final = "JSON"


def history_page(view: HistoryView, visit: Visit, *, start: int | None = None) -> str:
    """The history, newest first; `view.lines` are the lines of this page (やりとり履歴).

    `start` is the line it begins with, None for the newest.
    """
    language = visit.language
    t = texts(language, ROLE)
    pages = _pager(view, start, language)
    first = pages.page == 1
    title = t.plain("history.title") if first else t.plain("history.title.page", page=pages.page)
    count = "history.count.one" if view.total == 1 else "history.count"
    return show(
        SITE,
        visit,
        "history.html",
        title,
        (addresses.HISTORY, {"from": start} if start is not None else {}),
        witness=_witness(view, language),
        age=_age(view, language),
        nobodys=_nobodys(view, t),
        total=view.total,
        count=t(count, total=f"{view.total:,}"),
        lines=[sentences(line, language) for line in view.lines],
        pager=pages,
        compared=[compared(one, language) for one in view.comparisons],
        wrong=address(addresses.WRONG, language),
        save=address(addresses.SAVE, language),
    )


def line_page(view: HistoryView, line: HistoryLine, visit: Visit) -> str:
    """One line with all its details; `view` tells the age of the last cosignature (詳細)."""
    language = visit.language
    t = texts(language, ROLE)
    state: Tone = "good" if line.witnessed else "wait"
    proof = Notice(state, t(f"proof.{state}.heading"), t(f"proof.{state}.text"))
    return show(
        SITE,
        visit,
        "line.html",
        t.plain("line.title"),
        (addresses.LINE, {"place": line.number}),
        line=sentences(line, language),
        groups=_groups(line, LineWording(language)),
        proof=proof,
        age=_age(view, language),
        back=_page_from(line.number + (view.total - line.number) % PAGE_LINES, view, language),
        wrong=address(addresses.WRONG, language),
    )


def _pager(view: HistoryView, start: int | None, language: Language) -> Pager:
    """Where a page stands among all, as near as it can be said, and its neighbours by line."""
    pages = max(1, -(-view.total // PAGE_LINES))
    begins = view.total if start is None else start
    before = max(0, view.total - begins)
    older = begins - PAGE_LINES
    return Pager(
        min(-(-before // PAGE_LINES) + 1, pages),
        pages,
        newer=_page_from(begins + PAGE_LINES, view, language) if before else None,
        older=_page_from(older, view, language) if 0 < older < view.total else None,
    )


def _page_from(start: int, view: HistoryView, language: Language) -> str:
    """The address of the page that begins with a line; the newest has no number in it."""
    query = {"from": start} if start < view.total else {}
    return address(addresses.HISTORY, language, **query)


def save_page(view: HistoryView, visit: Visit) -> str:
    """The download behind its warning, and how to verify the file (保存と検証)."""
    t = texts(visit.language, ROLE)
    return show(
        SITE,
        visit,
        "save.html",
        t.plain("save.title"),
        (addresses.SAVE, {}),
        witness=_witness(view, visit.language),
        files=_files(view, t),
    )


def _files(view: HistoryView, t: Texts) -> list[Download]:
    """The file, or all its parts, made at the one log size that was stated last."""
    number = account_tree.parts(view.total)
    if number == 1:
        return [Download(t("save.button"), addresses.FILE, _FILE_KIND)]
    log = {"log": view.stated_size} if view.stated_size else {}
    return [
        Download(
            t("save.part", part=part, parts=number),
            f"{addresses.FILE}?{urlencode({'part': part, **log})}",
            _FILE_KIND,
        )
        for part in range(1, number + 1)
    ]


def wrong_page(visit: Visit) -> str:
    """What to do if a line looks wrong: whom to ask, how to complain (苦情の申出)."""
    t = texts(visit.language, ROLE)
    contacts = [
        {"label": t(f"contact.{one}.label"), "value": t(f"contact.{one}")}
        for one in ("office", "phone", "mail")
    ]
    title = t.plain("wrong.title")
    return show(SITE, visit, "wrong.html", title, (addresses.WRONG, {}), contacts=contacts)


def sign_in_page(personas: Sequence[str], visit: Visit) -> str:
    """SANDBOX: buttons that sign a persona in, loudly (試験用の本人指定)."""
    t = texts(visit.language, ROLE)
    return show(
        SITE,
        visit,
        "sign_in.html",
        t.plain("sign-in.title"),
        (addresses.SIGN_IN, {}),
        action=address(addresses.SIGN_IN, visit.language),
        people=[{"value": one, "label": persona_label(one, t)} for one in personas],
        history=address(addresses.HISTORY, visit.language),
        components=address(addresses.SHOWCASE, visit.language),
    )


def persona_label(persona: str, t: Texts) -> Markup:
    """SANDBOX: a persona by what it stands for."""
    return t(f"persona.{persona}") if f"persona.{persona}" in t else named(persona)


def _witness(view: HistoryView, language: Language) -> Notice:
    """How old the Commission's last cosignature is, as a box; past an hour it is an alarm."""
    t = texts(language, ROLE)
    if view.witnessed_at is None:
        alarm: Tone = "stop" if view.log_size else "wait"
        return Notice(alarm, t("witness.never.heading"), t("witness.never.text"))
    age = (view.shown_at - view.witnessed_at).total_seconds()
    tone: Tone = "stop" if age > witness_age_alarm_seconds else "good"
    state = "late" if tone == "stop" else "good"
    spoken = age_text(t, age)
    return Notice(tone, t(f"witness.{state}.heading"), t(f"witness.{state}.text", age=spoken))


def _nobodys(view: HistoryView, t: Texts) -> Notice | None:
    """That there are lines nobody can place, of which some may be this person's."""
    if not view.unassigned:
        return None
    text = t("nobodys.text", number=f"{view.unassigned:,}")
    if view.loss is not None:
        day = datetime.fromisoformat(view.loss.day).replace(tzinfo=TOKYO)
        reason = t("nobodys.reason", reason=named(view.loss.reason))
        text = t("nobodys.accepted", text=text, day=day_text(t, day), reason=reason)
    return Notice("stop", t("nobodys.heading"), text)


def _age(view: HistoryView, language: Language) -> Markup:
    """The same in one line."""
    t = texts(language, ROLE)
    if view.witnessed_at is None:
        return t("witness.never.heading")
    return t("witness.age", age=age_text(t, (view.shown_at - view.witnessed_at).total_seconds()))


def _groups(line: HistoryLine, words: LineWording) -> list[dict[str, Any]]:
    """The details in three groups: what was asked, how it ended, where it is recorded."""
    t = words.texts
    request = {
        "asked_at": day_text(t, line.asked_at) + " " + time_text(t, line.asked_at),
        "requester": words.name(line.requester),
        "office": words.name(line.office),
        "provider": words.name(line.provider),
        "procedure": words.procedure(line),
        "affair": words.affair(line.affair, line.sub_affair),
        "items": words.items(line.items),
        "content": t(f"detail.content.{'nothing' if nothing_given(line) else 'none'}"),
        "subject": words.subject(line.subject),
    }
    if line.conditions:
        request["conditions"] = words.conditions(line.conditions)
    record = {
        "reference": Markup('<code class="reference">{}</code>').format(reference(line)),
        "tx": quoted_exactly(line.tx),
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


def _outcomes(line: HistoryLine, words: LineWording) -> Mapping[str, Markup]:
    t = words.texts
    law = words.law(line.article, None)
    silent = "none" if line.allowed else "not-asked"
    refused = t("detail.refused", reason=words.reason(line.reason))
    return {
        "judgement": t("detail.allowed") if line.allowed else refused,
        "article": t("detail.no-article") if law is None else law,
        "row": t("detail.no-row") if line.row is None else named(line.row),
        "provider_outcome": t(f"outcome.provider.{line.provider_outcome or silent}"),
        "requester_outcome": t(f"outcome.requester.{line.requester_outcome or silent}"),
    }
