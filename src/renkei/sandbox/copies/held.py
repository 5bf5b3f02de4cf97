"""What each body holds about a life, item by item, as the information model lays it out (副本).

One line per item: whose file, about whom, with which values.
"""

from collections.abc import Callable, Iterator
from typing import Final

from renkei.sandbox.blueprint import Holder
from renkei.sandbox.copies import values as of
from renkei.sandbox.copies.health import with_association
from renkei.sandbox.copies.lives import PENSION_YEARS, Life
from renkei.sandbox.copies.records import Held

Has = Callable[[Life], bool]
Line = tuple[str, Holder, Has, of.MakeValues]
CITY, PREFECTURE, LABOUR = Holder.CITY, Holder.PREFECTURE, Holder.LABOUR
PENSION, FUND = Holder.PENSION, Holder.ACCIDENT_FUND
_OF_A_PLACE: Final = frozenset({CITY, PREFECTURE, Holder.EDUCATION})


def held_of(life: Life) -> Iterator[Held]:
    """Everything that is held about a life beside tax, insurance, pensions and allowances."""
    for item, holder, has, values in LINES:
        if has(life):
            place = life.resident.municipality if holder in _OF_A_PLACE else None
            yield Held(item, holder, place, values(life, item), life.as_of)


# -- about whom ----------------------------------------------------------------------------------


def _disabled(kind: str) -> Has:
    return lambda life: life.disability == kind


def _child_disabled(life: Life) -> bool:
    return life.is_child and life.disability is not None


def _adult_disabled(life: Life) -> bool:
    return not life.is_child and life.disability is not None


def _severe(has: Has) -> Has:
    return lambda life: has(life) and life.grade == 1


def _learning_apart(life: Life) -> bool:
    return life.disability == "intellectual" and 6 <= life.age < 18


def _placed(how: str) -> Has:
    return lambda life: life.placed == how


def _in_institution(life: Life) -> bool:
    return _child_disabled(life) and life.placed == "institution"


def _ill(child: bool) -> Has:
    return lambda life: life.rare_disease and life.is_child is child


def _child(life: Life) -> bool:
    return life.is_child


def _baby(life: Life) -> bool:
    return life.age < 1


def _pupil(life: Life) -> bool:
    return 6 <= life.age < 15


def _in_high_school(life: Life) -> bool:
    return 15 <= life.age < 18 and _anybody(life)


def _anybody(life: Life) -> bool:
    return not life.resident.personas


def _old(life: Life) -> bool:
    return life.age >= 70


def _poor_single_parent(life: Life) -> bool:
    return life.single_parent and not life.resident.personas


def _foreign_assisted(life: Life) -> bool:
    foreign = life.resident.register is None and not life.resident.personas
    return foreign and life.poor


def _assisted_once(life: Life) -> bool:
    return life.resident.register is not None and life.poor and _anybody(life)


def _retired(service: str) -> Has:
    return lambda life: life.service == service and life.age >= PENSION_YEARS


def _hurt(local: bool) -> Has:
    return lambda life: life.hurt_at_work and (life.service == "local") is local


def _gave_birth(association: bool) -> Has:
    def has(life: Life) -> bool:
        insured = with_association(life.draw_name[0], life.resident) is association
        return life.gave_birth and life.employee and insured

    return has


def _works(life: Life) -> bool:
    return life.employee and _anybody(life)


def _pays_in(life: Life) -> bool:
    return 20 <= life.age < 60 and not life.employee


def _pays_at_work(service: bool) -> Has:
    taught = "private-school"
    return lambda life: life.employee and life.age < 70 and (life.service == taught) is service


def _cares_for_disabled(life: Life) -> bool:
    return life.parent_of_disabled > 0 and _anybody(life)


def _some(share: float, has: Has) -> Has:
    """A share of those, drawn anew for each share."""
    return lambda life: has(life) and life.draw(f"share {share}").chance(share)


# -- what ----------------------------------------------------------------------------------------

