"""What the words that a rule for persons passes over decide (読み飛ばした語).

A rule of `law_persons` fits a description wholly, and its `.*` takes in words: mostly the affair
over again (当該申請に係る), or somebody named before. Every such fragment stands in
`law_fragments.tsv` with what it decides and why; a new one stops the reading. `own`, `person` and
`role` decide nothing; `joined` names one of several affairs that all have their person in the same
item; `tied` names one affair of a bundle (`law_bundles`); any other word is a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from law_text import rows

SILENT = ("own", "person", "role", "joined", "tied")


TABLE = [(re.compile(pattern), what) for pattern, what, _ in rows("law_fragments.tsv")]
used: set[str] = set()
"""The lines of the table that some fragment has met."""


def decides(fragment: str) -> str:
    """What a fragment decides; raises ValueError for one that nobody has judged, or twice."""
    found = [(pattern, what) for pattern, what in TABLE if pattern.fullmatch(fragment)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} judgements of the words passed over {fragment!r}")
    used.add(found[0][0].pattern)
    return found[0][1]


def conditions(fragments: Iterable[str]) -> tuple[str, ...]:
    """The conditions that the fragments of one description set."""
    return tuple(what for what in map(decides, fragments) if what not in SILENT)


def unused() -> list[str]:
    """Lines of the table that no description of the order has met."""
    return [pattern.pattern for pattern, _ in TABLE if pattern.pattern not in used]
