"""A person as an institution has them on file (宛名). Pure."""

import msgspec

from renkei.law.persons_on_file import OnFile
from renkei.values.birth_date import BirthDate
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.values.person_id import PersonId
from renkei.wire.individual_number.messages import FourAttributes


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person on file under the institution's own id (宛名). Dates as YYYY-MM-DD."""

    person: PersonId
    individual_number: IndividualNumber | None
    name: str
    address: str
    birth_date: str
    """XX for a month or day that nobody knows."""
    sex: str
    municipality_code: MunicipalityCode | None
    tax_municipality_code: MunicipalityCode | None
    """Municipality of the address on 1 January of this year."""
    household: str | None
    relationship: str | None
    """Relationship to the head of the household."""
    manual_reason: str | None = None
    """Why a human decides before anything is provided, e.g. `support-measures`; None: nobody."""

    def __repr__(self) -> str:
        """The id only: attributes do not belong in logs."""
        return f"Person({self.person})"


def on_file(person: Person) -> OnFile:
    """What the law's words about a household look at (世帯の事実)."""
    birth = BirthDate.parse(person.birth_date)
    return OnFile(
        person=person.person,
        birth=birth.earliest(),
        household=person.household,
        relationship=person.relationship,
        residence=person.municipality_code,
        tax_residence=person.tax_municipality_code,
        birth_certain=birth.earliest() == birth.latest(),
    )


def attributes_of(person: Person) -> FourAttributes:
    """The four attributes as this institution has them (氏名・住所・生年月日・性別)."""
    return FourAttributes(
        name=person.name,
        address=person.address,
        birth_date=person.birth_date,
        sex=person.sex,  # type: ignore[arg-type]  # the file holds the three words only
    )
