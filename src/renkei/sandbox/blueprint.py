"""Who takes part in the sandbox country: parties, kinds, offices (機関の設計)."""

from dataclasses import dataclass
from typing import Final

from renkei.law.use import FAMILY_REGISTER
from renkei.run.config import RoleName
from renkei.sandbox.people.tables import Municipality
from renkei.wire.messages.directory import (
    FilingSource,
    Office,
    OrdinanceFiling,
    OrdinanceWithholding,
    Role,
)

DNS_SUFFIX: Final = "renkei.test"
ACQUIRE_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """One party to build: its role, its kind in the law's tree, its offices and desk."""

    party: str
    role: Role
    kind: str
    name_ja: str
    name_en: str
    municipality_code: str | None = None
    offices: tuple[Office, ...] = ()
    use_affair: str | None = None
    """Row of the use table under which it acquires codes, or `family-register` (法9条3項)."""
    attributes_accepted: bool = True
    filings: tuple[OrdinanceFiling, ...] = ()
    withholdings: tuple[OrdinanceWithholding, ...] = ()
    serve: RoleName | None = None
    """Which role a process serves; None for parties whose role is still to come."""
    people: bool = False
    """Whether people come in by a second listener of its process."""

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
        """Its desk's party name, for institutions."""
        return f"{self.party}-desk" if self.role == "institution" else None


def _office(office: str, name_ja: str, name_en: str) -> Office:
    return Office(office=office, name_ja=name_ja, name_en=name_en)


_CITY_OFFICES: Final = (
    _office("child-support", "子ども家庭課", "Child and family office"),
    _office("tax", "市民税課", "Municipal tax office"),
    _office("residents", "市民課", "Residents' office"),
)

_CENTRE: Final = (
    PartyPlan(
        party="linkage",
        role="linkage",
        kind="network-operator",
        name_ja="情報提供ネットワークシステム",
        name_en="Information Providing Network System",
        serve="linkage",
    ),
    PartyPlan(
        party="individual-number",
        role="individual-number",
        kind="local-authority-systems-agency",
        name_ja="地方公共団体情報システム機構",
        name_en="Japan Agency for Local Authority Information Systems",
        serve="individual-number",
    ),
    PartyPlan(
        party="portal",
        role="portal",
        kind="portal-operator",
        name_ja="情報提供等記録開示システム",
        name_en="Portal",
        serve="portal",
        people=True,
    ),
    PartyPlan(
        party="oversight",
        role="oversight",
        kind="protection-commission",
        name_ja="個人情報保護委員会",
        name_en="Personal Information Protection Commission",
        serve="oversight",
    ),
)

PENSION: Final = PartyPlan(
    party="pension-service",
    role="institution",
    kind="pension-service",
    name_ja="日本年金機構",
    name_en="Japan Pension Service",
    offices=(_office("records", "年金記録課", "Pension records office"),),
    use_affair="37",
    serve="institution",
)

INSURER: Final = PartyPlan(
    party="health-insurer",
    role="institution",
    kind="health-insurance-association",
    name_ja="全国健康保険協会",
    name_en="Japan Health Insurance Association",
    offices=(_office("benefits", "業務グループ", "Benefits group"),),
    use_affair="2",
    serve="institution",
)

JUSTICE: Final = PartyPlan(
    party="family-register",
    role="institution",
    kind="minister-of-justice",
    name_ja="法務大臣（戸籍）",
    name_en="Minister of Justice (family register)",
    offices=(_office("family-register", "民事局民事第一課", "Civil affairs, first division"),),
    use_affair=FAMILY_REGISTER,
    attributes_accepted=False,
    serve="institution",
)
"""Takes no attributes after `no-code`: 令26条3項 leaves it out."""

ACCOUNTS: Final = PartyPlan(
    party="receiving-accounts",
    role="institution",
    kind="prime-minister",
    name_ja="内閣総理大臣（公金受取口座）",
    name_en="Prime Minister (receiving accounts)",
    offices=(_office("registration", "口座登録担当", "Account registration"),),
    use_affair="134",
    serve="institution",
)

SINGLE_PARENT_MEDICAL: Final = OrdinanceFiling(
    affair="o-single-parent-medical",
    body="municipality-mayor",
    local_government="調布市",
    ordinance="ひとり親家庭等の医療費の助成に関する条例（架空）",
    title_ja="ひとり親家庭等の医療費の助成",
    sources=[
        FilingSource(
            row="81",
            likeness="base",
            provider="municipality-mayor",
            items=["local-tax", "resident-record"],
        )
    ],
    filed_on="2025-06-02",
    notified_on="2025-10-01",
    published_on="2025-10-01",
)
"""An invented ordinance affair of the first city, like row 81 (独自利用事務)."""

KEEPS_RESIDENT_RECORDS: Final = OrdinanceWithholding(
    ordinance="特定個人情報の提供の制限に関する条例（架空）",
    items=["resident-record"],
    rows=[],
    starts_on="2018-04-01",
    filed_on="2016-12-01",
    notified_on="2017-02-01",
)
"""The second city gives resident records to no ordinance affair (法26条)."""

_ROMAN: Final = {"13208": "chofu", "12203": "ichikawa", "14205": "fujisawa"}
_TAX_ROW: Final = "24"
_CHILD_ALLOWANCE_ROW: Final = "81"


def city(municipality: Municipality, *, taxes: bool) -> PartyPlan:
    """A city as one institution with its offices; `taxes`: it acquires codes as tax assessor."""
    code = str(municipality.code)
    roman = _ROMAN[code[:5]]
    return PartyPlan(
        party=f"{roman}-city",
        role="institution",
        kind="municipality-mayor",
        name_ja=municipality.name,
        name_en=f"{roman.capitalize()} City",
        municipality_code=code,
        offices=_CITY_OFFICES,
        use_affair=_TAX_ROW if taxes else _CHILD_ALLOWANCE_ROW,
        filings=() if taxes else (SINGLE_PARENT_MEDICAL,),
        withholdings=(KEEPS_RESIDENT_RECORDS,) if taxes else (),
        serve="institution",
    )


def parties(municipalities: tuple[Municipality, ...]) -> tuple[PartyPlan, ...]:
    """All parties, in the order they are started."""
    cities = (city(one, taxes=index > 0) for index, one in enumerate(municipalities))
    return (*_CENTRE, *cities, PENSION, INSURER, JUSTICE, ACCOUNTS)
