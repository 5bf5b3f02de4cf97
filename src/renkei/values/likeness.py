"""How alike two writings are: the answer of every comparison of attributes (照合の結果)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

Verdict = Literal["agree", "doubtful", "differ"]
REASONS: Final = frozenset(
    {
        "same",
        "different",
        "common-name",
        "variant-character",
        "private-use-character",
        "word-boundary",
        "word-order",
        "earlier-address",
        "building-differs",
        "part-missing",
        "block-or-lot",
        "ward-rearranged",
        "notation",
        "partly-unknown",
        "not-exactly-one",
        "number-or-person-unknown",
    }
)
"""Every reason a comparison can give; none of them repeats what was compared."""

_WORST_FIRST: Final = ("differ", "doubtful", "agree")


@dataclass(frozen=True, slots=True)
class Likeness:
    """A verdict with its reason (照合結果)."""

    verdict: Verdict
    reason: str

    def __bool__(self) -> NoReturn:
        """Three verdicts are no truth value: compare `verdict`."""
        raise TypeError("a likeness has three verdicts; compare its verdict")


SAME: Final = Likeness("agree", "same")
DIFFERENT: Final = Likeness("differ", "different")


def doubtful(reason: str) -> Likeness:
    """A doubt that an officer decides by a paper (疑義)."""
    return Likeness("doubtful", reason)


def worst(*found: Likeness) -> Likeness:
    """The least alike of several; the first of those that are equally bad."""
    return min(found, key=lambda one: _WORST_FIRST.index(one.verdict))


def best(*found: Likeness) -> Likeness:
    """The most alike of several; the first of those that are equally good."""
    return max(found, key=lambda one: _WORST_FIRST.index(one.verdict))


def the_only(found: Sequence[tuple[Likeness, Likeness]]) -> int | None:
    """Which of several people is the only one that agrees, else is in doubt, else has moved.

    Each comes as how alike they are themselves, and how alike their address is; who differs by the
    address alone may have moved. None where nobody or more than one fits so (複数該当).
    """
    grades: dict[str, list[int]] = {"agree": [], "doubtful": [], "moved": []}
    for place, (who, where) in enumerate(found):
        if who.verdict != "differ":
            verdict = worst(who, where).verdict
            grades["moved" if verdict == "differ" else verdict].append(place)
    fitting = next((grade for grade in grades.values() if grade), [])
    return fitting[0] if len(fitting) == 1 else None
