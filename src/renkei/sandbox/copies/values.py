"""Values of the items that bodies hold about a life: believable and invented (副本の値)."""

from collections.abc import Callable
from datetime import date, timedelta

from renkei.sandbox.copies.lives import Life, adult_since

Values = dict[str, str | int | bool | date | None]
MakeValues = Callable[[Life, str], Values]
SCHOOL_YEAR_MONTH = 4


def yen(life: Life, item: str, low: int, high: int, step: int = 100) -> int:
    """An amount of an item, from `low` to `high`, in steps."""
    return life.draw(item).whole(low // step, high // step) * step


def since(life: Life, item: str) -> Values:
    """When it began."""
    return {"since": max(life.since, life.resident.birth_date)}


def year_long(life: Life, item: str) -> Values:
    """A certificate of a year that is running."""
    first = date(life.as_of.year, life.draw(item).whole(1, life.as_of.month), 1)
    return {"valid-from": first, "valid-to": first + timedelta(days=364)}


def until(life: Life, item: str) -> Values:
    """When it began, until when it runs."""
    return {**since(life, item), "valid-to": year_long(life, item)["valid-to"]}


def monthly(low: int, high: int) -> MakeValues:
    """An amount a month."""
    return lambda life, item: {"monthly": yen(life, item, low, high), **since(life, item)}


def annual(low: int, high: int) -> MakeValues:
    """An amount a year."""
    return lambda life, item: {"annual": yen(life, item, low, high), **since(life, item)}


def pension(kind: str, low: int, high: int) -> MakeValues:
    """A pension of a kind, in yen a year."""
    return lambda life, item: {"kind": kind, **annual(low, high)(life, item)}


def once(amount: int) -> MakeValues:
    """An amount paid once."""
    return lambda life, item: {"amount": amount, "paid-on": life.day(item)}


def in_month(low: int, high: int) -> MakeValues:
    """What was paid for a month."""
    return lambda life, item: {
        "month": f"{life.as_of - timedelta(days=life.draw(item).whole(40, 300)):%Y-%m}",
        "amount": yen(life, item, low, high),
    }


def limited(low: int, high: int) -> MakeValues:
    """A certificate with the most that is paid a month."""
    return lambda life, item: {
        "monthly-limit": yen(life, item, low, high),
        **year_long(life, item),
    }


def bracket(life: Life, item: str) -> Values:
    """What the family can pay towards the care of a child."""
    bracket = life.draw(item).choose("abcd")
    monthly = {"a": 0, "b": 2_200, "c": 4_500, "d": 6_600}[bracket]
    return {"bracket": bracket, "monthly": monthly, "judged-on": life.day(item)}


def premium(life: Life, item: str) -> Values:
    """What was paid in for the last fiscal year."""
    months = 12 if life.employee else life.draw(item).choose((0, 6, 12))
    return {"tax-year": life.as_of.year - 1, "months": months, "paid": months * 17_510}


def assisted(life: Life, item: str) -> Values:
    """Public assistance, with its kinds of aid."""
    draw = life.draw(item)
    aids = {"housing-aid": draw.chance(0.85), "medical-aid": draw.chance(0.85)}
    return {"status": "granted", "livelihood-aid": True, **aids, **since(life, item)}


def with_service(life: Life, item: str) -> Values:
    """A service for persons with disabilities."""
    service = "outpatient-psychiatric" if life.disability == "mental" else "home-help"
    return {"service": service, **limited(0, 9_300)(life, item)}


def grade(life: Life, item: str) -> Values:
    """The grade of a disability."""
    return {"grade": str(life.grade)}


def handbook(life: Life, item: str) -> Values:
    """A handbook of a disability."""
    shown = until(life, item) if life.disability == "mental" else since(life, item)
    part = {"part": life.part} if life.disability == "physical" else {}
    return {**part, "grade": str(life.grade), **shown}


def intellectual(life: Life, item: str) -> Values:
    """The degree of an intellectual disability."""
    return {"degree": "a" if life.grade == 1 else "b", "judged-on": life.since}


def assessed(life: Life, item: str) -> Values:
    """The assessment of a child by the guidance centre."""
    finding = "residential-support" if life.placed == "institution" else "day-support"
    return {"finding": finding, "judged-on": life.day(item)}


def pregnancy(life: Life, item: str) -> Values:
    """A notice of pregnancy."""
    weeks = life.draw(item).whole(11, 30)
    notified = life.as_of - timedelta(days=(weeks - 10) * 7)
    return {"notified-on": notified, "expected-on": life.as_of + timedelta(weeks=40 - weeks)}


def vaccinated(life: Life, item: str) -> Values:
    """Vaccinations under the Immunization Act."""
    child = life.is_child
    kind = "measles-rubella" if child else "pneumococcus"
    return {"vaccine": kind, "doses": 2 if child else 1, "last-on": life.day(item)}


def left(life: Life, item: str) -> Values:
    """Why somebody left work."""
    return {"reason": "voluntary" if life.left_willingly else "involuntary", "left-on": life.since}


def daily(life: Life, item: str) -> Values:
    """A benefit a day."""
    end = max(life.since + timedelta(days=240), life.as_of)
    return {"daily": yen(life, item, 2_400, 8_600, 10), "since": life.since, "valid-to": end}


def accident(life: Life, item: str) -> Values:
    """A pension after an accident at work."""
    grade = str(life.draw(f"{item} grade").whole(1, 7))
    return {"grade": grade, **annual(300_000, 2_400_000)(life, item)}


def disability_pension(life: Life, item: str) -> Values:
    """The disability basic pension."""
    first = min(life.grade, 2) == 1
    grade, annual = ("1", 1_039_625) if first else ("2", 831_700)
    return {"grade": grade, "annual": annual, "since": adult_since(life)}


def residential(life: Life, item: str) -> Values:
    """A benefit for a child in an institution."""
    return {"monthly": yen(life, item, 90_000, 240_000), **until(life, item)}


def placed(life: Life, item: str) -> Values:
    """How a child is cared for away from its parents."""
    return {"measure": life.placed, **since(life, item)}


def job_change(life: Life, item: str) -> Values:
    """An allowance while training for other work."""
    return {"kind": "training", **once(40_000)(life, item)}


def loan(life: Life, item: str) -> Values:
    """A loan to a single parent."""
    kind = life.draw(item).choose(("school-costs", "living-costs"))
    amount = yen(life, f"{item} amount", 100_000, 900_000, 10_000)
    return {"kind": kind, "amount": amount, **since(life, item)}


def for_disabled(life: Life, item: str) -> Values:
    """The allowance for who brings up children with a disability."""
    grade, each = life.draw(item).choose((("1", 56_800), ("2", 37_830)))
    count = life.parent_of_disabled
    return {"children": count, "grade": grade, "monthly": count * each, **since(life, item)}


def school_year(life: Life, item: str) -> Values:
    """Support for a school year, which begins in April."""
    year = life.as_of.year - (life.as_of.month < SCHOOL_YEAR_MONTH)
    return {"school-year": year, "amount": yen(life, item, 20_000, 120_000)}


def tuition(life: Life, item: str) -> Values:
    """Support for the fees of a high school, for a school year."""
    year = school_year(life, item)["school-year"]
    return {"school-year": year, "monthly": 9_900}


def in_facility(life: Life, item: str) -> Values:
    """Care in a facility for persons with disabilities."""
    return {"service": life.draw(item).choose(("medical-care", "living-care")), **since(life, item)}


def days_a_month(life: Life, item: str) -> Values:
    """Day support, so many days a month."""
    return {"days-a-month": life.draw(item).whole(4, 23), **until(life, item)}


def screened(life: Life, item: str) -> Values:
    """A screening of the municipality's programme."""
    return {"kind": life.draw(item).choose(("cancer", "bone")), "screened-on": life.day(item)}


def community_care(life: Life, item: str) -> Values:
    """A service that keeps people from needing care."""
    return {"service": life.draw(item).choose(("visit", "day-centre")), **since(life, item)}


def municipal_care(life: Life, item: str) -> Values:
    """A benefit of the municipality's own beside the Act's."""
    return {"kind": "special-benefit", "monthly": yen(life, item, 2_000, 8_000)}


def support_class(life: Life, item: str) -> Values:
    """A certified class of support for persons with disabilities."""
    return {"level": str(life.draw(item).whole(1, 6)), **year_long(life, item)}


def against_influenza(life: Life, item: str) -> Values:
    """A vaccination against novel influenza."""
    return {"vaccine": "influenza", "last-on": life.day(item)}


def trained(life: Life, item: str) -> Values:
    """A benefit for a single parent in training."""
    kind = life.draw(item).choose(("training", "course"))
    return {"kind": kind, "monthly": yen(life, item, 70_000, 140_000, 500), **since(life, item)}


def employment(life: Life, item: str) -> Values:
    """The benefit of who lost work, as employment insurance names it."""
    return {"kind": "basic", **daily(life, "basic-employment-benefit")}


def leave(life: Life, item: str) -> Values:
    """Compensation a day while away from work."""
    return {"daily": yen(life, item, 4_000, 12_000, 10), **since(life, item)}


def special_disability(life: Life, item: str) -> Values:
    """The benefit of who was not insured when disabled."""
    first = life.grade == 1
    grade, amount = ("1", 56_850) if first else ("2", 45_480)
    return {"grade": grade, "monthly": amount, "since": adult_since(life)}
