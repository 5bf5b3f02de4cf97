"""The people of the sandbox: synthetic, believable, and the same for the same seed (架空の住民)."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.families import (
    FamilyPlan,
    Member,
    plan_family,
    plan_parent_family,
    plan_stranger,
)
from renkei.sandbox.people.resident import Address, Relationship, Resident, Sex
from renkei.sandbox.people.tables import (
    Municipality,
    Name,
    given_names,
    municipalities,
    surnames,
    towns,
)
from renkei.values import (
    IndividualNumber,
    MunicipalityCode,
    NumberScheme,
    Purpose,
    ResidentCode,
)

__all__ = [
    "DEFAULT_MUNICIPALITIES",
    "PERSONAS",
    "Address",
    "Municipality",
    "Population",
    "Relationship",
    "Resident",
    "Sex",
    "build_population",
    "municipalities",
]

PERSONAS: Final = ("parent", "spouse", "child", "newborn", "stranger")
"""Tags by which stories find their people, in every population."""

DEFAULT_MUNICIPALITIES: Final = municipalities()[:2]
"""City A, where the persona `parent` lives now, and city B, where it lived on 1 January."""

RESIDENTS_PER_MUNICIPALITY_MINIMUM: Final = 10
RESIDENTS_PER_MUNICIPALITY_LIMIT: Final = 100_000
SEED_LIMIT: Final = 2**63 - 1
MOVED_IN_SHARE: Final = 0.05

_CHOME: Final = ("一", "二", "三")
_EXPORT_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody in the sandbox on one day, made from one seed; nobody of them exists."""

    seed: int
    as_of: date
    municipalities: tuple[Municipality, ...]
    residents: tuple[Resident, ...]

    def persona(self, tag: str) -> Resident:
        """The resident of a story, by its tag in PERSONAS; KeyError with the known tags."""
        for resident in self.residents:
            if tag in resident.personas:
                return resident
        raise KeyError(f"no resident is tagged {tag!r}; the tags are {', '.join(PERSONAS)}")

    def of_municipality(self, code: MunicipalityCode) -> tuple[Resident, ...]:
        """The residents registered in one municipality now."""
        return tuple(r for r in self.residents if r.municipality == code)

    def households(self) -> dict[str, tuple[Resident, ...]]:
        """Households by id, each with its head first."""
        grouped: dict[str, list[Resident]] = {}
        for resident in self.residents:
            grouped.setdefault(resident.household_id, []).append(resident)
        return {key: tuple(members) for key, members in grouped.items()}

    def household(self, household_id: str) -> tuple[Resident, ...]:
        """One household, head first; empty for an unknown id."""
        return tuple(r for r in self.residents if r.household_id == household_id)

    def export(self) -> bytes:
        """Canonical JSON lines, UTF-8, keys sorted: a header, municipalities, residents.

        The same for the same arguments of `build_population`, byte for byte, on every machine.
        Numbers stand in clear: they carry the sandbox's check digit.
        """
        header: dict[str, object] = {
            "as_of": self.as_of.isoformat(),
            "format": _EXPORT_FORMAT,
            "kind": "population",
            "residents": len(self.residents),
            "seed": self.seed,
            "synthetic": True,
        }
        lines = [header]
        lines += [_municipality_line(municipality) for municipality in self.municipalities]
        lines += [_resident_line(resident) for resident in self.residents]
        return b"".join(canonical_line(line) for line in lines)

    @property
    def digest(self) -> str:
        """SHA-256 of the export, in hexadecimal."""
        return hashlib.sha256(self.export()).hexdigest()


