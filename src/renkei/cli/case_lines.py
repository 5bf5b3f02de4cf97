"""What a case could not answer, line by line, in a clerk's words (案件の行の説明)."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from renkei.kit.pages.wording import Wording
from renkei.law.planning import Question
from renkei.wire.institution.desk import DeskCase, DeskLine

NEEDS_NO_WORD: Final = frozenset({"asking", "provided", "own-data"})
"""States of a line whose answer is there, on its way, or the body's own."""
FORMS: Final = {"who": "PERSON,PERSON or nobody", "body": "PARTY", "place": "CODE"}
"""What stands behind a question's name to answer it."""


def unanswered(case: DeskCase) -> Iterator[str]:
    """A sentence for every item that brought nothing, in Japanese and English.

    Lines of one item that have one reason share it.
    """
    said: dict[tuple[str, str], list[str]] = {}
    for line in case.lines:
        if line.state not in NEEDS_NO_WORD:
            said.setdefault((_item(line), _why(line)), []).append(_about(line))
    for (item, why), about in said.items():
        yield f"{item}, {', '.join(dict.fromkeys(about))}: {why}"


def open_conditions(case: DeskCase) -> list[str]:
    """What nobody has stated yet of what lines wait for, each once, in the order of the lines."""
    waiting = (line.open for line in case.lines if line.state == "condition-open")
    return list(dict.fromkeys(one for some in waiting for one in some))


def open_questions(case: DeskCase) -> Iterator[str]:
    """Each question but limits: its name, its words in Japanese and English, and its answer's form.

    Limits are listed apart (`open_conditions`).
    """
    for one in case.questions:
        if one.kind == "condition":
            continue
        asked = Question(one.kind, one.about, one.person, one.category, one.year)
        words = _both(*(words.question(asked) for words in _words()))
        yield f"{one.question}={FORMS[one.kind]}: {words}"


def is_open(case: DeskCase) -> bool:
    """Whether anything is still to come: a question, a request, or everything (未了)."""
    return not case.settled or bool(case.questions) or is_silent(case)


def is_silent(case: DeskCase) -> bool:
    """Whether a procedure's case asked nobody and found nothing of its own: nothing came of it."""
    return bool(case.lines) and all(
        line.tx is None and line.state != "own-data" for line in case.lines
    )


def _item(line: DeskLine) -> str:
    return _both(*(words.item(line.item) for words in _words()))


def _about(line: DeskLine) -> str:
    subject = _both(*(words.subject(line.subject) for words in _words()))
    return f"{subject} {line.person}" if line.person else subject


def _why(line: DeskLine) -> str:
    return _both(*(words.line_state(line.state, line.needs) for words in _words()))


def _words() -> tuple[Wording, Wording]:
    return Wording("ja"), Wording("en")


def _both(japanese: Markup, english: Markup) -> str:
    return f"{japanese.striptags()} / {english.striptags()}"
