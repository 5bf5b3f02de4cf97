"""Since when, and until when, a place of the order reads as the source text has it (効力の期間).

`law_days.tsv` holds every difference between the text of the source (in force 2025-12-01 to
2026-02-28) and the dated revisions before and after it: place, first day, last day, amending order.
A place is `row 20-2`, `row 20 CATEGORY`, a 号 (`4-18`), or an item of one (`30-3 ITEM`). What has
no line has read the same since 2024-05-27.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

START = "2024-05-27"


@dataclass(frozen=True)
class Days:
    """First and last day of a place, "" where the table's own day holds, and by which order."""

    first: str = ""
    last: str = ""
    source: str = ""


class Calendar:
    """The days of every place; knows which lines were used, so that none is for nothing."""

    def __init__(self) -> None:
        lines = Path(__file__).with_name("law_days.tsv").read_text("utf-8").splitlines()
        rows = (line.split("\t") for line in lines)
        self._days = {
            place: Days(first.strip("-") and first, last.strip("-") and last, source)
            for place, first, last, source in rows
        }
        self._unused = set(self._days)

    def of(self, place: str) -> Days:
        """The days of a place; the table's own where it has no line."""
        self._unused.discard(place)
        return self._days.get(place, Days())

    def check_used(self) -> None:
        """Raise ValueError where a line dates a place that the tables do not have."""
        if self._unused:
            raise ValueError(
                f"law_days.tsv dates places that are not there: {sorted(self._unused)}"
            )
