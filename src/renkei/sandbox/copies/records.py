"""What is held about a person, item by item, with typed fields (副本のデータ項目).

What an item contains is law; the field lists are our own proposal from practice, as the
ministerial layouts are not published as law (データ標準レイアウト). Amounts in yen.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from renkei.sandbox.blueprint import OF_A_PREFECTURE, Holder
from renkei.values import MunicipalityCode


class InsuredKind(enum.Enum):
    """The three kinds of the insured of the National Pension (被保険者の種別, 国民年金法7条)."""

    FIRST = "category-1"
    SECOND = "category-2"
    THIRD = "category-3"


class PensionStatus(enum.Enum):
    """Whether the person pays in or draws (資格・受給の別)."""

    INSURED = "insured"
    RECEIVING_OLD_AGE = "receiving-old-age"


class Kinship(enum.Enum):
    """What another person of a family register is to this one (続柄)."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class MunicipalTax:
    """Municipal tax one municipality assessed for one fiscal year (市町村民税).

    The municipality is that of 1 January of the tax year; incomes are the year before's.
    `dependants` counts persons other than a spouse. `exempt` means neither levy is due.
    """

    ITEM: ClassVar = "municipal-tax"
    HOLDER: ClassVar = Holder.CITY

    tax_year: int
    municipality: MunicipalityCode
    income_levy_yen: int
    per_capita_levy_yen: int
    total_income_yen: int
    dependants: int
    exempt: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class PrefecturalTax:
    """Prefectural inhabitant tax, assessed with the municipal one by the city (道府県民税)."""

    ITEM: ClassVar = "prefectural-tax"
    HOLDER: ClassVar = Holder.CITY

    tax_year: int
    municipality: MunicipalityCode
    income_levy_yen: int
    per_capita_levy_yen: int
    total_income_yen: int
    exempt: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """Household data of the resident record (住民票関係情報, 住基法7条4号).

    Whether the person is head, else the head's name and the relationship; no address.
    """

    ITEM: ClassVar = "resident-record"
    HOLDER: ClassVar = Holder.CITY

    municipality: MunicipalityCode
    is_head: bool
    head_name: str
    relationship: str
    household_key: str
    as_of: date


@dataclass(frozen=True, slots=True)
class ChildAllowance:
    """Child allowance paid to a claimant (児童手当, 児童手当法8条1項)."""

    ITEM: ClassVar = "child-allowance"
    HOLDER: ClassVar = Holder.CITY

    municipality: MunicipalityCode
    children: int
    monthly_yen: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class ChildRearingAllowance:
    """Allowance paid to a single parent (児童扶養手当)."""

    ITEM: ClassVar = "child-rearing-allowance"
    HOLDER: ClassVar = Holder.CITY

    municipality: MunicipalityCode
    children: int
    full: bool
    monthly_yen: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class PublicAssistance:
    """Public assistance granted to a household (生活保護, 生活保護法19条1項)."""

    ITEM: ClassVar = "public-assistance"
    HOLDER: ClassVar = Holder.CITY

    municipality: MunicipalityCode
    status: str
    livelihood_aid: bool
    housing_aid: bool
    medical_aid: bool
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class LongTermCare:
    """Need for care and the benefit it gives a right to (介護給付・予防給付)."""

    ITEM: ClassVar = "long-term-care-benefit"
    HOLDER: ClassVar = Holder.CITY

    municipality: MunicipalityCode
    level: str
    valid_from: date
    valid_to: date
    monthly_benefit_yen: int
    as_of: date


@dataclass(frozen=True, slots=True)
class InsuredStatus:
    """Entitlement to health insurance, of a city's or the Association's (被保険者等資格)."""

    ITEM: ClassVar = "insured-status"
    HOLDER: ClassVar = Holder.INSURER

    municipality: MunicipalityCode | None
    insurer: str
    symbol: str
    number: str
    branch: str
    kind: str
    copayment_percent: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class InsuranceBenefit:
    """The newest health insurance benefit paid (医療保険給付の支給); no diagnosis."""

    ITEM: ClassVar = "insurance-benefit"
    HOLDER: ClassVar = Holder.INSURER

    municipality: MunicipalityCode | None
    kind: str
    month: str
    amount_yen: int
    as_of: date


