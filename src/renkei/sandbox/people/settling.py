"""Turns family plans into residents with names, numbers, addresses and registers (住民の登録)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from renkei.sandbox.people.casting import HOUSEHOLDS
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.families import FamilyPlan, Member, plan_family
from renkei.sandbox.people.naming import Family, ForeignFamily, FullName
from renkei.sandbox.people.resident import Address, Register, Relationship, Resident, Sex
from renkei.sandbox.people.tables import Municipality
from renkei.values import IndividualNumber, MunicipalityCode, NumberScheme, ResidentCode

MOVED_IN_SHARE: Final = 0.05
"""Share of households that moved in since 2 January from another city of the sandbox."""
FOREIGN_SHARE: Final = 0.03
PROTECTED_SHARE: Final = 0.25
"""Of the single parents who moved this year."""
DOMICILE_HERE_SHARE: Final = 0.7
JAPAN: Final = "JPN"
_CHOME: Final = ("一", "二", "三")
_PARENTS: Final = (Relationship.FATHER, Relationship.MOTHER)
_CHILDS_COUPLE: Final = (Relationship.CHILDS_HUSBAND, Relationship.CHILDS_WIFE)


class Settlers:
    """Fills municipalities with households, everybody's numbers unique."""

    def __init__(self, seed: int, as_of: date, municipalities: tuple[Municipality, ...]) -> None:
        self._seed = seed
        self._as_of = as_of
        self._municipalities = municipalities
        self._serial = 0
        self._seen: set[tuple[str, date, Sex]] = set()
        self._individual_bodies = _UniqueDigits(Draw(seed, "individual numbers"), 11)
        self._resident_bodies = _UniqueDigits(Draw(seed, "resident codes"), 10)

    def settle(self, home: Municipality, residents: int) -> Iterator[tuple[Resident, ...]]:
        """Fill one municipality with households until it has exactly that many residents."""
        draw = Draw(self._seed, "families", str(home.code))
        remaining = residents
        planned = [HOUSEHOLDS[name](draw, self._as_of) for name in home.households]
        serial = 0
        while remaining:
            serial += 1
            plan = planned.pop(0) if planned else self._plan(draw)
            if len(plan.members) > remaining:
                # A household cut short stays one: heads come first, children and parents last.
                plan = FamilyPlan(plan.members[:remaining], plan.moved_on, plan.foreign)
            remaining -= len(plan.members)
            yield self._household(draw, home, f"{str(home.code)[:5]}-{serial:05d}", plan)

    def _plan(self, draw: Draw) -> FamilyPlan:
        members = plan_family(draw, self._as_of)
        moved_on = None
        if draw.chance(MOVED_IN_SHARE):
            january_2 = date(self._as_of.year, 1, 2)
            days = draw.whole(0, (self._as_of - january_2).days)
            moved_on = january_2 + timedelta(days=days)
        single_parent = {one.relationship for one in members[1:]} == {Relationship.CHILD}
        return FamilyPlan(
            members,
            moved_on,
            foreign=draw.chance(FOREIGN_SHARE),
            protected=draw.chance(PROTECTED_SHARE) and single_parent and moved_on is not None,
        )

    def _household(
        self, draw: Draw, home: Municipality, household_id: str, plan: FamilyPlan
    ) -> tuple[Resident, ...]:
        address = _address(draw, home)
        previous = None
        if plan.moved_on is not None:
            previous = _address(draw, self._former_home(draw, home, plan))
        family = (
            ForeignFamily(draw, common_names=bool(plan.members[0].personas))
            if plan.foreign
            else Family(draw, variant=plan.variant)
        )
        names = [self._unlike_others(family, member) for member in plan.members]
        registers = self._registers(draw, home, plan, names)
        residents = []
        for member, name, register in zip(plan.members, names, registers, strict=True):
            # Who was born after the move has never lived at the former address.
            moved = plan.moved_on is not None and member.birth_date < plan.moved_on
            former = previous if moved else None
            individual_number, resident_code = self._numbers()
            self._serial += 1
            resident = Resident(
                serial=self._serial,
                individual_number=individual_number,
                resident_code=resident_code,
                name=name.name,
                kana=name.kana,
                birth_date=member.birth_date,
                sex=member.sex,
                nationality=family.nation.code if isinstance(family, ForeignFamily) else JAPAN,
                address=address,
                previous_address=former,
                moved_on=plan.moved_on if moved else None,
                address_on_january_1=self._on_january_1(member, former or address),
                household_id=household_id,
                relationship=member.relationship,
                register=register,
                common_name=name.common_name,
                usual_name=name.usual_name,
                protected=plan.protected,
                personas=member.personas,
            )
            residents.append(resident)
        return tuple(residents)

    def _unlike_others(self, family: Family | ForeignFamily, member: Member) -> FullName:
        """A name that no one of the same sex has who was born on the same day.

        Who comes without a number is found by these three, and must be exactly one (令27条の2).
        """
        while True:
            name = family.name(member.sex, member.birth_date)
            key = (name.name, member.birth_date, member.sex)
            if key not in self._seen:
                self._seen.add(key)
                return name

    def _registers(
        self, draw: Draw, home: Municipality, plan: FamilyPlan, names: list[FullName]
    ) -> list[Register | None]:
        """The family register of each member; couples and unmarried children share one."""
        if plan.foreign:
            return [None] * len(names)
        groups = _register_groups(plan.members)
        found: dict[int, Register] = {}
        for group in groups:
            place = home
            if not draw.chance(DOMICILE_HERE_SHARE):
                place = draw.choose([m for m in self._municipalities if m.code != home.code])
            town = draw.choose(place.towns)
            domicile = f"{place.prefecture_name}{place.name}{town.name}{draw.whole(1, 2999)}番地"
            heads = [i for i in group if plan.members[i].sex is Sex.MALE] or group
            register = Register(place.code, domicile, names[heads[0]].name)
            found.update(dict.fromkeys(group, register))
        return [found[index] for index in range(len(names))]

    def _numbers(self) -> tuple[IndividualNumber, ResidentCode]:
        return (
            IndividualNumber.from_body(self._individual_bodies.next(), NumberScheme.SANDBOX),
            ResidentCode.from_body(self._resident_bodies.next(), NumberScheme.SANDBOX),
        )

    def _on_january_1(self, member: Member, then: Address) -> MunicipalityCode | None:
        born = member.birth_date <= date(self._as_of.year, 1, 1)
        return then.municipality if born else None

    def _former_home(self, draw: Draw, home: Municipality, plan: FamilyPlan) -> Municipality:
        if plan.members[0].personas and home != self._municipalities[1]:
            return self._municipalities[1]
        return draw.choose([m for m in self._municipalities if m.code != home.code])


def _register_groups(members: tuple[Member, ...]) -> list[list[int]]:
    """Which members share a family register, by their places: couple first (戸籍法6条)."""
    in_law = any(one.relationship in _CHILDS_COUPLE for one in members)
    main, young, groups = [], [], []
    for place, member in enumerate(members):
        if member.relationship in _PARENTS:
            groups.append([place])
        elif member.relationship is Relationship.GRANDCHILD or (
            in_law and member.relationship in (Relationship.CHILD, *_CHILDS_COUPLE)
        ):
            young.append(place)
        else:
            main.append(place)
    return [group for group in (main, young, *groups) if group]


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
    town = draw.choose(municipality.towns)
    block = f"{draw.choose(_CHOME)}丁目{draw.whole(1, 40)}番地{draw.whole(1, 20)}"
    text = f"{municipality.prefecture_name}{municipality.name}{town.name}{block}"
    return Address(municipality.code, town.postal_code, text)
