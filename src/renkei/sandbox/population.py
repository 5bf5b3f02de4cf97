"""The people of the sandbox: synthetic, believable, and the same for the same seed (架空の住民)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from renkei.sandbox.country_file import default
from renkei.sandbox.people.casting import PERSONAS
from renkei.sandbox.people.resident import Address, Register, Relationship, Resident, Sex
from renkei.sandbox.people.settling import Settlers
from renkei.sandbox.people.tables import Municipality
from renkei.values import MunicipalityCode, Purpose

__all__ = [
    "PERSONAS",
    "Address",
    "Municipality",
    "Population",
    "Relationship",
    "Resident",
    "Sex",
    "build_population",
]

RESIDENTS_PER_MUNICIPALITY: Final = 1000
RESIDENTS_PER_MUNICIPALITY_MINIMUM: Final = 10
RESIDENTS_PER_MUNICIPALITY_LIMIT: Final = 100_000
SEED_LIMIT: Final = 2**63 - 1
AS_OF_EARLIEST: Final = date(2024, 5, 27)
"""Since then the tables of the law are held."""
AS_OF_LATEST: Final = date(2100, 12, 31)

_EXPORT_FORMAT: Final = 2


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


class ImpossibleCountry(ValueError):
    """A seed, day or size for which no country can be built; the message says what can be."""


def build_population(
    seed: int,
    as_of: date,
    municipalities: Sequence[Municipality] | None = None,
    residents_per_municipality: int = RESIDENTS_PER_MUNICIPALITY,
) -> Population:
    """Make the people of the sandbox as they are on the as-of date.

    Without `municipalities` they live in the country that comes with the package. Each
    municipality has its story households first, then others, up to exactly the number of
    residents asked for. Whoever of a story moved this year came from the second municipality.
    ValueError for fewer than two municipalities or a number of residents outside 10 to 100,000,
    `ImpossibleCountry` for a date before 3 January, a day no names are held for, or a great seed.
    """
    homes = default().municipalities if municipalities is None else tuple(municipalities)
    _check(seed, as_of, homes, residents_per_municipality)
    return _built(seed, as_of, homes, residents_per_municipality)


@lru_cache(maxsize=2)
def _built(
    seed: int, as_of: date, homes: tuple[Municipality, ...], residents_each: int
) -> Population:
    people = Settlers(seed, as_of, homes)
    residents: list[Resident] = []
    for home in homes:
        for household in people.settle(home, residents_each):
            residents.extend(household)
    return Population(seed, as_of, homes, tuple(residents))


def canonical_line(fields: dict[str, object]) -> bytes:
    """One line of an export: JSON with sorted keys, no spaces, UTF-8, ended by a line feed."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def check_choice(seed: int, as_of: date) -> None:
    """Raise `ImpossibleCountry` for a seed or day that no people can be made for."""
    if not 0 <= seed <= SEED_LIMIT:
        raise ImpossibleCountry(f"the seed must lie between 0 and {SEED_LIMIT}")
    if (as_of.month, as_of.day) < (1, 3):
        raise ImpossibleCountry(
            "the as-of date must be 3 January or later: a story needs a parent who moved this year"
        )
    if not AS_OF_EARLIEST <= as_of <= AS_OF_LATEST:
        raise ImpossibleCountry(
            f"the as-of date must lie from {AS_OF_EARLIEST} to {AS_OF_LATEST}: "
            "for other days no tables of the law or no names are held"
        )


def _check(seed: int, as_of: date, municipalities: Sequence[Municipality], residents: int) -> None:
    check_choice(seed, as_of)
    if len({m.code for m in municipalities}) != len(municipalities) or len(municipalities) < 2:
        raise ValueError("name at least two different municipalities: people move between them")
    low, high = RESIDENTS_PER_MUNICIPALITY_MINIMUM, RESIDENTS_PER_MUNICIPALITY_LIMIT
    if not low <= residents <= high:
        raise ValueError(f"residents per municipality must lie between {low} and {high}")


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


def _register_fields(register: Register | None) -> dict[str, str] | None:
    if register is None:
        return None
    return {
        "domicile": register.domicile,
        "head": register.head,
        "municipality": str(register.municipality),
    }


def _resident_line(resident: Resident) -> dict[str, object]:
    january_1 = resident.address_on_january_1
    number = resident.individual_number.reveal(Purpose.EXPORT_SYNTHETIC)
    return {
        "address": _address_fields(resident.address),
        "address_on_january_1": None if january_1 is None else str(january_1),
        "common_name": resident.common_name,
        "birth_date": resident.birth_date.isoformat(),
        "household_id": resident.household_id,
        "individual_number": number,
        "kana": resident.kana,
        "kind": "resident",
        "moved_on": None if resident.moved_on is None else resident.moved_on.isoformat(),
        "name": resident.name,
        "nationality": resident.nationality,
        "personas": list(resident.personas),
        "protected": resident.protected,
        "previous_address": _address_fields(resident.previous_address),
        "register": _register_fields(resident.register),
        "relationship": resident.relationship.value,
        "resident_code": resident.resident_code.reveal(Purpose.EXPORT_SYNTHETIC),
        "serial": resident.serial,
        "sex": resident.sex.value,
        "usual_name": resident.usual_name,
    }
