"""What J-LIS decides by itself: how attributes compare, and how often one may try (照合規則).

Pure: facts in, verdict out. A comparison names fields and reasons, never a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from renkei.values.address_likeness import compare_addresses
from renkei.values.birth_date import compare_birth_dates
from renkei.values.individual_number import NumberScheme
from renkei.values.likeness import DIFFERENT, SAME, Likeness, best, worst
from renkei.values.names import compare_names
from renkei.values.slowing import Slowing, Tries
from renkei.wire.individual_number.messages import FieldName, FieldVerdict, FourAttributes, Verdict

OFFICER_GUESSES: Final = Slowing(free=10, first_seconds=60, longest_seconds=3_600)
"""Guesses of one officer in an hour: comparisons with nobody near, or without a number and without
agreement. They spend nobody else's."""
BODY_GUESSES: Final = Slowing(free=100, first_seconds=1, longest_seconds=5)
"""Guesses of a whole body in an hour: its officers are slowed down and none is shut out."""
PERSON_FAILURES: Final = Slowing(free=5, first_seconds=3_600, longest_seconds=86_400)
"""Comparisons about one person or number sought that did not agree, of one body in a day. A doubt
stays counted whatever an officer decides."""
INSTITUTION_ACQUISITIONS_PER_HOUR: Final = 200_000
FLOOD_PAUSE_SECONDS: Final = 60
NEAR_FIELDS: Final = 3
"""So many of the four fields must not differ, or the person found is not the one sought."""

PORTAL_POOL_PEOPLE: Final = 20_000
"""Out of how many people not yet in the portal's set a batch is drawn, at most."""
_DRAW_BYTES: Final = 16
T = TypeVar("T")


def number_scheme(profile: Literal["sandbox", "production"]) -> NumberScheme:
    """Which individual numbers a profile takes: never both."""
    return NumberScheme.SANDBOX if profile == "sandbox" else NumberScheme.OFFICIAL


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """The attributes the register holds, with earlier addresses (本人確認情報)."""

    attributes: FourAttributes
    earlier_addresses: tuple[str, ...] = ()
    common_name: str | None = None
    """A foreign resident's registered common name (通称)."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What one body tried lately: guesses, failures about whom it seeks, and all (照合の回数)."""

    officer_guesses: Tries
    body_guesses: Tries
    person_failures: Tries
    acquisitions: int


def wait_of_body(attempts: Attempts) -> int:
    """Seconds until an officer of a body may compare again, whomever it is about; 0: now.

    People on file whose address or name is written in another way make no guesses where their
    number is known, so that they slow nobody down.
    """
    if attempts.acquisitions >= INSTITUTION_ACQUISITIONS_PER_HOUR:
        return FLOOD_PAUSE_SECONDS
    return max(
        OFFICER_GUESSES.wait_seconds(attempts.officer_guesses),
        BODY_GUESSES.wait_seconds(attempts.body_guesses),
    )


def wait_about_person(attempts: Attempts) -> int:
    """Seconds until a body may compare again about the one it seeks; 0: now."""
    return PERSON_FAILURES.wait_seconds(attempts.person_failures)


def compare_name(own: str, person: RegisteredPerson) -> Likeness:
    """The registered name or the registered common name, whichever is nearer (氏名・通称)."""
    registered = compare_names(own, person.attributes.name)
    if person.common_name is None:
        return registered
    common = compare_names(own, person.common_name)
    if common.verdict == "agree":
        common = Likeness("agree", "common-name")
    return best(registered, common)


def compare_address(own: str, person: RegisteredPerson) -> Likeness:
    """The address, else an earlier one that agrees or is in doubt (住所・従前の住所)."""
    now = compare_addresses(own, person.attributes.address)
    if now.verdict == "agree":
        return now
    earlier = best(
        DIFFERENT, *(compare_addresses(own, address) for address in person.earlier_addresses)
    )
    if earlier.verdict == "agree":
        return Likeness("agree", "earlier-address")
    return best(now, earlier)


@dataclass(frozen=True, slots=True)
class Compared:
    """How an institution's attributes compare with one person's (照合)."""

    likeness: Mapping[FieldName, Likeness]

    @property
    def verdict(self) -> Verdict:
        """`differ` if any field differs, `doubtful` if any is doubtful, else `agree`."""
        return worst(*self.likeness.values()).verdict

    @property
    def fields(self) -> list[FieldVerdict]:
        """Verdict and reason field by field, as they are answered."""
        return [
            FieldVerdict(field=field, verdict=one.verdict, reason=one.reason)
            for field, one in self.likeness.items()
        ]

    @property
    def who_and_where(self) -> tuple[Likeness, Likeness]:
        """How alike the person is, and how alike the address."""
        who = [one for field, one in self.likeness.items() if field != "address"]
        return worst(*who), self.likeness["address"]

    @property
    def near(self) -> bool:
        """Whether this is the person sought, to all appearance, if not beyond doubt.

        A birth date that is not known is near nobody's.
        """
        close = [
            one
            for one in self.likeness.values()
            if one.verdict != "differ" and one.reason != "partly-unknown"
        ]
        return len(close) >= NEAR_FIELDS


def compare(own: FourAttributes, person: RegisteredPerson) -> Compared:
    """Compare an institution's attributes with the register's, field by field (照合)."""
    registered = person.attributes
    return Compared(
        {
            "name": compare_name(own.name, person),
            "address": compare_address(own.address, person),
            "birth-date": compare_birth_dates(own.birth_date, registered.birth_date),
            "sex": SAME if own.sex == registered.sex else DIFFERENT,
        }
    )


def no_such_person(with_number: bool) -> tuple[Verdict, list[FieldVerdict]]:
    """The verdict where nobody, or more than one person, fits (該当者なし).

    It is the same whether the register has somebody else near, or such a number: who guesses
    learns that from no word of it.
    """
    reason = "number-or-person-unknown" if with_number else "not-exactly-one"
    return "differ", [FieldVerdict(field="number", verdict="differ", reason=reason)]


def draw(people: Sequence[T], count: int, randomness: Callable[[int], bytes]) -> list[T]:
    """At most `count` people in an order that tells nothing of the register's (無作為抽出)."""
    return sorted(people, key=lambda _: randomness(_DRAW_BYTES))[:count]
