"""Comparing names that two registers wrote by different habits (氏名の照合).

Forms for comparing only are never shown or stored. Space, letter width and case are habits;
every other difference that may be one of writing is a doubt, and a person decides it.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from renkei.values.likeness import DIFFERENT, SAME, Likeness, doubtful
from renkei.values.variants import (
    alike_but_meaningless,
    folded,
    has_meaningless,
    without_variation,
)

_PUNCTUATION: Final = re.compile("[・,.'’`·\\s]+")
_DASH_IN_LATIN: Final = re.compile("(?<=[a-z])ー(?=[a-z])")
_LATIN: Final = re.compile("[a-z]+\\Z")


def plain_name(name: str) -> str:
    """A name without spaces, in one width (NFKC) and case; characters stay as they are (氏名)."""
    return "".join(_parts(name))


def folded_name(name: str) -> str:
    """A plain name whose variant characters are written one way: 邊 as 辺 (異体字)."""
    return "".join(_folded_parts(name))


def search_name(name: str) -> str:
    """What the names of one person have in common, whatever the habit: for finding, not deciding.

    Two names that `compare_names` does not call different have one search name, unless a
    character in them means nothing outside its body.
    """
    found = folded_name(name)
    return "".join(sorted(found)) if _LATIN.match(found) else found


def finder(own: str) -> Callable[[str], bool]:
    """A test whether `compare_names` may find a name like `own`; quicker than comparing."""
    wanted, unsure = search_name(own), has_meaningless(own)

    def may_be(registered: str) -> bool:
        if unsure or has_meaningless(registered):
            return compare_names(own, registered).verdict != "differ"
        return search_name(registered) == wanted

    return may_be


def compare_names(own: str, registered: str) -> Likeness:
    """The same characters agree, known variants and other orders are doubtful (氏名の照合)."""
    left, right = plain_name(own), plain_name(registered)
    if not left or not right:
        return DIFFERENT
    if has_meaningless(left + right):
        alike = alike_but_meaningless(folded_name(own), folded_name(registered))
        return doubtful("private-use-character") if alike else DIFFERENT
    if left == right:
        return _written_alike(own, registered)
    if folded_name(own) == folded_name(registered):
        return doubtful("variant-character")
    words = _folded_parts(own), _folded_parts(registered)
    if _LATIN.match("".join(words[0])) and sorted(words[0]) == sorted(words[1]):
        return doubtful("word-order")
    return DIFFERENT


def _written_alike(own: str, registered: str) -> Likeness:
    """The same characters; the places of spaces and the chosen drawings may contradict."""
    left, right = _parts(own), _parts(registered)
    if len(left) > 1 and len(right) > 1 and left != right:
        return doubtful("word-boundary")
    drawn = [unicodedata.normalize("NFKC", name) for name in (own, registered)]
    chosen = [name for name in drawn if without_variation(name) != name]
    if len(chosen) == len(drawn) and "".join(chosen[0].split()) != "".join(chosen[1].split()):
        return doubtful("variant-character")
    return SAME


def _parts(name: str) -> list[str]:
    return without_variation(unicodedata.normalize("NFKC", name)).casefold().split()


def _folded_parts(name: str) -> list[str]:
    return _DASH_IN_LATIN.sub("", _PUNCTUATION.sub(" ", folded(" ".join(_parts(name))))).split()
