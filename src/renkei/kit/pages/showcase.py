"""SANDBOX: one page with every part of pages, looked at and tested like any other (部品の見本).

Whoever adds a part shows it here; the tests of pages then look at it in three languages, light and
dark, narrow, and by keyboard alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from renkei.kit.eras import TOKYO
from renkei.kit.pages.asking import Answer, Asked, download, page
from renkei.kit.pages.components import TONES, Column, Download, Notice, Steps, Table, pager
from renkei.kit.pages.dates import day_text
from renkei.kit.pages.forms import (
    Agreed,
    Day,
    Digits,
    File,
    Lines,
    OneOf,
    OneOfMany,
    PageForm,
    SomeOf,
    Words,
    at_most,
    between,
    encoding,
    fits,
    needed,
)
from renkei.kit.pages.frame import Site, Visit, address, show
from renkei.kit.pages.routes import PUBLIC, PageRoute, get, post
from renkei.kit.pages.texts import texts

ROLE: Final = "showcase"
UPLOAD_BYTES_LIMIT: Final = 40 * 1024
_LIST, _SIZE = 60, 20
_FIRST, _LAST = date(1900, 1, 1), date(2026, 12, 31)
_REFERENCE: Final = "476 147 3122"
"""As one is written: this one is of no transaction."""
_DAY: Final = datetime(2026, 11, 29, 12, tzinfo=TOKYO)
_FILE: Final = b'{"sample": true}\n'


class Sample(PageForm):
    """A form with a field of every kind."""

    person = Words(
        "sample.name",
        help="sample.name.help",
        rules=[needed(), at_most(40)],
        autocomplete="name",
    )
    post_code = Digits(
        "sample.post-code",
        help="sample.post-code.help",
        rules=[fits("[0-9]{7}", "sample.post-code.wrong")],
        autocomplete="postal-code",
        width="short",
    )
    birth = Day(
        "sample.birth",
        help="sample.birth.help",
        rules=[needed(), between(_FIRST, _LAST)],
        width="short",
    )
    way = OneOf(
        "sample.way",
        options=[("post", "sample.way.post"), ("desk", "sample.way.desk")],
        rules=[needed()],
    )
    office = OneOfMany(
        "sample.office",
        options=[("tax", "sample.office.tax"), ("children", "sample.office.children")],
    )
    languages = SomeOf(
        "sample.languages",
        help="sample.languages.help",
        options=[("ja", "sample.languages.ja"), ("en", "sample.languages.en")],
    )
    reason = Lines("sample.reason", rules=[at_most(200)])
    paper = File(
        "sample.paper",
        help="sample.paper.help",
        media_types=["application/pdf", "image/png"],
        most_bytes=UPLOAD_BYTES_LIMIT,
    )
    agreed = Agreed("sample.agreed", rules=[needed()])


def routes(around: Site, path: str) -> list[PageRoute]:
    """The page at `path`, its form, its sheet and its file, within a role's door."""
    site = Site(ROLE, around.home, around.sign_in, sandbox=around.sandbox)
    sheet, file = f"{path}/sheet", f"{path}/file"

    async def look(asked: Asked[Any]) -> Answer:
        number = asked.number("page") or 1
        return page(_shown(site, path, asked.visit, Sample(office="tax"), number))

    async def send(asked: Asked[Any]) -> Answer:
        form = Sample(asked.form)
        good = form.validate()
        html = _shown(site, path, asked.visit, form, 1, sent=good)
        return page(html, 200 if good else 422)

    async def print_sheet(asked: Asked[Any]) -> Answer:
        return page(_sheet(site, sheet, asked.visit))

    async def take(_asked: Asked[Any]) -> Answer:
        return download(_FILE, "sample.json")

    return [
        get(path, PUBLIC, look),
        post(path, PUBLIC, send),
        get(sheet, PUBLIC, print_sheet),
        get(file, PUBLIC, take, "application/json"),
    ]


def _shown(
    site: Site, path: str, visit: Visit, form: Sample, number: int, *, sent: bool = False
) -> str:
    t = texts(visit.language, ROLE)
    title = t.plain("showcase.title.wrong" if form.errors else "showcase.title")
    return show(
        site,
        visit,
        "showcase.html",
        title,
        (path, {"page": number} if number > 1 else {}),
        notices=[
            Notice(tone, t(f"notice.{tone}.heading"), t(f"notice.{tone}.text")) for tone in TONES
        ],
        badges=[(tone, t(f"badge.{tone}")) for tone in TONES],
        table=_table(visit, rows=3),
        empty=_table(visit, rows=0),
        pairs=[
            {"label": t(f"sample.{one}"), "value": t(f"sample.{one}.value")}
            for one in ("name", "birth")
        ],
        steps=Steps([t(f"step.{number}") for number in (1, 2, 3, 4)], now=2),
        pager=pager(path, visit.language, number, _LIST, _SIZE),
        reference=_REFERENCE,
        download=Download(t("showcase.file"), f"{path}/file", "JSON", len(_FILE)),
        form=form,
        enctype=encoding(form),
        action=address(path, visit.language),
        sent=sent,
        sheet=address(f"{path}/sheet", visit.language),
    )


def _table(visit: Visit, *, rows: int) -> Table:
    t = texts(visit.language, ROLE)
    cells = [
        [t(f"row.{number}"), t(f"row.{number}.office"), t(f"row.{number}.count")]
        for number in range(1, rows + 1)
    ]
    columns = [
        Column(t("column.case")),
        Column(t("column.office")),
        Column(t("column.count"), True),
    ]
    caption = t("table.caption" if rows else "table.caption.empty")
    return Table(caption, columns, cells, empty=t("table.empty"))


def _sheet(site: Site, path: str, visit: Visit) -> str:
    t = texts(visit.language, ROLE)
    sheet = {
        "heading": t("sheet.heading"),
        "day": day_text(t, _DAY),
        "reference": _REFERENCE,
        "ask": t("sheet.ask"),
    }
    title = t.plain("sheet.heading")
    return show(site, visit, "showcase_sheet.html", title, (path, {}), sheet=sheet)
