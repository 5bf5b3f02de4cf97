"""What a desk may answer to the questions of a case, and what plans read from it (回答). Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from renkei.law.planning import Answers, Question
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.wire.institution.desk import DeskAnswer

_FIELDS: Final = {"who": "persons", "body": "body", "place": "place"}


def value_of(answer: DeskAnswer) -> object:
    """What an answer says: persons in order, each once, a party, or a municipality."""
    if answer.persons is not None:
        return tuple(sorted(set(answer.persons)))
    return answer.body if answer.body is not None else answer.place


def fits(answer: DeskAnswer) -> bool:
    """Whether exactly that is said which the question asks for: persons, a body or a place."""
    given = [name for name in _FIELDS.values() if getattr(answer, name) is not None]
    return given == [_FIELDS[answer.question.partition(":")[0]]]


def answers(said: Mapping[str, object]) -> Answers:
    """What was answered by question, as plans are made from it; each value fits its question."""
    who = dict[str, tuple[PersonId, ...]]()
    bodies, places = dict[str, str](), dict[str, MunicipalityCode]()
    conditions = dict[str, bool]()
    for question, value in said.items():
        kind, _, about = question.partition(":")
        match kind, value:
            case "who", tuple():
                who[about] = value
            case "place", MunicipalityCode():
                places[question] = value
            case "body", str():
                bodies[question] = value
            case "condition", bool():
                conditions[about] = value
    return Answers(who=who, bodies=bodies, places=places, conditions=conditions)


def named(given: Iterable[DeskAnswer]) -> frozenset[PersonId]:
    """Whoever is named in answers: a plan needs to know what is on file of them."""
    return frozenset(person for one in given for person in one.persons or ())


def open_questions(asked: Iterable[Question]) -> dict[str, tuple[Question, int]]:
    """Each question once by its name, in order, with how many lines wait for it (未回答の質問)."""
    found = dict[str, tuple[Question, int]]()
    for one in asked:
        before = found.get(one.name)
        found[one.name] = (one, before[1] + 1 if before is not None else 1)
    return found
