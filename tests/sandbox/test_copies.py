"""What the institutions hold: the right institution, the right people, sums that agree."""

from dataclasses import replace
from datetime import date

import pytest

from renkei.law import tables
from renkei.law.information import faults, layouts
from renkei.law.payers import asked_for
from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies import Copies, build_copies
from renkei.sandbox.copies.pension import pension_records
from renkei.sandbox.copies.records import (
    ChildAllowance,
    FamilyRegister,
    Held,
    InsuranceBenefit,
    InsuredKind,
    InsuredStatus,
    Kinship,
    LongTermCare,
    MunicipalTax,
    PensionRecord,
    PensionStatus,
    PrefecturalTax,
    ReceivingAccount,
    ResidentRecord,
)
from renkei.sandbox.copies.tax import inhabitant_tax, last_assessed_tax_year
from renkei.sandbox.country_file import default, whole
from renkei.sandbox.filling.institution import fields_of
from renkei.sandbox.people.resident import Relationship, Resident
from renkei.sandbox.population import Population, build_population

AS_OF = date(2026, 10, 1)
A, B, C = (municipality.code for municipality in default().municipalities)


@pytest.fixture(scope="module")
def copies() -> Copies:
    return build_copies(build_population(1, AS_OF))


def tax_of(copies: Copies, serial: int) -> MunicipalTax:
    """The municipal tax of somebody who has one."""
    found = copies.find(serial, MunicipalTax)
    assert found is not None
    return found


def record_of(copies: Copies, serial: int) -> ResidentRecord:
    """The resident record, which everybody has."""
    found = copies.find(serial, ResidentRecord)
    assert found is not None
    return found


def test_the_same_population_gives_the_same_copies(copies: Copies) -> None:
    """Seed and day fix the whole country: one digest of its people and their copies."""
    assert copies.export().startswith(copies.population.export())
    assert build_copies(copies.population).export() == copies.export()
    assert copies.digest == "a5cb5fdf256a2b28feb8a0d00afce4db35b9d13c0d13870ae9c088c75e7afc37"
    assert build_copies(build_population(2, AS_OF)).digest != copies.digest


def test_the_parents_tax_is_where_it_lived_on_january_1(copies: Copies) -> None:
    """City B holds the parent's and spouse's tax, city A their household data, never reversed."""
    for tag in ("parent", "spouse"):
        serial = copies.population.persona(tag).serial
        assert tax_of(copies, serial).municipality == B
        assert record_of(copies, serial).municipality == A
    tax = tax_of(copies, copies.population.persona("parent").serial)
    assert (tax.tax_year, tax.as_of, tax.exempt) == (2026, date(2026, 6, 1), False)
    assert tax.income_levy_yen > 0
    in_b = [r.serial for r, record in copies.at_municipality(B) if isinstance(record, MunicipalTax)]
    assert copies.population.persona("parent").serial in in_b


def test_every_adult_of_january_1_has_one_tax_and_nobody_else(copies: Copies) -> None:
    """Who was 18 on 1 January has a tax record at that day's municipality; children have none."""
    january_1 = date(2026, 1, 1)
    for resident in copies.population.residents:
        tax = copies.find(resident.serial, MunicipalTax)
        assert (tax is not None) == (resident.age_on(january_1) >= 18)
        if tax is not None:
            assert tax.municipality == resident.address_on_january_1


def test_before_june_the_assessment_is_the_year_befores() -> None:
    """Until this year's assessment the last one known is held, still by the former city."""
    assert last_assessed_tax_year(date(2026, 5, 31)) == 2025
    assert last_assessed_tax_year(date(2026, 6, 1)) == 2026
    spring = build_copies(build_population(1, date(2026, 3, 10)))
    tax = tax_of(spring, spring.population.persona("parent").serial)
    assert (tax.tax_year, tax.municipality, tax.as_of) == (2025, B, date(2025, 6, 1))


def test_levies_agree_with_income_and_exemption(copies: Copies) -> None:
    """Exempt means no levy at all; otherwise 3,000 yen and a levy below six percent of income."""
    for tax in copies.every(MunicipalTax):
        assert tax.exempt == (tax.per_capita_levy_yen == 0)
        assert 0 <= tax.income_levy_yen <= tax.total_income_yen * 6 // 100
        assert tax.income_levy_yen % 100 == 0
        assert tax.per_capita_levy_yen in (0, 3_000)
        if tax.exempt:
            assert tax.income_levy_yen == 0
    assert {tax.exempt for tax in copies.every(MunicipalTax)} == {True, False}