@dataclass(frozen=True, slots=True)
class PensionRecord:
    """What the pension body holds (年金関係情報).

    `insured_kind` is None for who draws, `annual_yen`
    for who pays in.

    `since` is the first day of the present status, `act` the law's Japanese title.
    """

    ITEM: ClassVar = "pension-benefit"
    HOLDER: ClassVar = Holder.PENSION

    act: str
    insured_kind: InsuredKind | None
    status: PensionStatus
    since: date
    annual_yen: int | None
    as_of: date


@dataclass(frozen=True, slots=True)
class NationalPension:
    """Old-age basic pension paid (国民年金法による年金である給付)."""

    ITEM: ClassVar = "national-pension"
    HOLDER: ClassVar = Holder.PENSION

    kind: str
    annual_yen: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class EmployeesPension:
    """Old-age employees' pension paid (厚生年金保険法による年金である給付)."""

    ITEM: ClassVar = "employees-pension"
    HOLDER: ClassVar = Holder.PENSION

    kind: str
    annual_yen: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class PensionSupplement:
    """Support benefit for pensioners of low income (年金生活者支援給付金)."""

    ITEM: ClassVar = "pension-supplement"
    HOLDER: ClassVar = Holder.PENSION

    kind: str
    monthly_yen: int
    since: date
    as_of: date


@dataclass(frozen=True, slots=True)
class Relation:
    """One family relation that exists; the other is told by its birth date alone (身分関係)."""

    kind: Kinship
    other_birth_date: date
    since: date


@dataclass(frozen=True, slots=True)
class FamilyRegister:
    """Which family relations exist (戸籍関係情報, 法9条3項).

    Computed from the register, never a copy of it. Our own proposal of fields; those of the
    ministerial order are not at hand.
    """

    ITEM: ClassVar = "family-register"
    HOLDER: ClassVar = Holder.JUSTICE

    relations: tuple[Relation, ...]
    married: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class ReceivingAccount:
    """The account registered for public benefits (公的給付支給等口座, 令和3年法律38号3条3項).

    Institution and branch, kind and number, holder; all of them invented.
    """

    ITEM: ClassVar = "receiving-account"
    HOLDER: ClassVar = Holder.ACCOUNTS

    institution: str
    institution_code: str
    branch_name: str
    branch_code: str
    kind: str
    number: str
    holder: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Held:
    """An item by its layout: fields by name as `renkei.law.information` lays them out.

    `place` is the municipality of the residence: the city's own file or its prefecture's has it.
    """

    item: str
    holder: Holder
    place: MunicipalityCode | None
    values: Mapping[str, str | int | bool | date | None]
    as_of: date

    @property
    def ITEM(self) -> str:  # as of the other records
        """Which item it is."""
        return self.item

    @property
    def HOLDER(self) -> Holder:  # as of the other records
        """Whose file it belongs to."""
        return self.holder

    @property
    def municipality(self) -> MunicipalityCode | None:
        """The city that has it, if one does."""
        return self.place if self.holder is Holder.CITY else None

    @property
    def prefecture(self) -> str | None:
        """The prefecture whose body has it, if one does; two digits."""
        if self.place is None or self.holder not in OF_A_PREFECTURE:
            return None
        return self.place.prefecture


Record = (
    MunicipalTax
    | PrefecturalTax
    | ResidentRecord
    | ChildAllowance
    | ChildRearingAllowance
    | PublicAssistance
    | LongTermCare
    | InsuredStatus
    | InsuranceBenefit
    | PensionRecord
    | NationalPension
    | EmployeesPension
    | PensionSupplement
    | FamilyRegister
    | ReceivingAccount
    | Held
)
