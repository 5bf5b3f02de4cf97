"""Reading a country from its file: every fault is named with its place (国の定義ファイル).

The file says who takes part. What it says is checked against the law's tables and the registered
roles before anything is built.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from renkei.kit.config import Config, ConfigError, load
from renkei.law import tables
from renkei.law.use import FAMILY_REGISTER
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import AUTHORITY, Blueprint, Holder, PartyPlan
from renkei.sandbox.people.casting import HOUSEHOLDS
from renkei.sandbox.people.tables import Municipality, Town, towns_of
from renkei.values import MunicipalityCode
from renkei.wire.fields import Affair, Label, PartyId, Word
from renkei.wire.linkage.directory import Office, OrdinanceFiling, OrdinanceWithholding
from renkei.wire.names import (
    EVERYONE,
    INDIVIDUAL_NUMBER,
    INSTITUTION,
    LINKAGE,
    OVERSIGHT,
    PORTAL,
    Role,
)

MUNICIPALITIES_LEAST: Final = 2
CENTRE: Final = (LINKAGE, INDIVIDUAL_NUMBER, PORTAL, OVERSIGHT)
"""Parties without which nothing is exchanged; there is one of each, named like its role."""
_MAYORS: Final = {"34100": "hiroshima-mayor", "42201": "nagasaki-mayor"}
"""Mayors whom some act names (被爆者援護法49条)."""
_WARDS: Final = "131"
_CITIES: Final = ("1", "2")


class OfficeRow(Config, frozen=True, kw_only=True):
    """An office, and which affairs it handles (担当組織, 事務分掌)."""

    office: Word
    name_ja: Label
    name_en: Label
    affairs: Annotated[list[Affair], Meta(max_length=400)] | None = None
    """Rows of the provision table and ordinance affairs; left out: all its body may ask for."""


class TownRow(Config, frozen=True, kw_only=True):
    """A town inside a municipality (町字)."""

    name: Label
    postal_code: Annotated[str, Meta(pattern=r"^[0-9]{7}\Z")]


class MunicipalityRow(Config, frozen=True, kw_only=True):
    """A municipality: one institution, and where people live (市区町村)."""

    body: Annotated[str, Meta(pattern=r"^(0[1-9]|[1-3][0-9]|4[0-7])[0-9]{3}\Z")]
    """The five digits of its code; the check digit is computed."""
    party: PartyId
    name_ja: Label
    name_en: Label
    kana: Label
    prefecture: Label
    use_affair: str
    households: Annotated[list[str], Meta(max_length=100)] = []
    towns: Annotated[list[TownRow], Meta(max_length=2_000)] = []
    filings: Annotated[list[OrdinanceFiling], Meta(max_length=200)] = []
    withholdings: Annotated[list[OrdinanceWithholding], Meta(max_length=200)] = []


class PartyRow(Config, frozen=True, kw_only=True):
    """A party that is no municipality (機関)."""

    party: PartyId
    role: Role
    kind: Word
    name_ja: Label
    name_en: Label
    offices: Annotated[list[OfficeRow], Meta(max_length=200)] = []
    use_affair: str | None = None
    attributes_accepted: bool = True
    holds: str | None = None
    body: Annotated[str, Meta(pattern=r"^(0[1-9]|[1-3][0-9]|4[0-7])[0-9]{3}\Z")] | None = None
    """The five digits of a place's code, for a body of a place, e.g. a prefecture's."""
    process: Word | None = None
    """Parties of one role with the same word share a process; left out: one of its own."""


class CountryFile(Config, frozen=True, kw_only=True):
    """A whole country as its file says it (国)."""

    municipalities: Annotated[list[MunicipalityRow], Meta(max_length=1_800)]
    municipal_offices: Annotated[list[OfficeRow], Meta(min_length=1, max_length=200)]
    parties: Annotated[list[PartyRow], Meta(max_length=1_000)]


class MoreParties(Config, frozen=True, kw_only=True):
    """Parties beside those of a country (追加の機関)."""

    parties: Annotated[list[PartyRow], Meta(max_length=1_000)]


def read(path: Path) -> Blueprint:
    """The country that a file describes; raises ConfigError naming the file, the place, the fault.

    At most 1 MiB, 1,800 municipalities and 1,000 other parties.
    """
    return _blueprint(path, load(path, CountryFile), path.read_bytes())


def _blueprint(path: Path, found: CountryFile, text: bytes) -> Blueprint:
    faults = [*_faults(found)]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigError(f"{path}: {faults[0]}{more}")
    homes = tuple(_municipality(row) for row in found.municipalities)
    cities = (
        _city(row, home, found.municipal_offices)
        for row, home in zip(found.municipalities, homes, strict=True)
    )
    others = [_plan(row) for row in found.parties]
    centre = [plan for plan in others if plan.role in CENTRE]
    return Blueprint(
        text=text,
        municipalities=homes,
        plans=(*centre, *cities, *(plan for plan in others if plan.role not in CENTRE)),
    )


@cache
def default() -> Blueprint:
    """The country that comes with the package."""
    with as_file(files("renkei") / "sandbox" / "data" / "country.toml") as path:
        return read(path)


@cache
def whole() -> Blueprint:
    """The same with a body of every kind that a procedure asks, several in one process."""
    with as_file(files("renkei") / "sandbox" / "data") as folder:
        path, more = folder / "country.toml", folder / "more_bodies.toml"
        found, others = load(path, CountryFile), load(more, MoreParties)
        both = msgspec.structs.replace(found, parties=[*found.parties, *others.parties])
        return _blueprint(more, both, path.read_bytes() + more.read_bytes())


CORE: Final = "core"
COUNTRIES: Final[Mapping[str, Callable[[], Blueprint]]] = {CORE: default, "whole": whole}
"""The countries that come with the package, by name."""


# -- what can be wrong ---------------------------------------------------------------------------


def _faults(found: CountryFile) -> Iterator[str]:
    """Every fault, each with its place and what to write instead."""
    if len(found.municipalities) < MUNICIPALITIES_LEAST:
        yield "municipalities: name at least two; people move between them"
    rows = [(f"municipalities[{at}]", row) for at, row in enumerate(found.municipalities)]
    yield from _twice("party", [*found.municipalities, *found.parties])
    bodies = [row.body for row in found.municipalities]
    yield from (f"municipalities: body {one} stands twice" for one in _repeated(bodies))
    households = [one for row in found.municipalities for one in row.households]
    yield from (f"households: {one} stands twice; each lives once" for one in _repeated(households))
    for place, municipality in rows:
        yield from _municipality_faults(place, municipality)
    for at, party in enumerate(found.parties):
        yield from _party_faults(f"parties[{at}]", party)
    for name in sorted({*_names(found)} & _reserved(found)):
        yield f"party {name!r} is the name of something else in every country; choose another"
    for name in CENTRE:
        if sum((one.party, one.role) == (name, name) for one in found.parties) != 1:
            yield f"parties: one party must be called {name!r} and have that role"


def _twice(key: str, rows: Sequence[MunicipalityRow | PartyRow]) -> Iterator[str]:
    for name in _repeated([row.party for row in rows]):
        yield f"{key} {name!r} stands twice; every party has a name of its own"


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted(one for one, times in Counter(names).items() if times > 1)


def _names(found: CountryFile) -> list[str]:
    return [*(row.party for row in found.municipalities), *(row.party for row in found.parties)]


def _reserved(found: CountryFile) -> set[str]:
    """Names that a party cannot have: of desks and people's doors, of folders, of everybody."""
    named = _names(found)
    doors = {f"{name}-{door}" for name in named for door in ("desk", "people")}
    return doors | {AUTHORITY, EVERYONE}


