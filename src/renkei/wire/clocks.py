"""Two clocks in one sentence: whose they are, what they show, how far apart (時計の差)."""

from datetime import datetime
from typing import Final

OF_TIME: Final = frozenset({"stale", "permit-expired", "directory-expired"})
"""Errors that may rest on nothing but a clock that is wrong."""
AGREE_SECONDS: Final = 5.0
"""What a message's way and its waiting may take."""


def shown(instant: datetime) -> str:
    """An instant in UTC, to the second."""
    return f"{instant:%Y-%m-%d %H:%M:%S}Z"


def compared(theirs: tuple[str, datetime], ours: tuple[str, datetime]) -> str:
    """What two named clocks show, how far they are apart, and what to do."""
    apart = round(abs((theirs[1] - ours[1]).total_seconds()))
    if apart <= AGREE_SECONDS:
        return f"the clocks of {theirs[0]} and {ours[0]} agree ({shown(theirs[1])})"
    return (
        f"the clock of {theirs[0]} shows {shown(theirs[1])}, that of {ours[0]} {shown(ours[1])}: "
        f"{apart} s apart, set the one that is wrong"
    )
