"""Codes computed from everybody's keys are those that the protocol gives."""

from pathlib import Path

import sqlalchemy as sa
from running import copy_opened

from renkei.kit.database import connect, reading
from renkei.kit.progress import Progress
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.store import codes as store
from renkei.roles.institution.store.tables import CODE, MARKS_OWED, STOP
from renkei.roles.portal.store.tables import ACCOUNT
from renkei.sandbox.building import open_existing
from renkei.sandbox.computed import open_computed
from renkei.sandbox.country import Country
from renkei.wire.names import PORTAL

WITHOUT = 0.1
"""Of a file without numbers: people whom name, birth date and sex do not tell apart."""
COLUMNS = (CODE.c.person, CODE.c.epoch, CODE.c.element)


def codes(country: Country) -> dict[str, set[tuple[object, ...]]]:
    """Every institution's column of codes, and the portal's set."""
    found = {}
    for plan in country.institutions():
        with reading(country.database(plan.party)) as connection:
            found[plan.party] = {tuple(row) for row in connection.execute(sa.select(*COLUMNS))}
    with reading(country.database(PORTAL)) as connection:
        rows = connection.execute(sa.select(ACCOUNT.c.code).where(ACCOUNT.c.in_set))
        found[PORTAL] = {tuple(row) for row in rows}
    return found


def test_computed_codes_are_those_acquired(tmp_path: Path) -> None:
    """Deleted and computed anew, every code is the one that was acquired, with its mark."""
    country = open_existing(copy_opened(tmp_path / "country"))
    acquired = codes(country)
    for plan in country.institutions():
        with connect(country.database(plan.party)) as connection:
            for table in (CODE, STOP):
                connection.execute(table.delete())
    with connect(country.database(PORTAL)) as connection:
        connection.execute(ACCOUNT.delete().where(ACCOUNT.c.count == 0))
    written = open_computed(country, Progress(quiet=True))
    computed = codes(country)
    assert written == sum(len(one) for one in computed.values())
    for name, those in acquired.items():
        missing = those - computed[name]
        persons = {one[0] for one in missing} & {one[0] for one in computed[name]}
        assert not persons, f"{name}: another code"
        assert len(missing) <= len(those) * WITHOUT, name
    for plan in country.institutions():
        book = CodeBook(country.keys(plan.party))
        with reading(country.database(plan.party)) as connection:
            assert connection.execute(sa.select(MARKS_OWED.c.number)).all() == []
            count = store.count_of(connection, 1)
            rows = [one for at in range(count) if (one := store.at_place(connection, 1, at))]
            assert len(rows) == count > 0
            assert book.whole(rows) == (rows, [])
