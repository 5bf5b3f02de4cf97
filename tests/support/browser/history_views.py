"""Histories to look at: made up, one for each thing a page has to show (架空の履歴)."""

from datetime import UTC, datetime, timedelta

import msgspec

from renkei.wire.history import HistoryLine, HistoryView, Named

NOW = datetime(2026, 11, 20, 5, 32, tzinfo=UTC)
TX = "019aa0c2-7d10-7{:03x}-9abc-1234567890ab"
CHOFU = Named(id="chofu-city", name_ja="調布市", name_en="Chofu City")
ICHIKAWA = Named(id="ichikawa-city", name_ja="市川市", name_en="Ichikawa City")
PENSION = Named(id="pension-service", name_ja="日本年金機構", name_en="Japan Pension Service")
CHILD_OFFICE = Named(id="child-support", name_ja="子ども家庭課", name_en="Child and family office")
PERMITTED = HistoryLine(
    number=1,
    tx=TX.format(1),
    leaf=120,
    asked_at=NOW - timedelta(minutes=40),
    requester=CHOFU,
    office=CHILD_OFFICE,
    provider=ICHIKAWA,
    affair="106",
    sub_affair="108-1",
    items=["municipal-tax"],
    subject="claimant",
    allowed=True,
    article="命令第108条第1号ロ",
    row="106",
    reason="permitted",
    requester_outcome="provided",
    provider_outcome="provided",
    witnessed=True,
)


def changed(line: HistoryLine, **fields: object) -> HistoryLine:
    """The same line with other fields."""
    return msgspec.structs.replace(line, **fields)


REFUSED = changed(
    PERMITTED,
    subject="spouse",
    allowed=False,
    article="命令第108条第1号ロ",
    reason="subject-not-permitted",
    requester_outcome=None,
    provider_outcome=None,
)
TECHNICAL = changed(REFUSED, article=None, row=None, reason="suspended")
PENSIONED = changed(
    PERMITTED,
    provider=PENSION,
    affair="107",
    sub_affair="109-1",
    items=["pension-benefit"],
    article="命令第109条第1号",
    row="107",
)
OUTCOMES = (
    ("provided", "provided"),
    ("provided", None),
    (None, "provided"),
    ("no-data", "no-data"),
    ("withheld", "withheld"),
    ("refused", "refused"),
    ("lapsed", "lapsed"),
    ("provided", "not-received"),
    (None, None),
    ("no-data", "provided"),
)
"""What the body asked and the body asking report, in every combination a page tells apart."""


def view(lines: list[HistoryLine], *, total: int | None = None, minutes: int = 3) -> HistoryView:
    """A page of a history, numbered from its oldest line, witnessed `minutes` ago."""
    count = len(lines) if total is None else total
    numbered = [
        changed(
            line,
            number=count - index,
            leaf=4_000 + 3 * (count - index),
            tx=TX.format(count - index),
            asked_at=NOW - timedelta(hours=7 * index + 1),
        )
        for index, line in enumerate(lines)
    ]
    return HistoryView(
        lines=numbered,
        total=count,
        log_size=9_000,
        witnessed_size=8_990,
        witnessed_at=NOW - timedelta(minutes=minutes),
        shown_at=NOW,
    )


def story() -> HistoryView:
    """What the parent of the sandbox story sees: fresh, given, refused."""
    fresh = changed(PERMITTED, requester_outcome=None, provider_outcome=None, witnessed=False)
    return view([changed(fresh, items=["resident-record"]), PERMITTED, PENSIONED, REFUSED])


def every_outcome() -> HistoryView:
    """A line for every way an exchange can end, and both kinds of refusal."""
    ended = [
        changed(PERMITTED, provider_outcome=gave, requester_outcome=asked)
        for gave, asked in OUTCOMES
    ]
    return view([*ended, REFUSED, TECHNICAL])


def many(start: int | None = None, page_lines: int = 20, total: int = 45) -> HistoryView:
    """A long history, of which a page holds a part: from a line down, or from the newest."""
    kinds = [PERMITTED, PENSIONED, REFUSED, changed(PERMITTED, items=["resident-record"])]
    lines = [kinds[index % len(kinds)] for index in range(total)]
    whole = view(lines)
    return msgspec.structs.replace(whole, lines=from_line(whole, start).lines[:page_lines])


def from_line(whole: HistoryView, start: int | None) -> HistoryView:
    """What is left of a history from a line down."""
    kept = [line for line in whole.lines if start is None or line.number <= start]
    return msgspec.structs.replace(whole, lines=kept)


def stated() -> HistoryView:
    """What rests on a clerk's statement, a word of no table among it, and what was refused so."""
    housing = {"affair": "53", "sub_affair": "55-4", "subject": "applicant", "row": "53"}
    housing |= {"article": "命令第55条第4号", "conditions": ["runs-public-housing"]}
    given = changed(PERMITTED, **housing)
    refused = {"allowed": False, "reason": "condition-open", "provider_outcome": None}
    open_still = changed(given, **refused, requester_outcome=None, conditions=["under-19"])
    return view([changed(given, conditions=["under-19", "zodiac-sign"]), given, open_still])


def empty() -> HistoryView:
    """Nobody has ever asked."""
    return view([])


def late() -> HistoryView:
    """The Commission has not cosigned for over an hour."""
    fresh = changed(PERMITTED, witnessed=False)
    return view([fresh, PERMITTED], minutes=61)


def never() -> HistoryView:
    """The Commission has never cosigned."""
    fresh = changed(PERMITTED, witnessed=False)
    return msgspec.structs.replace(view([fresh]), witnessed_at=None, witnessed_size=0)


def long_names() -> HistoryView:
    """Names as long as a directory may hold, without a place to break, and many items."""
    requester = Named(id="long", name_ja="長" * 200, name_en="L" * 200)
    items = [
        "municipal-tax", "resident-record", "family-register", "receiving-account",
        "special-child-rearing-allowance", "foreign-education-preparation-benefit",
    ]  # fmt: skip
    return view([changed(PERMITTED, requester=requester, office=requester, items=items)])


def hostile() -> HistoryView:
    """Names that try to turn the sentence around, to hide in it, or to be mark-up."""
    backwards = "調布市\u202e市川\u202c\x00\x1b[31m\u200b"
    markup = '<script>alert(1)</script>"><b>'
    requester = Named(id="bidi", name_ja=backwards, name_en=backwards)
    office = Named(id="markup", name_ja=markup, name_en=markup)
    piled = Named(id="piled", name_ja="e" + "\u0301" * 80, name_en="e" + "\u0301" * 80)
    unknown = {"affair": "999", "sub_affair": "no-such", "items": ["no-such"], "subject": "nobody"}
    line = changed(PERMITTED, requester=requester, office=office, provider=piled, **unknown)
    return view([line, changed(REFUSED, requester=office, article="<i>法第1条", reason="odd")])


ALL = {
    "story": story(),
    "every-outcome": every_outcome(),
    "many": many(),
    "stated": stated(),
    "empty": empty(),
    "late": late(),
    "never": never(),
    "long-names": long_names(),
    "hostile": hostile(),
}
