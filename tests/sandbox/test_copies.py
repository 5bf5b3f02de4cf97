"""What the institutions hold: the right institution, the right people, sums that agree."""

from datetime import date

import pytest

from renkei.sandbox.copies import (
    Copies,
    InsuredKind,
    MunicipalTax,
    PensionStatus,
    build_copies,
    last_assessed_tax_year,
)
from renkei.sandbox.population import DEFAULT_MUNICIPALITIES, build_population

AS_OF = date(2026, 10, 1)
A, B = (municipality.code for municipality in DEFAULT_MUNICIPALITIES)


@pytest.fixture(scope="module")
def copies() -> Copies:
    return build_copies(build_population(1, AS_OF))


def test_the_same_population_gives_the_same_copies(copies: Copies) -> None:
    """Copies depend on the population alone; their digest is fixed."""
    assert build_copies(build_population(1, AS_OF)).export() == copies.export()
    assert copies.digest == "3c9aacc200bb2547626c5083985149e1208bbd6f18f9c253637c73da11d6e821"
    assert build_copies(build_population(2, AS_OF)).digest != copies.digest


def test_the_parents_tax_is_where_it_lived_on_january_1(copies: Copies) -> None:
    """City B holds the parent's and spouse's tax, city A their household data, never reversed."""
    for tag in ("parent", "spouse"):
        serial = copies.population.persona(tag).serial
        assert copies.municipal_tax[serial].municipality == B
        assert copies.resident_records[serial].municipality == A
    tax = copies.municipal_tax[copies.population.persona("parent").serial]
    assert (tax.tax_year, tax.as_of, tax.exempt) == (2026, date(2026, 6, 1), False)
    assert tax.income_levy_yen > 0
    in_b = [r.serial for r, record in copies.at_municipality(B) if isinstance(record, MunicipalTax)]
    assert copies.population.persona("parent").serial in in_b


def test_every_adult_of_january_1_has_one_tax_and_nobody_else(copies: Copies) -> None:
    """Who was 18 on 1 January has a tax record at that day's municipality; children have none."""
    january_1 = date(2026, 1, 1)
    for resident in copies.population.residents:
        tax = copies.municipal_tax.get(resident.serial)
        assert (tax is not None) == (resident.age_on(january_1) >= 18)
        if tax is not None:
            assert tax.municipality == resident.address_on_january_1


def test_before_june_the_assessment_is_the_year_befores() -> None:
    """Until this year's assessment the last one known is held, still by the former city."""
    assert last_assessed_tax_year(date(2026, 5, 31)) == 2025
    assert last_assessed_tax_year(date(2026, 6, 1)) == 2026
    spring = build_copies(build_population(1, date(2026, 3, 10)))
    tax = spring.municipal_tax[spring.population.persona("parent").serial]
    assert (tax.tax_year, tax.municipality, tax.as_of) == (2025, B, date(2025, 6, 1))


def test_levies_agree_with_income_and_exemption(copies: Copies) -> None:
    """Exempt means no levy at all; otherwise 3,000 yen and a levy below six percent of income."""
    for tax in copies.municipal_tax.values():
        assert tax.exempt == (tax.per_capita_levy_yen == 0)
        assert 0 <= tax.income_levy_yen <= tax.total_income_yen * 6 // 100
        assert tax.income_levy_yen % 100 == 0
        assert tax.per_capita_levy_yen in (0, 3_000)
        if tax.exempt:
            assert tax.income_levy_yen == 0
    assert {tax.exempt for tax in copies.municipal_tax.values()} == {True, False}


def test_a_levy_computed_by_hand() -> None:
    """3,486,000 yen alone: minus 430,000 and 522,900 gives 2,533,000; 6 % less 1,500 is 150,400."""
    copies = build_copies(build_population(1, AS_OF))
    tax = copies.municipal_tax[copies.population.persona("stranger").serial]
    assert (tax.total_income_yen, tax.dependants) == (3_486_000, 0)
    assert (tax.income_levy_yen, tax.per_capita_levy_yen) == (150_400, 3_000)


def test_household_data_names_the_head(copies: Copies) -> None:
    """Everybody's record names the household's head, and exactly heads are heads."""
    for members in copies.population.households().values():
        records = [copies.resident_records[r.serial] for r in members]
        assert [record.is_head for record in records] == [True] + [False] * (len(records) - 1)
        assert {record.head_name for record in records} == {members[0].name}
        assert len({record.household_key for record in records}) == 1


def test_pension_covers_20_to_59_and_from_65(copies: Copies) -> None:
    """Contributors are 20 to 59 with a kind, beneficiaries 65 and over without; since lies past."""
    for resident in copies.population.residents:
        age = resident.age_on(AS_OF)
        record = copies.pensions.get(resident.serial)
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
    kinds = {record.insured_kind for record in copies.pensions.values()}
    assert kinds == {*InsuredKind, None}
    assert len(list(copies.at_pension_body())) == len(copies.pensions)