def build_population(
    seed: int,
    as_of: date,
    municipalities: Sequence[Municipality] = DEFAULT_MUNICIPALITIES,
    residents_per_municipality: int = 150,
) -> Population:
    """Make the people of the sandbox as they are on the as-of date.

    The first two municipalities are the cities A and B of the personas: `parent` moved from B to
    A this year with `spouse` and `child`, `newborn` was born in A, `stranger` lives in B. Each
    municipality gets exactly the number of residents asked for. ValueError for fewer than two
    municipalities, a number of residents outside 10 to 100,000, or a date before 3 January.
    """
    _check(seed, as_of, municipalities, residents_per_municipality)
    people = _Settlers(seed, as_of, tuple(municipalities))
    residents: list[Resident] = []
    for index, home in enumerate(municipalities):
        for household in people.settle(index, home, residents_per_municipality):
            residents.extend(household)
    return Population(seed, as_of, tuple(municipalities), tuple(residents))


def canonical_line(fields: dict[str, object]) -> bytes:
    """One line of an export: JSON with sorted keys, no spaces, UTF-8, ended by a line feed."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _check(seed: int, as_of: date, municipalities: Sequence[Municipality], residents: int) -> None:
    if not 0 <= seed <= SEED_LIMIT:
        raise ValueError(f"the seed must lie between 0 and {SEED_LIMIT}")
    if (as_of.month, as_of.day) < (1, 3):
        raise ValueError(
            "the as-of date must be 3 January or later: a story needs a parent who moved this year"
        )
    if len({m.code for m in municipalities}) != len(municipalities) or len(municipalities) < 2:
        raise ValueError("name at least two different municipalities: people move between them")
    low, high = RESIDENTS_PER_MUNICIPALITY_MINIMUM, RESIDENTS_PER_MUNICIPALITY_LIMIT
    if not low <= residents <= high:
        raise ValueError(f"residents per municipality must lie between {low} and {high}")


class _Settlers:
    """Turns family plans into residents with names, numbers and addresses, all unique."""

    def __init__(self, seed: int, as_of: date, municipalities: tuple[Municipality, ...]) -> None:
        self._seed = seed
        self._as_of = as_of
        self._municipalities = municipalities
        self._serial = 0
        self._individual_bodies = _UniqueDigits(Draw(seed, "individual numbers"), 11)
        self._resident_bodies = _UniqueDigits(Draw(seed, "resident codes"), 10)

    def settle(
        self, index: int, home: Municipality, residents: int
    ) -> Iterator[tuple[Resident, ...]]:
        """Fill one municipality with households until it has exactly that many residents."""
        draw = Draw(self._seed, "families", str(home.code))
        remaining = residents
        serial = 0
        while remaining:
            serial += 1
            plan = self._plan(draw, index, first=serial == 1)
            # A household cut short stays one: heads come first, children and parents last.
            plan = FamilyPlan(plan.members[:remaining], plan.moved_on)
            remaining -= len(plan.members)
            yield self._household(draw, home, f"{str(home.code)[:5]}-{serial:05d}", plan)

    def _plan(self, draw: Draw, index: int, first: bool) -> FamilyPlan:
        if first and index == 0:
            return plan_parent_family(draw, self._as_of)
        if first and index == 1:
            return plan_stranger(draw, self._as_of)
        members = plan_family(draw, self._as_of)
        moved_on = None
        if draw.chance(MOVED_IN_SHARE):
            january_2 = date(self._as_of.year, 1, 2)
            days = draw.whole(0, (self._as_of - january_2).days)
            moved_on = january_2 + timedelta(days=days)
        return FamilyPlan(members, moved_on)

    def _household(
        self, draw: Draw, home: Municipality, household_id: str, plan: FamilyPlan
    ) -> tuple[Resident, ...]:
        address = _address(draw, home)
        previous = None
        if plan.moved_on is not None:
            previous = _address(draw, self._former_home(draw, home, plan))
        surname = draw.weighted([(name, name.weight) for name in surnames()])
        taken: set[str] = set()
        residents = []
        for member in plan.members:
            given = _given_name(draw, member.sex, member.birth_date.year, taken)
            # Who was born after the move has never lived at the former address.
            moved = plan.moved_on is not None and member.birth_date < plan.moved_on
            former = previous if moved else None
            individual_number, resident_code = self._numbers()
            self._serial += 1
            resident = Resident(
                serial=self._serial,
                individual_number=individual_number,
                resident_code=resident_code,
                name=f"{surname.kanji}\u3000{given.kanji}",
                kana=f"{surname.kana}\u3000{given.kana}",
                birth_date=member.birth_date,
                sex=member.sex,
                nationality="JPN",
                address=address,
                previous_address=former,
                moved_on=plan.moved_on if moved else None,
                address_on_january_1=self._on_january_1(member, former or address),
                household_id=household_id,
                relationship=member.relationship,
                personas=member.personas,
            )
            residents.append(resident)
        return tuple(residents)

    def _numbers(self) -> tuple[IndividualNumber, ResidentCode]:
        return (
            IndividualNumber.from_body(self._individual_bodies.next(), NumberScheme.SANDBOX),
            ResidentCode.from_body(self._resident_bodies.next(), NumberScheme.SANDBOX),
        )

    def _on_january_1(self, member: Member, then: Address) -> MunicipalityCode | None:
        born = member.birth_date <= date(self._as_of.year, 1, 1)
        return then.municipality if born else None

    def _former_home(self, draw: Draw, home: Municipality, plan: FamilyPlan) -> Municipality:
        if "parent" in plan.members[0].personas:
            return self._municipalities[1]
        return draw.choose([m for m in self._municipalities if m.code != home.code])


class _UniqueDigits:
    """Bodies of numbers in no order and never twice (番号法施行令6条: 作為が加わらない方法)."""

    def __init__(self, draw: Draw, length: int) -> None:
        self._draw = draw
        self._length = length
        self._used: set[int] = set()

    def next(self) -> str:
        while True:
            value = self._draw.whole(0, 10**self._length - 1)
            if value not in self._used:
                self._used.add(value)
                return f"{value:0{self._length}d}"


def _address(draw: Draw, municipality: Municipality) -> Address:
    town = draw.choose(towns(str(municipality.code)[:5]))
    block = f"{draw.choose(_CHOME)}丁目{draw.whole(1, 40)}番地{draw.whole(1, 20)}"
    text = f"{municipality.prefecture_name}{municipality.name}{town.name}{block}"
    return Address(municipality.code, town.postal_code, text)


def _given_name(draw: Draw, sex: Sex, birth_year: int, taken: set[str]) -> Name:
    free = [
        (name, weight)
        for name, weight in given_names(sex is Sex.MALE, birth_year)
        if name.kana not in taken
    ]
    name = draw.weighted(free)
    taken.add(name.kana)
    return name


def _municipality_line(municipality: Municipality) -> dict[str, object]:
    return {
        "code": str(municipality.code),
        "kana": municipality.kana,
        "kind": "municipality",
        "name": municipality.name,
        "prefecture": municipality.prefecture_name,
    }


def _address_fields(address: Address | None) -> dict[str, str] | None:
    if address is None:
        return None
    return {
        "municipality": str(address.municipality),
        "postal_code": address.postal_code,
        "text": address.text,
    }


def _resident_line(resident: Resident) -> dict[str, object]:
    january_1 = resident.address_on_january_1
    number = resident.individual_number.reveal(Purpose.EXPORT_SYNTHETIC)
    return {
        "address": _address_fields(resident.address),
        "address_on_january_1": None if january_1 is None else str(january_1),
        "birth_date": resident.birth_date.isoformat(),
        "household_id": resident.household_id,
        "individual_number": number,
        "kana": resident.kana,
        "kind": "resident",
        "moved_on": None if resident.moved_on is None else resident.moved_on.isoformat(),
        "name": resident.name,
        "nationality": resident.nationality,
        "personas": list(resident.personas),
        "previous_address": _address_fields(resident.previous_address),
        "relationship": resident.relationship.value,
        "resident_code": resident.resident_code.reveal(Purpose.EXPORT_SYNTHETIC),
        "serial": resident.serial,
        "sex": resident.sex.value,
    }
