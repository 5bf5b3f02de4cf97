"""Affairs that share one 号, and the guard against an item given for the wrong one (束ねた事務).

Some 号 hold several affairs, and an item's words tie a person to one of them (「助産妊産婦」,
「第五十九条第一号に掲げる事業の対象となる妊婦」). `law_bundles.tsv` has them: place, the words of a
description, the condition of that affair. In such a 号 every description is tied, by its words or
as the one before it in its phrase. Everywhere else the guard stops the tool where one role comes
from different descriptions, two affairs are named, or a condition never decides; what is harmless
stands with its reason in `law_harmless.tsv`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import law_fragments
import law_persons
from law_text import rows

ACT = re.compile(r"当該((?:(?!当該).){1,30}?)(?:に係る|を行う|を受け|をした|に際し|を提出|が提供)")
PERSON = re.compile(r"(?:者|児|児童|子ども|員|父)$")
OWN = re.compile(r"^当該(?:(?!当該).)*?に係る(?=.)|当該")
POINTS = re.compile(r"^(?:その|これらの者|当該者|同項|同居)")
"""How a description begins that means somebody by the one before it."""


def _ties() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    found: dict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
    for place, words, condition in rows("law_bundles.tsv"):
        found[place].append((re.compile(words), condition))
    return dict(found)


TIES = _ties()
HARMLESS = {
    (place, what) for places, what, _ in rows("law_harmless.tsv") for place in places.split(", ")
}


def _core(said: str) -> str:
    """A description without what only points to the affair or to somebody before."""
    return OWN.sub("", said).removesuffix("等")


class Bundles:
    """What the descriptions of one article's 号 say of its affairs."""

    def __init__(self, article: str) -> None:
        self.article = article
        self.roles: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        """Place, role and conditions of its words to the different descriptions."""
        self.acts: dict[str, set[str]] = defaultdict(set)

    def place(self, paragraph: int, number: int) -> str:
        """A 号 as its id names it ("22-4", "60-1.2", "20-0")."""
        return f"{self.article}-{paragraph}.{number}" if paragraph else f"{self.article}-{number}"

    def tie(self, place: str, part: law_persons.Part, before: tuple[str, ...]) -> tuple[str, ...]:
        """The condition of the affair a description is tied to; `before` of the one before it."""
        found = [what for words, what in TIES.get(place, []) if words.search(part.bare)]
        kinds = {law_fragments.decides(one) for one in law_persons.swallowed(part)}
        if len(found) > 1 or ("tied" in kinds and not found):
            raise ValueError(f"{place}: {len(found)} affairs of the 号 fit {part.bare!r}")
        if place in TIES and not found and not before:
            raise ValueError(f"{place}: no affair of the 号 fits {part.bare!r}")
        return tuple(found) or before

    def note(self, place: str, said: str, roles: Sequence[str], ties: tuple[str, ...]) -> None:
        """Remember a description (terms instead of their definitions) for the guard."""
        for role in () if POINTS.match(said) else roles:
            self.roles[place, role, " ".join(ties)].add(_core(said))
        if not ties:
            self.acts[place].update(one for one in ACT.findall(said) if not PERSON.search(one))

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Place, role (or "acts") and words where a 号 may bundle affairs that nobody has tied."""
        for (place, role, _), said in self.roles.items():
            if len(said) > 1:
                yield place, role, " / ".join(sorted(said))
        for place, acts in self.acts.items():
            if len(acts) > 1:
                yield place, "acts", " / ".join(sorted(acts))


def undecided(sub: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Lines of a sub-affair whose condition decides nothing: another line has less of the same.

    Or it names an affair of another 号, whose items this one was pointed to.
    """
    astray = {what for place, ties in TIES.items() if place != sub["id"] for _, what in ties}
    wants: dict[tuple[str, str, str], set[frozenset[str]]] = defaultdict(set)
    for line in sub["items"]:
        for role in line["subjects"]:
            key = line["item"], line["category"], role
            wants[key].add(frozenset(line.get("conditions", [])))
        for what in astray.intersection(line.get("conditions", [])):
            yield sub["id"], what, line["item"]
    for (item, _, role), sets in wants.items():
        if any(one < other or other < one for one, other in combinations(sets, 2)):
            yield sub["id"], role, f"{item}: {[sorted(one) for one in sets]}"


def stop_at(doubts: Sequence[tuple[str, str, str]]) -> None:
    """Raises ValueError for a doubt that is not listed as harmless, or a listing without one."""
    for place, what, words in doubts:
        if (place, what) not in HARMLESS:
            raise ValueError(f"{place} may bundle affairs: {what}: {words}")
    idle = sorted(HARMLESS - {(place, what) for place, what, _ in doubts})
    idle += [("words", pattern) for pattern in law_fragments.unused()]
    if idle:
        raise ValueError(f"judged, but nowhere to be found: {idle}")
