"""What a sandbox country is made of: its municipalities, parties, stories (国の設計).

`country_file` reads one from a file; nothing here names a party.
"""

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from renkei.sandbox.people.tables import Municipality
from renkei.values import MunicipalityCode
from renkei.wire.linkage.directory import Office, OrdinanceFiling, OrdinanceWithholding

DNS_SUFFIX: Final = "renkei.test"
AUTHORITY: Final = "authority"
"""The folder of the country's own certification authority."""


class Holder(enum.Enum):
    """Whose file an item of the population belongs to (情報提供者)."""

    CITY = "city"
    PENSION = "pension"
    INSURER = "insurer"
    JUSTICE = "justice"
    ACCOUNTS = "accounts"
    PREFECTURE = "prefecture"
    ELDERLY_UNION = "elderly-union"
    EDUCATION = "education"
    SOCIETY = "society"
    LABOUR = "labour"
    ACCIDENT_FUND = "accident-fund"
    PRIVATE_SCHOOL = "private-school"
    NATIONAL_SERVICE = "national-service"
    LOCAL_SERVICE = "local-service"
    APPLICANTS = "applicants"


OF_A_PREFECTURE: Final = frozenset({Holder.PREFECTURE, Holder.ELDERLY_UNION, Holder.EDUCATION})
"""Files of which each prefecture has one."""


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """One party to build: its role, its kind in the law's tree, its offices and its file."""

    party: str
    role: str
    kind: str
    name_ja: str
    name_en: str
    municipality_code: MunicipalityCode | None = None
    offices: tuple[Office, ...] = ()
    office_affairs: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Which affairs each office handles (事務分掌); None: all its body may ask for."""
    use_affair: str | None = None
    """Row of the use table under which it acquires codes, or `family-register` (法9条3項)."""
    attributes_accepted: bool = True
    filings: tuple[OrdinanceFiling, ...] = ()
    withholdings: tuple[OrdinanceWithholding, ...] = ()
    desks: bool = False
    """Whether an office's desk speaks to it with a key of its own."""
    people: bool = False
    """Whether people come in by a second listener of its process."""
    holds: str | None = None
    """Which of the population's files is its own (`Holder`)."""
    process: str | None = None
    """Which process carries it with others of that name; None: one of its own (テナント)."""

    @property
    def is_city(self) -> bool:
        """Whether it is a municipality; a prefecture has a code of a place too."""
        return self.holds == Holder.CITY.value

    @property
    def dns_name(self) -> str:
        """Its name in its certificate."""
        return f"{self.party}.{DNS_SUFFIX}"

    @property
    def people_door(self) -> str | None:
        """Under which name the port of its second listener stands in the manifest."""
        return f"{self.party}-people" if self.people else None

    @property
    def desk(self) -> str | None:
        """Its desk's party name, where its role has desks."""
        return f"{self.party}-desk" if self.desks else None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One country before it is built (国の設計図)."""

    text: bytes
    """The file it was read from, as it stands."""
    municipalities: tuple[Municipality, ...]
    plans: tuple[PartyPlan, ...]
    """All parties, in the order they are started."""

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal: another file is another country."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def doors(self) -> tuple[str, ...]:
        """Under which names ports stand in the manifest: every party, then its people's door."""
        people = (plan.people_door for plan in self.plans)
        return (*(plan.party for plan in self.plans), *(one for one in people if one is not None))

    def party(self, name: str) -> PartyPlan:
        """The party of this name; KeyError with those there are."""
        for plan in self.plans:
            if plan.party == name:
                return plan
        raise KeyError(f"no party {name!r}; parties: {', '.join(one.party for one in self.plans)}")

    def holder(self, holder: Holder) -> PartyPlan:
        """The first party that holds one of the population's files; KeyError where none does."""
        for plan in self.plans:
            if plan.holds == holder.value:
                return plan
        raise KeyError(f"no party of this country holds {holder.value!r}")


def desk_dns(desk: str) -> str:
    """The DNS name of a desk."""
    return f"{desk}.{DNS_SUFFIX}"