def _municipality_faults(place: str, row: MunicipalityRow) -> Iterator[str]:
    yield from _use_faults(place, row.use_affair)
    for one in row.households:
        if one not in HOUSEHOLDS:
            yield f"{place}.households: {one!r} is none of {', '.join(HOUSEHOLDS)}"
    if not row.towns and not towns_of(row.body):
        yield f"{place}.towns: no towns are held for {row.body}; list them with name, postal_code"
    for at, filing in enumerate(row.filings):
        for source in filing.sources:
            if source.row not in tables.provision_rows():
                yield f"{place}.filings[{at}].sources: the provision table has no row {source.row}"


def _party_faults(place: str, row: PartyRow) -> Iterator[str]:
    if row.role not in ROLES:
        yield f"{place}.role: {row.role!r} is none of {', '.join(ROLES)}"
    if row.role in CENTRE and row.party != row.role:
        yield f"{place}.party: there is one {row.role}, and it is called so"
    if row.role != INSTITUTION:
        return
    if row.kind not in tables.kinds():
        yield f"{place}.kind: the law knows no body {row.kind!r}; see `renkei law names`"
    if not row.offices:
        yield f"{place}.offices: an institution has at least one office"
    if row.use_affair is None:
        yield f"{place}.use_affair: name the row of the use table under which it acquires codes"
    else:
        yield from _use_faults(place, row.use_affair)
    if row.process is not None and ROLES[row.role].people:
        yield f"{place}.process: a {row.role} has a process of its own; leave it out"
    if row.holds is not None and row.holds not in _HOLDERS:
        yield f"{place}.holds: {row.holds!r} is none of {', '.join(_HOLDERS)}"


