"""Opening a large country at once: codes computed from everybody's keys (符号の一括計算, 計測用).

What the protocol comes to, without the protocol: nobody but a sandbox holds all these keys. The
codes are those that acquiring would give, with the marks that institutions give their rows.
"""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from renkei.crypto.codes import base_element
from renkei.kit.database import connect
from renkei.kit.progress import Progress
from renkei.roles.individual_number.service.filling import SEED_KEY
from renkei.roles.individual_number.store.tables import RESIDENT
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.store.tables import CODE, PERSON
from renkei.roles.portal.store import codes as portal_codes
from renkei.sandbox.country import Country
from renkei.values.individual_number import IndividualNumber
from renkei.values.institution_code import InstitutionCode
from renkei.wire.names import INDIVIDUAL_NUMBER, LINKAGE, PORTAL

EPOCH: Final = 1
ATTRIBUTES: Final = ("name", "birth_date", "sex")
"""By which somebody is found where a file has no number, as in the family register."""
Bases = dict[IndividualNumber | tuple[str, str, str], bytes | None]
"""B_p by individual number, and by name, birth date and sex; None where several have these."""


def open_computed(country: Country, progress: Progress) -> int:
    """Write every code of a new country that does not run; gives how many were written."""
    with progress.step("computing the codes of everybody on file"):
        bases = _bases(country)
        written = _portal(country, bases)
        for plan in country.institutions():
            scalar = country.keys(LINKAGE).scalar(f"scalar-{plan.party}-{EPOCH}")
            with connect(country.database(plan.party)) as connection:
                book = CodeBook(country.keys(plan.party))
                written += _institution(connection, bases, scalar.multiply, book)
    country.save(opened=True)
    return written


def _bases(country: Country) -> Bases:
    keys = country.keys(INDIVIDUAL_NUMBER)
    with connect(country.database(INDIVIDUAL_NUMBER)) as connection:
        columns = (RESIDENT.c[name] for name in ("individual_number", "link_seed", *ATTRIBUTES))
        found: Bases = {}
        for number, seed, *attributes in connection.execute(sa.select(*columns)):
            base = base_element(lambda data: keys.mac(SEED_KEY, data, "sha512"), seed)
            found[number] = base
            known = (*attributes,)
            found[known] = None if known in found else base
        connection.execute(RESIDENT.update().values(in_portal_set=True))
    return found


def _portal(country: Country, bases: Bases) -> int:
    scalar = country.keys(LINKAGE).scalar(f"scalar-{PORTAL}-{EPOCH}")
    with connect(country.database(PORTAL)) as connection:
        whole = {base for base in bases.values() if base is not None}
        for base in whole:
            portal_codes.add_to_set(connection, scalar.multiply(base))
    return len(whole)


def _institution(
    connection: Connection, bases: Bases, multiply: Callable[[bytes], bytes], book: CodeBook
) -> int:
    names = ("person", "individual_number", *ATTRIBUTES)
    persons = connection.execute(sa.select(*(PERSON.c[name] for name in names)))
    rows = []
    for person, number, *attributes in persons:
        base = bases.get((*attributes,) if number is None else number)
        if base is not None:
            element = multiply(base)
            mark = book.mark(person, number, InstitutionCode(element, EPOCH))
            rows.append({"person": person, "epoch": EPOCH, "element": element, "mark": mark})
    if rows:
        connection.execute(CODE.insert(), rows)
    return len(rows)
