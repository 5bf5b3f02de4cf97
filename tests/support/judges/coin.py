"""Whether a tester who sees answers and times knows more than a coin does (識別できないこと).

The tester tries two kinds of things in random order. `told_apart` is the chance with which times
this far apart, or further, come about where both kinds have one and the same distribution
(Mann-Whitney, two-sided, ties counted): no assumption about how times are spread.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

SURE = 1e-4
"""Below this nobody speaks of chance; seen twice in a row, of fresh tries, it is a finding."""
ENOUGH = 20
"""Fewer tries of a kind say nothing."""


def told_apart(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance of times at least this far apart where nothing tells the two kinds apart."""
    both = sorted((value, kind) for kind, values in enumerate((one, other)) for value in values)
    size, ranks, ties, start = len(both), 0.0, 0, 0
    while start < size:
        end = start
        while end < size and both[end][0] == both[start][0]:
            end += 1
        rank, count = (start + 1 + end) / 2, end - start
        ranks += rank * sum(kind == 0 for _, kind in both[start:end])
        ties += count**3 - count
        start = end
    n, m = len(one), len(other)
    expected = n * (size + 1) / 2
    variance = n * m / 12 * ((size + 1) - ties / (size * (size - 1)))
    if variance <= 0:
        return 1.0
    return math.erfc(abs(ranks - expected) / math.sqrt(2 * variance))


@dataclass
class Seen:
    """What a tester saw: for each kind of try the answers, and the seconds they took."""

    answers: dict[str, set[object]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, kind: str, answer: object, seconds: float) -> None:
        """One try."""
        self.answers.setdefault(kind, set()).add(answer)
        self.seconds.setdefault(kind, []).append(seconds)

    @property
    def tries(self) -> int:
        """How many tries there were."""
        return sum(len(seconds) for seconds in self.seconds.values())

    def answers_differ(self) -> bool:
        """Whether any two tries got answers that a reader can tell apart."""
        return len(set().union(*self.answers.values())) > 1

    def chances(self, plain: str) -> dict[str, float]:
        """For every kind but the plain one, the chance that its times are the plain one's."""
        assert len(self.seconds[plain]) >= ENOUGH, "too few tries to say anything"
        return {
            kind: told_apart(seconds, self.seconds[plain])
            for kind, seconds in self.seconds.items()
            if kind != plain and len(seconds) >= ENOUGH
        }

    def times_differ(self, plain: str) -> list[str]:
        """The kinds whose times are not the plain one's, beyond what chance explains."""
        chances = self.chances(plain)
        return [kind for kind, chance in chances.items() if chance * len(chances) < SURE]