def _use_faults(place: str, row: str) -> Iterator[str]:
    if row not in tables.use_rows() and row != FAMILY_REGISTER:
        yield f"{place}.use_affair: the use table has no row {row!r}"


_HOLDERS: Final = tuple(one.value for one in Holder if one is not Holder.CITY)

# -- what it becomes -----------------------------------------------------------------------------


def _municipality(row: MunicipalityRow) -> Municipality:
    own = tuple(Town(one.name, one.postal_code) for one in row.towns)
    return Municipality(
        code=MunicipalityCode.from_body(row.body),
        prefecture_name=row.prefecture,
        name=row.name_ja,
        kana=row.kana,
        towns=own or towns_of(row.body),
        households=tuple(row.households),
    )


def mayor(body: str) -> str:
    """Which kind of mayor: wards, cities and towns are told by their codes (JIS X 0402)."""
    if body.startswith(_WARDS):
        return "special-ward-mayor"
    city = "city-mayor" if body[2] in _CITIES else "municipality-mayor"
    return _MAYORS.get(body, city)


def _city(row: MunicipalityRow, home: Municipality, offices: Sequence[OfficeRow]) -> PartyPlan:
    return PartyPlan(
        party=row.party,
        role=INSTITUTION,
        kind=mayor(row.body),
        name_ja=row.name_ja,
        name_en=row.name_en,
        municipality_code=home.code,
        offices=_offices(offices),
        office_affairs=_affairs(offices),
        use_affair=row.use_affair,
        filings=tuple(row.filings),
        withholdings=tuple(row.withholdings),
        desks=ROLES[INSTITUTION].desks,
        people=ROLES[INSTITUTION].people,
        holds=Holder.CITY.value,
    )


def _offices(rows: Sequence[OfficeRow]) -> tuple[Office, ...]:
    return tuple(
        Office(office=one.office, name_ja=one.name_ja, name_en=one.name_en) for one in rows
    )


def _affairs(rows: Sequence[OfficeRow]) -> dict[str, tuple[str, ...] | None]:
    return {one.office: None if one.affairs is None else tuple(one.affairs) for one in rows}


def _plan(row: PartyRow) -> PartyPlan:
    return PartyPlan(
        party=row.party,
        role=row.role,
        kind=row.kind,
        name_ja=row.name_ja,
        name_en=row.name_en,
        offices=_offices(row.offices),
        office_affairs=_affairs(row.offices),
        use_affair=row.use_affair,
        municipality_code=MunicipalityCode.from_body(row.body) if row.body is not None else None,
        attributes_accepted=row.attributes_accepted,
        desks=ROLES[row.role].desks,
        people=ROLES[row.role].people,
        holds=row.holds,
        process=row.process,
    )
