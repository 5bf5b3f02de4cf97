"""Coming to a sandbox country from a terminal: what is missing is said, with what to type next."""

import re
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from renkei.cli.saying import fail, program
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.country import Country, open_existing

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
PERSON: Final = re.compile("[0-9A-Z]{1,32}")


def existing_country(folder: Path) -> Country:
    """The country in a folder; ends with a sentence where there is none."""
    try:
        return open_existing(folder.absolute())
    except FileNotFoundError:
        fail(
            f"there is no country in {folder}; type `{program()} up` first, in a terminal of its "
            "own, or name the country's folder with --folder"
        )
    except OSError as error:
        fail(error)


def running_country(folder: Path) -> Country:
    """The country in a folder, whose processes run; ends with a sentence where none do."""
    country = existing_country(folder)
    if not country.is_running():
        fail(still(folder))
    return country


def still(folder: Path) -> str:
    """What to say of a country that stands still, with what to type next."""
    return (
        f"nothing runs in {folder}; type `{program()} up --folder {shlex.quote(str(folder))}` in "
        "another terminal, or name another country's folder with --folder"
    )


def institution_of(country: Country, name: str) -> PartyPlan:
    """The institution of that name; ends with the names there are."""
    for plan in country.institutions():
        if plan.party == name:
            return plan
    known = ", ".join(plan.party for plan in country.institutions())
    fail(f"--institution is one of: {known}")


def office_at(office: str | None, plan: PartyPlan) -> str:
    """An office of an institution, its first where none is named; ends with those there are."""
    known = [one.office for one in plan.offices]
    if office is None:
        return known[0]
    if office not in known:
        fail(f"--office of {plan.party} is one of: {', '.join(known)}")
    return office


def check_person(person: str, institution: str) -> None:
    """End with the way to the ids where this is none: a name typed by mistake is not repeated."""
    if not PERSON.fullmatch(person):
        fail(
            "--person is the institution's own id of a person, in capital letters and digits; type "
            f"`{program()} desk persons --institution {institution}` to see them"
        )


def check_case(case: str) -> None:
    """End with the form of a case's number where this is none."""
    from renkei.wire.institution.desk import CaseNumber

    if not fits(case, CaseNumber):
        fail(
            "--case is the number under which the case was opened, up to 40 letters, digits and "
            f"hyphens: the first line of what `{program()} desk procedure` prints"
        )


def check_officer(officer: str) -> None:
    """End with what an officer's name is at a desk where this is none."""
    from renkei.wire.institution.desk import Officer

    if not fits(officer, Officer):
        fail("--officer is a name of the office's own, up to 40 letters, digits and hyphens")


def check_waiting(requester: str, tx: str, country: Country, institution: str) -> None:
    """End with the way to what waits where this can be none of it."""
    from renkei.wire.fields import TxText

    known = [plan.party for plan in country.institutions()]
    if requester not in known or not fits(tx, TxText):
        fail(
            "--requester and --tx name a request that waits; type "
            f"`{program()} desk pending --institution {institution}` to see them"
        )


def fits(text: str, form: Any) -> bool:
    """Whether a text has the form of a field."""
    import msgspec

    try:
        msgspec.convert(text, form)
    except msgspec.ValidationError:
        return False
    return True


def check_procedure(procedure: str) -> None:
    """End with the way to the procedures where this is none of them."""
    from renkei.law import procedures

    if procedure not in procedures():
        fail(f"--procedure is one of those that `{program()} desk procedures` lists")


def check_conditions(stated: list[str], procedure: str, day: date) -> None:
    """End with what can be stated for a procedure where something else is."""
    from renkei.law import procedure as law_procedure
    from renkei.roles.institution.rules import conditions_wanted

    possible = conditions_wanted(law_procedure(procedure).affairs, day)
    if possible.issuperset(stated):
        return
    if not possible:
        fail(f"--state: nothing has to be stated for the procedure {procedure}; leave it out")
    fail(f"--state for {procedure} is one of: {', '.join(sorted(possible))}")


def check_known(stated: list[str]) -> None:
    """End with the way to the conditions where one of these is in no table."""
    from renkei.law import tables

    if not tables.conditions().keys() >= set(stated):
        fail(
            "a condition is one of those that the case shows under what has to be stated first; "
            f"type `{program()} desk case` to see them"
        )


def read_file(folder: Path, institution: str, work: Callable[["Connection"], T]) -> T:
    """Read an institution's database file, also while it runs; ends with a sentence on failure."""
    from renkei.kit.database import DatabaseError, RevisionMismatch, reading
    from renkei.roles.institution.store import REVISION
    from renkei.run.config import upgrade_command

    country = existing_country(folder)
    institution_of(country, institution)
    try:
        with reading(country.database(institution), revision=REVISION) as connection:
            return work(connection)
    except RevisionMismatch as error:
        fail(f"{error}; run: {upgrade_command('institution', country.config_path(institution))}")
    except (DatabaseError, OSError) as error:
        fail(error)
