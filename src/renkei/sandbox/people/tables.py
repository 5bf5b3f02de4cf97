"""Reads the tables of names and places that come with the package."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from renkei.values import MunicipalityCode


@dataclass(frozen=True, slots=True)
class Name:
    """A name with its reading in katakana; given names know when they were common."""

    kanji: str
    kana: str
    weight: int
    born_from: int = 0
    born_to: int = 9999


@dataclass(frozen=True, slots=True)
class Town:
    """A town inside a municipality, with its seven-digit postal code."""

    name: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality by its real code and name; what happens in it is made up (市区町村)."""

    code: MunicipalityCode
    prefecture_name: str
    name: str
    kana: str
    towns: tuple[Town, ...]
    households: tuple[str, ...] = ()
    """Story households that live here (`casting.HOUSEHOLDS`)."""


def _rows(file_name: str) -> list[dict[str, str]]:
    text = (files("renkei") / "sandbox" / "data" / file_name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


@cache
def surnames() -> tuple[Name, ...]:
    """Common surnames."""
    return tuple(Name(r["kanji"], r["kana"], int(r["weight"])) for r in _rows("surnames.tsv"))


@cache
def given_names(male: bool, birth_year: int) -> tuple[tuple[Name, int], ...]:
    """Given names common among people of that sex born in that year, with their weights."""
    names = (
        Name(r["kanji"], r["kana"], int(r["weight"]), int(r["born_from"]), int(r["born_to"]))
        for r in _rows("given_names_male.tsv" if male else "given_names_female.tsv")
    )
    fitting = tuple((n, n.weight) for n in names if n.born_from <= birth_year <= n.born_to)
    if not fitting:
        raise ValueError(f"no given names are held for the birth year {birth_year}")
    return fitting


@dataclass(frozen=True, slots=True)
class Nation:
    """Names of one nationality, in the Latin letters of the residence card (外国人住民)."""

    code: str
    weight: int
    surnames: tuple[Name, ...]
    male: tuple[Name, ...]
    female: tuple[Name, ...]


@cache
def nations() -> tuple[Nation, ...]:
    """Nationalities of foreign residents with their names, most frequent first."""
    parts: dict[str, dict[str, list[Name]]] = {}
    weights: dict[str, int] = {}
    for row in _rows("foreign_names.tsv"):
        weights[row["nationality"]] = int(row["weight"])
        names = parts.setdefault(row["nationality"], {}).setdefault(row["part"], [])
        names.append(Name(row["spelling"], row["kana"], 1))
    return tuple(
        Nation(code, weights[code], *(tuple(names[p]) for p in ("surname", "male", "female")))
        for code, names in parts.items()
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant character, its usual form, and how many percent of bearers have it (異体字)."""

    variant: str
    usual: str
    share_percent: int


@cache
def variants() -> tuple[Variant, ...]:
    """The variant characters of the sandbox's names."""
    return tuple(
        Variant(r["variant"], r["usual"], int(r["share_percent"])) for r in _rows("variants.tsv")
    )


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a financial institution that does not exist (架空の金融機関)."""

    bank_code: str
    bank: str
    code: str
    name: str
    weight: int


@cache
def branches() -> tuple[Branch, ...]:
    """Where the sandbox's people have accounts."""
    return tuple(
        Branch(r["code"], r["name"], r["branch_code"], r["branch"], int(r["weight"]))
        for r in _rows("banks.tsv")
    )


@cache
def towns_of(body: str) -> tuple[Town, ...]:
    """The packaged towns of the municipality with this five-digit code body; none for others."""
    return tuple(Town(r["town"], r["postal_code"]) for r in _rows("towns.tsv") if r["body"] == body)
