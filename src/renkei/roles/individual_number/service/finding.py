"""Finding whom an institution means: by number, else by attributes, compared one way (照合).

Nothing is decided here: `rules` compares and chooses. What is found carries whom it counts for.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from renkei.roles.individual_number import rules
from renkei.roles.individual_number.store import register
from renkei.values.addresses import parse_address
from renkei.values.birth_date import BirthDate
from renkei.values.individual_number import NumberScheme
from renkei.values.likeness import the_only
from renkei.values.names import finder, search_name
from renkei.values.reveal import Purpose
from renkei.wire.individual_number.messages import (
    AcquireSubject,
    FieldVerdict,
    FourAttributes,
    Verdict,
)

_TOWN_BEGINS: Final = 3
"""Characters of a place that neighbours' addresses hold too; enough to look at few."""
Row = tuple[str, bytes, rules.RegisteredPerson]
"""Resident code, link seed and attributes of one person of the register."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom the register has for a question, and how the attributes compare.

    `sought` names the person found, else the number or the person asked for; it is digested
    before it is kept. `guess`: nobody near was found, or without a number nobody who agrees.
    """

    verdict: Verdict
    fields: list[FieldVerdict]
    sought: str
    guess: bool
    about: str | None = None
    """Resident code of whom it was about, to all appearance; the body that asks is not told."""
    resident_code: str | None = None
    link_seed: bytes | None = None


def find(connection: Connection, subject: AcquireSubject, scheme: NumberScheme) -> Found:
    """Look a person up and compare: one way, whether a number was given or not."""
    own = subject.attributes
    number = subject.individual_number
    if number is None:
        return _by_attributes(connection, own)
    row = register.find_by_number(connection, number) if number.scheme is scheme else None
    if row is None:
        sought = f"number:{number.reveal(Purpose.DERIVE)}"
        return _nobody(sought, guess=True, with_number=True)
    compared = rules.compare(own, row[2])
    if not compared.near:
        return _nobody(f"resident:{row[0]}", guess=True, with_number=True, about=row[0])
    return _found(row, compared)


def _by_attributes(connection: Connection, own: FourAttributes) -> Found:
    birth = BirthDate.parse(own.birth_date)
    may_be = finder(own.name)
    codes = [
        code
        for code, name, common in register.born_like(connection, birth, own.sex)
        if may_be(name) or (common is not None and may_be(common))
    ]
    rows = [row for code in codes if (row := register.find_by_code(connection, code)) is not None]
    compared = [rules.compare(own, person) for _, _, person in rows]
    chosen = the_only([one.who_and_where for one in compared])
    if chosen is not None:
        found = _found(rows[chosen], compared[chosen])
        if found.verdict == "differ":  # the answer is that of nobody, and counts for this one
            return _nobody(found.sought, guess=True, with_number=False, about=found.about)
        return found
    near = [row for row, one in zip(rows, compared, strict=True) if one.near]
    near = near or _neighbours(connection, birth, own)
    if near:
        # Counted for one of them: names and addresses tried out make no new person sought.
        code = near[0][0]
        return _nobody(f"resident:{code}", guess=True, with_number=False, about=code)
    sought = f"person:{search_name(own.name)}:{own.birth_date}:{own.sex}"
    return _nobody(sought, guess=True, with_number=False)


def _neighbours(connection: Connection, birth: BirthDate, own: FourAttributes) -> list[Row]:
    """Who has another name but this birth date and sex, and lives at the address."""
    place = parse_address(own.address).place[:_TOWN_BEGINS]
    if not place:
        return []
    people = register.born_like_in(connection, birth, own.sex, place)
    return [row for row in people if rules.compare(own, row[2]).near]


def _found(row: Row, compared: rules.Compared) -> Found:
    code, link_seed, _ = row
    return Found(
        compared.verdict, compared.fields, f"resident:{code}", False, code, code, link_seed
    )


def _nobody(sought: str, *, guess: bool, with_number: bool, about: str | None = None) -> Found:
    verdict, fields = rules.no_such_person(with_number)
    return Found(verdict, fields, sought, guess, about)
