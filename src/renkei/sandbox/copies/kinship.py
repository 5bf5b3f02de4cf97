"""Who is what to whom inside a household, as far as relationships tell (親族関係)."""

from datetime import date

from renkei.sandbox.copies.records import FamilyRegister, Kinship, Relation
from renkei.sandbox.people.draw import Draw
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population

_SPOUSES = {
    Relationship.HUSBAND: Relationship.HEAD,
    Relationship.WIFE: Relationship.HEAD,
    Relationship.CHILDS_HUSBAND: Relationship.CHILD,
    Relationship.CHILDS_WIFE: Relationship.CHILD,
}
_PARENTS = (Relationship.FATHER, Relationship.MOTHER)


def couples(household: tuple[Resident, ...]) -> dict[int, Resident]:
    """Who is married to whom, as far as relationships tell: the head's and the child's couple."""
    partners: dict[int, Resident] = {}
    for resident in household:
        partner_relationship = _SPOUSES.get(resident.relationship)
        for other in household:
            if partner_relationship is not None and other.relationship is partner_relationship:
                partners[resident.serial], partners[other.serial] = other, resident
                break
    return partners


def parents(household: tuple[Resident, ...]) -> dict[int, list[Resident]]:
    """Parents of each member within the household, by the member's serial."""
    partners = couples(household)
    found: dict[int, list[Resident]] = {}
    head = household[0]
    for one in household:
        if one.relationship is Relationship.CHILD:
            found[one.serial] = [head, *_partner(partners, head)]
        elif one.relationship is Relationship.GRANDCHILD:
            between = [
                other
                for other in household
                if other.relationship is Relationship.CHILD and other.serial in partners
            ][:1]
            found[one.serial] = [p for b in between for p in (b, *_partner(partners, b))]
        elif one.relationship in _PARENTS:
            found.setdefault(head.serial, []).append(one)
    return found


def _partner(partners: dict[int, Resident], one: Resident) -> list[Resident]:
    return [partners[one.serial]] if one.serial in partners else []


def family_registers(
    population: Population, household: tuple[Resident, ...]
) -> dict[int, FamilyRegister]:
    """The family register's answer about each Japanese member (戸籍関係情報)."""
    partners, elders = couples(household), parents(household)
    found: dict[int, FamilyRegister] = {}
    for one in household:
        if one.register is None:
            continue
        relations = []
        if one.serial in partners:
            other = partners[one.serial]
            married_on = _married_on(population, one, other)
            relations.append(Relation(Kinship.SPOUSE, other.birth_date, married_on))
        relations += [
            Relation(Kinship.CHILD, other.birth_date, other.birth_date)
            for other in household
            if one in elders.get(other.serial, [])
        ]
        relations += [
            Relation(Kinship.PARENT, other.birth_date, one.birth_date)
            for other in elders.get(one.serial, [])
        ]
        found[one.serial] = FamilyRegister(
            tuple(relations), one.serial in partners, population.as_of
        )
    return found


def _married_on(population: Population, one: Resident, other: Resident) -> date:
    """One day for both: after the younger became 20."""
    low, high = sorted((one, other), key=lambda person: person.serial)
    draw = Draw(population.seed, "marriages", low.serial)
    youngest = max(low.birth_date, high.birth_date)
    first = date(youngest.year + 20, 1, 1).toordinal()
    last = max(first, min(population.as_of.toordinal(), first + 15 * 365))
    return min(population.as_of, date.fromordinal(draw.whole(first, last)))
