"""`renkei law retention`: how long a paper is kept, and what follows then (保存期間と廃棄)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

import msgspec
import typer

from renkei.cli.law_safeguards import (
    Day,
    Language,
    answer_lines,
    cited,
    day_of,
    in_words,
    label,
    needed,
    none_given,
)
from renkei.law.retention import Kept, Retention, retention, retention_rows


class RetentionQuestion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One line: which document, the day its period runs from, the day of asking."""

    document: str
    event: date
    holds_number: bool = True
    still_needed: bool = False
    date: date


WHY: Final = {
    "within-period": ("保存する。この日まで（当日を含む）", "keep it, up to and including"),
    "after-period": (
        "期間を過ぎ、番号を保管する理由がない。廃棄する。満了日",
        "delete it: no ground to keep a number. The period ended on",
    ),
    "still-needed": (
        "期間は過ぎたが、事務に要る間は保管できる。満了日",
        "it may stay while an affair needs it. The period ended on",
    ),
    "no-number-in-it": (
        "保存の期間は過ぎた。番号が無いので廃棄の義務はここに無い。満了日",
        "no longer to be kept; without a number no duty to delete is held here. It ended on",
    ),
    "no-text-for-that-day": (
        "その日の条文は手元に無い",
        "not held here: the text of that day is not at hand",
    ),
    "start-not-held": (
        "手元の条文に起算日が無く、期限は出せない",
        "not held here: no text says from when its period runs",
    ),
    "no-period-held": (
        "手元の条文に期間が無い",
        "not held here: no text names a period",
    ),
}
SECOND_HAND: Final = (
    "期間は解説によるもので、その法令の条文は手元に無い",
    "the period was read in explanations; its own text is not at hand",
)
WITHOUT_DELAY: Final = (
    "廃棄の期限（遅滞なく）は指針の言葉で、手元の条文には無い",
    "by when to delete (without delay) is a guideline's word, not in the texts at hand",
)


def decided(asked: RetentionQuestion) -> Retention:
    """The answer to one question."""
    kept = Kept(
        document=asked.document,
        event=asked.event,
        holds_number=asked.holds_number,
        still_needed=asked.still_needed,
    )
    return retention(kept, asked.date)


def prose(asked: RetentionQuestion, language: str) -> Iterator[str]:
    """The answer in words."""
    answer, ja = decided(asked), language == "ja"
    row = next(one for one in retention_rows() if one.id == asked.document)
    said = label(WHY, answer.why, language)
    if answer.until is not None:
        said = f"{said} {answer.until}"
    name = row.ja if ja else row.en
    yield cited(f"{asked.date}  {name}{'：' if ja else ': '}{said}", answer.article, language)
    if answer.until is not None:
        start = row.start_ja if ja else row.start_en
        counted = f"起点は{start} {asked.event}" if ja else f"it runs from {start}: {asked.event}"
        yield "  - " + cited(counted, answer.period_article, language)
    if answer.basis == "second-hand":
        yield "  - " + SECOND_HAND[0 if ja else 1]
    if answer.action == "delete":
        yield "  - " + WITHOUT_DELAY[0 if ja else 1]


DocumentOption = Annotated[
    str | None, typer.Option("--document", help="Which document; --list names them.")
]
EventOption = Annotated[
    str | None, typer.Option("--event", help="The day its period runs from, YYYY-MM-DD.")
]
NoNumberOption = Annotated[
    bool, typer.Option("--no-number", help="No individual number can be read in it.")
]
StillNeededOption = Annotated[
    bool, typer.Option("--still-needed", help="An affair still needs it.")
]
ListingOption = Annotated[
    bool, typer.Option("--list", help="List the documents, their starts and articles.")
]


def retention_command(
    *,
    document: DocumentOption = None,
    event: EventOption = None,
    day: Day = None,
    no_number: NoNumberOption = False,
    still_needed: StillNeededOption = False,
    listing: ListingOption = False,
    language: Language = "both",
) -> None:
    """Say how long a document is kept (保存期間と廃棄).

    Without options each line of stdin is one object: document (an id that --list names), event
    (the day its period runs from; for declarations any day of the year they are for) and date
    (YYYY-MM-DD), and where wanted holds_number and still_needed (true or false).
    """
    if listing:
        for row in retention_rows():
            start = row.start_en or "start not held"
            typer.echo("\t".join((row.id, row.ja, row.en, start, row.article, row.basis)))
        return
    if none_given((document, event, day, no_number, still_needed)):
        answer_lines(RetentionQuestion, decided)
        return

    def question() -> RetentionQuestion:
        return RetentionQuestion(
            document=needed("--document", document),
            event=needed("--event", day_of("--event", event)),
            holds_number=not no_number,
            still_needed=still_needed,
            date=needed("--day", day_of("--day", day)),
        )

    in_words(question, prose, language)
