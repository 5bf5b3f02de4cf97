"""One synthetic resident and where it lives (架空の住民)."""

import enum
from dataclasses import dataclass
from datetime import date

from renkei.values import IndividualNumber, MunicipalityCode, ResidentCode
from renkei.values.age import age_on


class Sex(enum.Enum):
    """As the resident register has it (性別)."""

    MALE = "male"
    FEMALE = "female"

    @property
    def other(self) -> "Sex":
        """The one that this is not."""
        return Sex.FEMALE if self is Sex.MALE else Sex.MALE


class Relationship(enum.Enum):
    """To the head of the household, in the register's words (続柄)."""

    HEAD = "世帯主"
    HUSBAND = "夫"
    WIFE = "妻"
    CHILD = "子"
    CHILDS_HUSBAND = "子の夫"
    CHILDS_WIFE = "子の妻"
    GRANDCHILD = "孫"
    FATHER = "父"
    MOTHER = "母"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as written in the register, with its postal code of seven digits (住所)."""

    municipality: MunicipalityCode
    postal_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Register:
    """One family register: where its domicile is, in words, and who heads it (戸籍の表示).

    Shared by a couple and their unmarried children (戸籍法6条).
    """

    municipality: MunicipalityCode
    domicile: str
    head: str

    @property
    def text(self) -> str:
        """Domicile and head, by which a register is found."""
        return f"{self.domicile}\u3000{self.head}"


@dataclass(frozen=True, slots=True)
class Resident:
    """A synthetic person; the number carries the sandbox's check digit, so it is nobody's.

    `serial` counts residents of one population from 1. `name` and `kana` are surname and given
    name with an ideographic space between. `previous_address` and `moved_on` are there for who
    moved in after 1 January of the as-of year. `address_on_january_1` is the municipality that
    day, None for who was not yet born. `nationality` is ISO 3166-1 alpha-3; who is not of Japan
    has no `register` and may have a `common_name` (通称). `usual_name` is how files other than the
    resident register write a name with a variant character (異体字). `protected`: support measures
    for victims of violence are in force (支援措置).
    """

    serial: int
    individual_number: IndividualNumber
    resident_code: ResidentCode
    name: str
    kana: str
    birth_date: date
    sex: Sex
    nationality: str
    address: Address
    previous_address: Address | None
    moved_on: date | None
    address_on_january_1: MunicipalityCode | None
    household_id: str
    relationship: Relationship
    register: Register | None
    common_name: str | None = None
    usual_name: str | None = None
    protected: bool = False
    personas: tuple[str, ...] = ()

    @property
    def municipality(self) -> MunicipalityCode:
        """Where the person is registered now."""
        return self.address.municipality

    @property
    def is_head(self) -> bool:
        """Whether the person is head of the household (世帯主)."""
        return self.relationship is Relationship.HEAD

    def age_on(self, day: date) -> int:
        """Full years of age on a day, each reached the day before the birthday (年齢)."""
        return age_on(self.birth_date, day)
