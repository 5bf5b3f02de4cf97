"""Names for households: by frequency and year of birth, variant characters, common names (氏名)."""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Sex
from renkei.sandbox.people.tables import Name, Nation, given_names, nations, surnames, variants

SPACE: Final = "\u3000"
FOREIGN_SPACE: Final = " "
COMMON_NAME_SHARE: Final = 0.4
COMMON_NAME_SHARE_KOR: Final = 0.8
"""Most residents of Korean nationality were born in Japan and use a common name."""


@dataclass(frozen=True, slots=True)
class FullName:
    """A name as the resident register has it, with what other files may have instead."""

    name: str
    kana: str
    common_name: str | None = None
    usual_name: str | None = None


class Family:
    """The surname of one household, and given names nobody of it has twice."""

    def __init__(self, draw: Draw, *, variant: bool) -> None:
        self._draw = draw
        self._surname = _variant_surname(draw) if variant else _surname(draw)
        self._taken: set[str] = set()

    def name(self, sex: Sex, birth: date) -> FullName:
        """A full name for one member."""
        given = _given(self._draw, sex, birth.year, self._taken)
        name = f"{self._surname.kanji}{SPACE}{given.kanji}"
        usual = usual_form(name)
        return FullName(
            name=name,
            kana=f"{self._surname.kana}{SPACE}{given.kana}",
            usual_name=usual if usual != name else None,
        )


class ForeignFamily:
    """One household of foreign residents: one nationality, one surname, maybe common names."""

    def __init__(self, draw: Draw, *, common_names: bool) -> None:
        self._draw = draw
        self.nation: Nation = draw.weighted([(one, one.weight) for one in nations()])
        self._surname = draw.choose(self.nation.surnames)
        share = COMMON_NAME_SHARE_KOR if self.nation.code == "KOR" else COMMON_NAME_SHARE
        wanted = common_names or draw.chance(share)
        self._common = Family(draw, variant=False) if wanted else None
        self._taken: set[str] = set()

    def name(self, sex: Sex, birth: date) -> FullName:
        """A full name in Latin letters, as on the residence card."""
        names = self.nation.male if sex is Sex.MALE else self.nation.female
        free = [one for one in names if one.kana not in self._taken]
        given = self._draw.choose(free or list(names))
        self._taken.add(given.kana)
        common = self._common.name(sex, birth) if self._common is not None else None
        return FullName(
            name=f"{self._surname.kanji}{FOREIGN_SPACE}{given.kanji}",
            kana=f"{self._surname.kana}{SPACE}{given.kana}",
            common_name=(common.usual_name or common.name) if common is not None else None,
        )


def usual_form(name: str) -> str:
    """A name with every variant character in its usual form (異体字)."""
    for one in variants():
        name = name.replace(one.variant, one.usual)
    return name


def _surname(draw: Draw) -> Name:
    name = _drawn(draw)
    for one in variants():
        if one.usual in name.kanji and draw.chance(one.share_percent / 100):
            return Name(name.kanji.replace(one.usual, one.variant), name.kana, name.weight)
    return name


def _variant_surname(draw: Draw) -> Name:
    """A surname with a variant character, for the story that needs one."""
    while True:
        name = _surname(draw)
        if usual_form(name.kanji) != name.kanji:
            return name


def _drawn(draw: Draw) -> Name:
    """One of the surnames by weight; a thousand weights are summed only once."""
    point = draw.fraction() * _SUMS[-1]
    low, high = 0, len(_SUMS) - 1
    while low < high:
        middle = (low + high) // 2
        if _SUMS[middle] > point:
            high = middle
        else:
            low = middle + 1
    return surnames()[low]


_SUMS: Final = tuple(accumulate(name.weight for name in surnames()))


def _given(draw: Draw, sex: Sex, birth_year: int, taken: set[str]) -> Name:
    free = [
        (name, weight)
        for name, weight in given_names(sex is Sex.MALE, birth_year)
        if name.kana not in taken
    ]
    name = draw.weighted(free)
    taken.add(name.kana)
    return name