def test_a_levy_computed_by_hand(copies: Copies) -> None:
    """8,814,000 yen alone, less 430,000 and 1,322,100, is 7,061,000: 6 and 4 %, less credits."""
    stranger = copies.population.persona("stranger").serial
    tax, prefectural = tax_of(copies, stranger), copies.find(stranger, PrefecturalTax)
    assert (tax.total_income_yen, tax.dependants) == (8_814_000, 0)
    assert (tax.income_levy_yen, tax.per_capita_levy_yen) == (422_100, 3_000)
    assert prefectural is not None
    assert (prefectural.income_levy_yen, prefectural.per_capita_levy_yen) == (281_400, 1_000)


def test_household_data_names_the_head(copies: Copies) -> None:
    """Everybody's record names the household's head, and exactly heads are heads."""
    for members in copies.population.households().values():
        records = [record_of(copies, r.serial) for r in members]
        assert [record.is_head for record in records] == [True] + [False] * (len(records) - 1)
        assert {record.head_name for record in records} == {members[0].name}
        assert len({record.household_key for record in records}) == 1


def test_pension_covers_20_to_59_and_from_65(copies: Copies) -> None:
    """Contributors are 20 to 59 with a kind, beneficiaries 65 and over without; since lies past."""
    for resident in copies.population.residents:
        age = resident.age_on(AS_OF)
        record = copies.find(resident.serial, PensionRecord)
        if 20 <= age < 60:
            assert record is not None
            assert (record.status, record.insured_kind is None) == (PensionStatus.INSURED, False)
        elif age > 65:
            assert record is not None
            assert record.status is PensionStatus.RECEIVING_OLD_AGE
            assert record.insured_kind is None
        elif age < 65:
            assert record is None
        if record is not None:
            assert resident.birth_date < record.since <= AS_OF
    kinds = {record.insured_kind for record in copies.every(PensionRecord)}
    assert kinds == {*InsuredKind, None}
    held = [record for _, record in copies.at(Holder.PENSION)]
    assert sum(isinstance(one, PensionRecord) for one in held) == len(copies.every(PensionRecord))


def test_every_item_is_one_the_law_knows_of_a_body_that_may_hold_it(copies: Copies) -> None:
    """Item ids are those of the articles, and a body with that file is among their providers."""
    kinds: dict[Holder, set[str]] = {}
    for plan in whole().plans:
        if plan.holds is not None:
            kinds.setdefault(Holder(plan.holds), set()).add(plan.kind)
    providers: dict[str, frozenset[str]] = {}
    for sub_affair in tables.sub_affairs().values():
        for line in sub_affair.items:
            asked = asked_for(line.item, line.providers)
            providers[line.item] = providers.get(line.item, frozenset()) | asked
    held = {(one.ITEM, one.HOLDER) for held in copies.records.values() for one in held}
    assert len({item for item, _ in held}) > 75
    for item, holder in held:
        assert providers[item] & kinds[holder], (item, holder)


def test_every_record_is_laid_out(copies: Copies) -> None:
    """Whatever is held has the fields of the information model: names, types, units, codes."""
    found = set()
    for held in copies.records.values():
        for record in held:
            given = [(one.name, one.value, one.unit) for one in fields_of(record)]
            assert list(faults(record.ITEM, given)) == []
            found.add(record.ITEM)
    assert found <= set(layouts())
    assert len(set(layouts()) - found) <= 6  # too rare for some seeds


def test_bodies_agree_about_a_life(copies: Copies) -> None:
    """A grade is the handbook's; a care benefit rests on its certificate; lost work is told why."""
    for held in copies.records.values():
        by_item = {one.ITEM: one for one in held}
        for kind in ("physical", "mental"):
            handbook = by_item.get(f"{kind}-disability-handbook")
            grade = by_item.get(f"{kind}-disability-grade")
            assert (handbook is None) == (grade is None)
            if isinstance(handbook, Held) and isinstance(grade, Held):
                assert handbook.values["grade"] == grade.values["grade"]
        benefit, certified = (
            by_item.get(f"long-term-care-{one}") for one in ("benefit", "certification")
        )
        assert (benefit is None) == (certified is None)
        if isinstance(certified, Held):
            assert certified.values["level"] == getattr(benefit, "level", None)
        assert ("leaving-reason" in by_item) == ("basic-employment-benefit" in by_item)


def test_family_relations_are_mutual(copies: Copies) -> None:
    """Each parent's child has that parent; spouses name each other; foreigners have no entry."""
    for members in copies.population.households().values():
        found = {one.serial: copies.find(one.serial, FamilyRegister) for one in members}
        assert all((found[one.serial] is None) == (one.register is None) for one in members)
        pairs = {
            (one.birth_date, relation.kind, relation.other_birth_date)
            for one in members
            if (register := found[one.serial]) is not None
            for relation in register.relations
        }
        mirror = {
            Kinship.SPOUSE: Kinship.SPOUSE,
            Kinship.CHILD: Kinship.PARENT,
            Kinship.PARENT: Kinship.CHILD,
        }
        for mine, kind, other in pairs:
            assert (other, mirror[kind], mine) in pairs


