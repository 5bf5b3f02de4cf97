"""What J-LIS decides by itself: how attributes compare, and how often one may try (照合規則).

Pure: facts in, verdict out. A comparison names fields and reasons, never a value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from renkei.values.attributes import folded_name, plain_address, plain_name
from renkei.wire.messages.acquisition import FieldVerdict, FourAttributes, Verdict

OFFICER_FAILURES_PER_HOUR: Final = 10
"""Comparisons that did not agree, per officer; the eleventh attempt is refused."""
INSTITUTION_FAILURES_PER_HOUR: Final = 100
NUMBER_FAILURES_PER_DAY: Final = 5
INSTITUTION_ACQUISITIONS_PER_HOUR: Final = 200_000

PORTAL_POOL_PEOPLE: Final = 20_000
"""Out of how many people not yet in the portal's set a batch is drawn, at most."""
_DRAW_BYTES: Final = 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """The attributes the register holds, with earlier addresses (本人確認情報)."""

    attributes: FourAttributes
    earlier_addresses: tuple[str, ...] = ()
    common_name: str | None = None
    """A foreign resident's registered common name (通称)."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many comparisons did not agree lately (照合不一致の回数)."""

    officer_failures: int
    institution_failures: int
    number_failures: int
    institution_acquisitions: int


def within_limits(attempts: Attempts) -> bool:
    """Whether another attempt is allowed; the limits stop a search through numbers."""
    return (
        attempts.officer_failures < OFFICER_FAILURES_PER_HOUR
        and attempts.institution_failures < INSTITUTION_FAILURES_PER_HOUR
        and attempts.number_failures < NUMBER_FAILURES_PER_DAY
        and attempts.institution_acquisitions < INSTITUTION_ACQUISITIONS_PER_HOUR
    )


def compare_name(own: str, registered: str) -> FieldVerdict:
    """Names: same characters agree, known variants of a character are doubtful (氏名の照合)."""
    left, right = plain_name(own), plain_name(registered)
    if left == right:
        return FieldVerdict(field="name", verdict="agree", reason="same")
    if folded_name(own) == folded_name(registered):
        return FieldVerdict(field="name", verdict="doubtful", reason="variant-character")
    return FieldVerdict(field="name", verdict="differ", reason="different")


def compare_names(own: str, person: RegisteredPerson) -> FieldVerdict:
    """The registered name, else the registered common name: both are the person's (通称)."""
    verdict = compare_name(own, person.attributes.name)
    if verdict.verdict == "differ" and person.common_name is not None:
        common = compare_name(own, person.common_name)
        if common.verdict == "agree":
            return FieldVerdict(field="name", verdict="agree", reason="common-name")
        return common
    return verdict


def compare_address(own: str, person: RegisteredPerson) -> FieldVerdict:
    """Addresses: same or an earlier one agree; one that only adds a building is doubtful."""
    left, right = plain_address(own), plain_address(person.attributes.address)
    if left == right:
        return FieldVerdict(field="address", verdict="agree", reason="same")
    if left in {plain_address(earlier) for earlier in person.earlier_addresses}:
        return FieldVerdict(field="address", verdict="agree", reason="earlier-address")
    if _adds_building(left, right) or _adds_building(right, left):
        return FieldVerdict(field="address", verdict="doubtful", reason="building-differs")
    return FieldVerdict(field="address", verdict="differ", reason="different")


def _adds_building(longer: str, house: str) -> bool:
    """Whether one address is the other's house number and something after it.

    A digit after a number makes another number: house 12 is not house 1 with a building.
    """
    added = longer.removeprefix(house)
    return added != longer and house[-1:].isdigit() and not added[:1].isdigit()


def compare(own: FourAttributes, person: RegisteredPerson) -> tuple[Verdict, list[FieldVerdict]]:
    """Compare an institution's attributes with the register's, field by field (照合).

    `differ` if any field differs, `doubtful` if any is doubtful, else `agree`.
    """
    registered = person.attributes
    fields = [
        compare_names(own.name, person),
        compare_address(own.address, person),
        _exact("birth-date", own.birth_date, registered.birth_date),
        _exact("sex", own.sex, registered.sex),
    ]
    verdicts = {field.verdict for field in fields}
    verdict: Verdict = (
        "differ" if "differ" in verdicts else "doubtful" if "doubtful" in verdicts else "agree"
    )
    return verdict, fields


def _exact(name: str, own: str, registered: str) -> FieldVerdict:
    same = own == registered
    return FieldVerdict(
        field="sex" if name == "sex" else "birth-date",
        verdict="agree" if same else "differ",
        reason="same" if same else "different",
    )


def no_such_person(with_number: bool) -> tuple[Verdict, list[FieldVerdict]]:
    """The verdict where nobody, or more than one person, fits (該当者なし)."""
    reason = "number-or-person-unknown" if with_number else "not-exactly-one"
    return "differ", [FieldVerdict(field="number", verdict="differ", reason=reason)]


def draw(people: Sequence[T], count: int, randomness: Callable[[int], bytes]) -> list[T]:
    """At most `count` people in an order that tells nothing of the register's (無作為抽出)."""
    return sorted(people, key=lambda _: randomness(_DRAW_BYTES))[:count]
