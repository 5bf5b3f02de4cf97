"""What a case could not answer, line by line, in a clerk's words (案件の行の説明)."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from renkei.kit.pages.wording import Wording
from renkei.law.planning import Question
from renkei.wire.institution.desk import DeskCase, DeskLine, DeskQuestion

NEEDS_NO_WORD: Final = frozenset({"asking", "provided", "own-data"})
"""States of a line whose answer is there, on its way, or the body's own."""
ASKED_BY: Final = {
    "relation-not-held": "who",
    "holder-not-named": "body",
    "place-not-held": "place",
    "condition-open": "condition",
}
"""Which kind of question a line in such a state waits for."""
FORMS: Final = {"who": "PERSON,PERSON or nobody", "body": "PARTY", "place": "CODE"}
"""What stands behind a question's name to answer it."""


def unanswered(case: DeskCase) -> Iterator[str]:
    """A sentence for whoever something could not be had about, in Japanese and English.

    Items about the same people that have one reason share it. What waits for a question of the
    case is told there.
    """
    about: dict[tuple[str, str], list[str]] = {}
    for line in case.lines:
        if line.state not in NEEDS_NO_WORD and not _is_asked(line, case):
            about.setdefault((_item(line), _why(line)), []).append(_about(line))
    said: dict[tuple[str, str], list[str]] = {}
    for (item, why), people in about.items():
        said.setdefault((", ".join(dict.fromkeys(people)), why), []).append(item)
    for (people_, why), items in said.items():
        yield f"{'; '.join(items)}: {people_}: {why}"


def _is_asked(line: DeskLine, case: DeskCase) -> bool:
    """Whether a line waits for a question that the case shows."""
    kind = ASKED_BY.get(line.state)
    return any(
        one.kind == kind and (one.about in line.open if kind == "condition" else _means(one, line))
        for one in case.questions
    )


def _means(question: DeskQuestion, line: DeskLine) -> bool:
    if question.person is None:
        return question.about == line.subject
    return question.person == line.person


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
        waiting = f"{one.lines} wait for it" if one.lines > 1 else "1 waits for it"
        yield f"{one.question}={FORMS[one.kind]}: {words} ({waiting})"


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
