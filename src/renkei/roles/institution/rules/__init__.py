"""What an institution decides by itself, a file for each question (機関の判断). Pure."""

from renkei.roles.institution.rules.case_plan import (
    TOO_LARGE,
    File,
    Line,
    bodies_of,
    conditions_wanted,
    items_wanted,
    lines_again,
    lines_for,
    met_on_file,
    said_by_file,
)
from renkei.roles.institution.rules.offered_attributes import (
    OFFERS_ABOUT_PERSON,
    OFFERS_OF_REQUESTER,
    Fit,
    may_look,
    the_one,
)
from renkei.roles.institution.rules.person_on_file import Person, attributes_of
from renkei.roles.institution.rules.question_of_case import CASE_OPEN_DAYS, Bond, judge_bond

__all__ = [
    "CASE_OPEN_DAYS",
    "OFFERS_ABOUT_PERSON",
    "OFFERS_OF_REQUESTER",
    "TOO_LARGE",
    "Bond",
    "File",
    "Fit",
    "Line",
    "Person",
    "attributes_of",
    "bodies_of",
    "conditions_wanted",
    "items_wanted",
    "judge_bond",
    "lines_again",
    "lines_for",
    "may_look",
    "met_on_file",
    "said_by_file",
    "the_one",
]