_OF_PREFECTURES: Final[tuple[Line, ...]] = (
    ("physical-disability-handbook", PREFECTURE, _disabled("physical"), of.handbook),
    ("physical-disability-grade", PREFECTURE, _disabled("physical"), of.grade),
    ("mental-disability-handbook", PREFECTURE, _disabled("mental"), of.handbook),
    ("mental-disability-grade", PREFECTURE, _disabled("mental"), of.grade),
    ("intellectual-disability", PREFECTURE, _disabled("intellectual"), of.intellectual),
    ("child-assessment", PREFECTURE, _child_disabled, of.assessed),
    ("child-residential-benefit", PREFECTURE, _in_institution, of.residential),
    ("child-residential-high-cost", PREFECTURE, _in_institution, of.in_month(2_000, 30_000)),
    ("child-residential-meals", PREFECTURE, _in_institution, of.monthly(10_000, 30_000)),
    ("child-protection-measure", PREFECTURE, _placed("foster-care"), of.placed),
    ("child-protection-measure", PREFECTURE, _placed("institution"), of.placed),
    ("ability-to-pay-placed", PREFECTURE, _placed("institution"), of.bracket),
    ("ability-to-pay-entrusted", PREFECTURE, _placed("foster-care"), of.bracket),
    ("ability-to-pay-supervised", PREFECTURE, _some(0.01, _child), of.bracket),
    ("child-chronic-disease-cost", PREFECTURE, _ill(child=True), of.limited(1_250, 15_000)),
    ("child-chronic-disease-certificate", PREFECTURE, _ill(child=True), of.year_long),
    ("rare-disease-medical-cost", PREFECTURE, _ill(child=False), of.limited(2_500, 30_000)),
    ("rare-disease-certificate", PREFECTURE, _ill(child=False), of.year_long),
    ("child-rehabilitation-care", PREFECTURE, _some(0.25, _child_disabled), of.until),
    ("job-change-benefit", PREFECTURE, _some(0.011, _assisted_once), of.job_change),
    ("single-parent-loan", PREFECTURE, _some(0.1, _poor_single_parent), of.loan),
    ("special-child-rearing-allowance", PREFECTURE, _cares_for_disabled, of.for_disabled),
    ("special-school-support", Holder.EDUCATION, _learning_apart, of.school_year),
    ("high-school-support", Holder.EDUCATION, _some(0.8, _in_high_school), of.tuition),
    ("school-medical-aid", Holder.EDUCATION, _some(0.02, _pupil), of.in_month(500, 9_000)),
)
_OF_CITIES: Final[tuple[Line, ...]] = (
    ("care-facility-services", CITY, _some(0.05, _severe(_adult_disabled)), of.in_facility),
    ("child-counselling-benefit", CITY, _some(0.5, _child_disabled), of.until),
    ("child-day-benefit", CITY, _some(0.6, _child_disabled), of.days_a_month),
    ("child-day-high-cost", CITY, _some(0.32, _child_disabled), of.in_month(1_000, 20_000)),
    ("child-day-medical-cost", CITY, _some(0.13, _child_disabled), of.in_month(1_000, 20_000)),
    ("health-promotion", CITY, _some(0.14, _anybody), of.screened),
    ("long-term-care-support", CITY, _some(0.08, _old), of.community_care),
    ("municipal-care-benefit", CITY, _some(0.03, _old), of.municipal_care),
    ("pregnancy-notice", CITY, lambda life: life.pregnant, of.pregnancy),
    ("pregnancy-support", CITY, lambda life: life.pregnant, of.once(50_000)),
    ("premature-infant-care", CITY, _some(0.1, _baby), of.until),
    ("self-support-benefit", CITY, _some(0.55, _adult_disabled), of.with_service),
    ("self-support-certification", CITY, _some(0.55, _adult_disabled), of.support_class),
    ("vaccination", CITY, _some(0.9, _child), of.vaccinated),
    ("vaccination", CITY, _some(0.35, _old), of.vaccinated),
    ("influenza-vaccination", CITY, _some(0.3, _anybody), of.against_influenza),
    ("china-returnee-support", CITY, lambda life: life.from_china, of.monthly(40_000, 90_000)),
    ("foreign-public-assistance", CITY, _some(0.2, _foreign_assisted), of.assisted),
    ("education-preparation-benefit", CITY, _some(0.012, _assisted_once), of.once(100_000)),
    (
        "foreign-education-preparation-benefit",
        CITY,
        _some(0.32, _foreign_assisted),
        of.once(100_000),
    ),
    ("employment-independence-benefit", CITY, _some(0.013, _assisted_once), of.once(50_000)),
    (
        "foreign-employment-independence-benefit",
        CITY,
        _some(0.33, _foreign_assisted),
        of.once(50_000),
    ),
    (
        "disabled-child-welfare-allowance",
        CITY,
        _severe(_child_disabled),
        of.monthly(16_100, 16_100),
    ),
    ("special-disability-allowance", CITY, _severe(_adult_disabled), of.monthly(29_590, 29_590)),
    (
        "transitional-welfare-allowance",
        CITY,
        _some(0.03, _adult_disabled),
        of.monthly(16_100, 16_100),
    ),
    ("single-parent-benefit", CITY, _some(0.2, _poor_single_parent), of.trained),
)
_OF_THE_STATE: Final[tuple[Line, ...]] = (
    ("basic-employment-benefit", LABOUR, lambda life: life.lost_work, of.daily),
    ("employment-insurance", LABOUR, lambda life: life.lost_work, of.employment),
    ("leaving-reason", LABOUR, lambda life: life.lost_work, of.left),
    ("training-benefit", LABOUR, _some(0.02, _works), of.once(80_000)),
    (
        "job-training-benefit",
        LABOUR,
        lambda life: life.lost_work and life.poor,
        of.monthly(100_000, 100_000),
    ),
    ("workers-accident-disability-pension", LABOUR, _hurt(local=False), of.accident),
    (
        "workers-accident-pension",
        LABOUR,
        _hurt(local=False),
        of.pension("disability", 300_000, 2_400_000),
    ),
    (
        "workers-accident-survivor-pension",
        LABOUR,
        _some(0.004, _old),
        of.annual(900_000, 2_000_000),
    ),
    ("local-accident-disability-pension", FUND, _hurt(local=True), of.accident),
    ("local-accident-survivor-pension", FUND, _some(0.005, _old), of.annual(900_000, 2_000_000)),
    ("local-accident-leave", FUND, _hurt(local=True), of.leave),
    ("childbirth-benefit", Holder.INSURER, _gave_birth(association=True), of.once(500_000)),
    ("childbirth-benefit", Holder.SOCIETY, _gave_birth(association=False), of.once(500_000)),
    ("disability-basic-pension", PENSION, _adult_disabled, of.disability_pension),
    ("national-pension-premium", PENSION, _pays_in, of.premium),
    ("employees-pension-premium", PENSION, _pays_at_work(service=False), of.premium),
    ("special-disability-benefit", PENSION, _some(0.06, _adult_disabled), of.special_disability),
    (
        "private-school-pension-premium",
        Holder.PRIVATE_SCHOOL,
        _pays_at_work(service=True),
        of.premium,
    ),
    (
        "private-school-pension",
        Holder.PRIVATE_SCHOOL,
        _retired("private-school"),
        of.pension("retirement", 200_000, 900_000),
    ),
    (
        "national-service-pension",
        Holder.NATIONAL_SERVICE,
        _retired("national"),
        of.pension("retirement", 200_000, 900_000),
    ),
    (
        "local-service-pension",
        Holder.LOCAL_SERVICE,
        _retired("local"),
        of.pension("retirement", 200_000, 900_000),
    ),
)
LINES: Final = (*_OF_PREFECTURES, *_OF_CITIES, *_OF_THE_STATE)
"""Every item of the model that no other file of this folder makes."""