def test_the_parents_family_is_in_the_register(copies: Copies) -> None:
    """The parent's answer names a spouse and two children, each child's both parents."""
    population = copies.population
    parent = copies.find(population.persona("parent").serial, FamilyRegister)
    assert parent is not None
    assert [one.kind for one in parent.relations] == [Kinship.SPOUSE, Kinship.CHILD, Kinship.CHILD]
    for tag in ("child", "newborn"):
        child = copies.find(population.persona(tag).serial, FamilyRegister)
        assert child is not None
        assert [one.kind for one in child.relations] == [Kinship.PARENT, Kinship.PARENT]
        assert not child.married


def test_accounts_are_of_banks_that_do_not_exist(copies: Copies) -> None:
    """Every account has a fictitious bank, a code with a letter, seven digits and a reading."""
    accounts = copies.every(ReceivingAccount)
    assert 0.4 < len(accounts) / 3000 < 0.6
    for account in accounts:
        assert account.institution_code.startswith("X")
        assert any(word in account.institution for word in ("架空", "見本", "かくう", "試験"))
        assert len(account.number) == 7
    parent = copies.population.persona("parent")
    found = copies.find(parent.serial, ReceivingAccount)
    assert found is not None
    assert found.holder == parent.kana


def test_health_insurance_is_held_once(copies: Copies) -> None:
    """Under 75 the Association or the city insures, never both; past it neither does."""
    for resident in copies.population.residents:
        held = [one for one in copies.of(resident) if isinstance(one, InsuredStatus)]
        assert len(held) <= 1
        if resident.age_on(AS_OF) >= 75:
            assert held == []
        for status in held:
            assert status.municipality in (None, resident.municipality)
            assert status.since <= AS_OF
        for benefit in copies.of(resident):
            if isinstance(benefit, InsuranceBenefit):
                assert benefit.municipality == held[0].municipality
    insurers = {one.municipality for one in copies.every(InsuredStatus)}
    assert insurers == {None, A, B, C}


def test_benefits_go_to_whom_the_law_means(copies: Copies) -> None:
    """Child allowance needs a child and no move this year; care an age of 65; tax is one pair."""
    for members in copies.population.households().values():
        allowances = [a for m in members if (a := copies.find(m.serial, ChildAllowance))]
        assert len(allowances) <= 1
        if allowances:
            assert members[0].moved_on is None
            assert any(m.relationship is Relationship.CHILD for m in members)
    for resident in copies.population.residents:
        if copies.find(resident.serial, LongTermCare):
            assert resident.age_on(AS_OF) >= 65
        municipal = copies.find(resident.serial, MunicipalTax)
        prefectural = copies.find(resident.serial, PrefecturalTax)
        assert (municipal is None) == (prefectural is None)
        if municipal is not None and prefectural is not None:
            assert prefectural.exempt == municipal.exempt
            assert prefectural.income_levy_yen <= municipal.income_levy_yen
    assert copies.find(copies.population.persona("elderly").serial, LongTermCare)


def born(copies: Copies, tag: str, day: date) -> tuple[Population, tuple[Resident, ...]]:
    """A persona alone in its household and born on another day."""
    one = replace(copies.population.persona(tag), birth_date=day, personas=())
    return copies.population, (one,)


@pytest.mark.parametrize(
    ("day", "taxed"),
    [(date(2008, 1, 1), True), (date(2008, 1, 2), True), (date(2008, 1, 3), False)],
)
def test_who_reaches_18_on_new_years_day_is_taxed(copies: Copies, day: date, taxed: bool) -> None:
    """Born on 2 January, of age on 1 January: the age is reached on the day before (地方税法)."""
    population, household = born(copies, "stranger", day)
    tax = inhabitant_tax(population, household[0], household, {household[0].serial: 2_000_000})
    assert (tax is not None) == taxed


def test_a_pension_begins_the_month_after_the_day_before_the_birthday(copies: Copies) -> None:
    """Born on the first of a month: from that month; born on the second: from the next."""
    for day, since in ((date(1961, 4, 1), date(2026, 4, 1)), (date(1961, 4, 2), date(2026, 5, 1))):
        population, household = born(copies, "stranger", day)
        incomes = {household[0].serial: 0}
        (record, *_) = pension_records(population, household[0], household, incomes)
        assert record.since == since  # type: ignore[attr-defined]
