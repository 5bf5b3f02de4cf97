"""Slowing down whoever tries too often: first freely, then after ever longer pauses (試行の抑制).

Nobody is shut out for good, so that one who errs a lot can go on, and one who guesses gets nowhere.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries failed within a window, and how long ago the last of them was (失敗の回数)."""

    failed: int
    seconds_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Slowing:
    """So many failed tries are free; each further one doubles the pause before the next (抑制)."""

    free: int
    first_seconds: int
    longest_seconds: int

    def wait_seconds(self, tries: Tries) -> int:
        """Seconds until the next try is taken, 0: now."""
        over = tries.failed - self.free
        if over < 0:
            return 0
        doublings = min(over, self.longest_seconds.bit_length())
        pause = min(self.longest_seconds, self.first_seconds << doublings)
        return max(0, math.ceil(pause - tries.seconds_since))
