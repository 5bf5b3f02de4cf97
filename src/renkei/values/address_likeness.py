"""Whether two addresses are one: agree only where every part does (住所の照合).

Numbers are compared one by one, never run together. Where the parts do not fit though the same
numbers stand between the same words, where a county or a ward is missing, or where the words may
mean another way of numbering, the answer is a doubt. A part of a house number is no house.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.values.addresses import Address, HouseNumber, parse_address, skeleton, written
from renkei.values.likeness import DIFFERENT, SAME, Likeness, doubtful, worst
from renkei.values.variants import alike_but_meaningless, folded, has_meaningless

_SMALL_KE: Final = str.maketrans("ヶ", "ケ")
_LINKS: Final = str.maketrans("ガノ之乃", "ケ___")
"""After folding: が and ケ, の and 之, are written for one another in the names of towns."""
_NAMED_TWICE: Final = ("府中市", "伊達市")
"""Cities whose name another prefecture has too; the names of towns and villages recur often."""
_ENDS_A_PART: Final = tuple("都道府県市区郡町村通字ル入")
"""As `_loose` writes them; 下る and 西入 end a street of Kyoto."""
_HOUSE_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class WardChange:
    """Wards of a city that were rearranged: one in `before` may be the one named `after`."""

    city: str
    before: frozenset[str]
    after: str
    on: date
    source: str


WARD_CHANGES: Final = (
    WardChange(
        "浜松市",
        frozenset({"中区", "東区", "西区", "南区", "北区"}),
        "中央区",
        date(2024, 1, 1),
        "浜松市区及び区協議会の設置等に関する条例",
    ),
    WardChange(
        "浜松市",
        frozenset({"北区", "浜北区"}),
        "浜名区",
        date(2024, 1, 1),
        "浜松市区及び区協議会の設置等に関する条例",
    ),
)


def compare_addresses(own: str, registered: str) -> Likeness:
    """The same house in the same place agrees; what is unsure is doubtful (住所の照合)."""
    left, right = written(own), written(registered)
    if not left or not right:
        return DIFFERENT
    unsure = has_meaningless(left + right)
    if left == right:
        return doubtful("private-use-character") if unsure else SAME
    one, other = parse_address(own), parse_address(registered)
    found = worst(_place(one, other), _numbers(one, other), _rest(one, other))
    if found.verdict == "differ" and _same_bones(own, registered):
        return doubtful("notation")
    if found.verdict == "agree" and unsure:
        return doubtful("private-use-character")
    return found


def _same_bones(own: str, registered: str) -> bool:
    """Whether the same numbers stand between the same words, however they are to be parted."""
    bones = [[_loose(part) for part in skeleton(text)] for text in (own, registered)]
    return bones[0] == bones[1]


def _place(one: Address, other: Address) -> Likeness:
    if one.prefecture and other.prefecture and one.prefecture != other.prefecture:
        return DIFFERENT
    left, right = _strict(one), _strict(other)
    if left == right:
        same = bool(one.prefecture) == bool(other.prefecture)
        return SAME if same or _is_unique(left) else doubtful("part-missing")
    loose = _loose(left), _loose(right)
    if loose[0] == loose[1]:
        return doubtful("variant-character")
    if has_meaningless(left + right) and alike_but_meaningless(*loose):
        return doubtful("private-use-character")
    if _ward_changed(left, right) or _ward_changed(right, left):
        return doubtful("ward-rearranged")
    if _lacks_part(*loose) or _lacks_part(loose[1], loose[0]):
        return doubtful("part-missing")
    return DIFFERENT


def _strict(address: Address) -> str:
    return address.place.translate(_SMALL_KE)


def _loose(place: str) -> str:
    return folded(place.replace("大字", "").replace("字", "")).translate(_LINKS)


def _is_unique(place: str) -> bool:
    """Whether a place without prefecture is one: it begins with a city no other is named like."""
    return "市" in place[1:6] and not place.startswith(_NAMED_TWICE)


def _ward_changed(before: str, after: str) -> bool:
    return any(
        after == f"{change.city}{change.after}{town}"
        for change in WARD_CHANGES
        for ward in change.before
        if (town := before.removeprefix(f"{change.city}{ward}")) != before
    )


def _lacks_part(shorter: str, longer: str) -> bool:
    """Whether one place is the other without a part: a county, a ward, a street of Kyoto."""
    more = len(longer) - len(shorter)
    if more <= 0 or not shorter:
        return False
    return any(
        longer[at + more - 1] in _ENDS_A_PART
        and (at == 0 or longer[at - 1] in _ENDS_A_PART)
        and longer[:at] + longer[at + more :] == shorter
        for at in range(len(shorter))
    )


def _numbers(one: Address, other: Address) -> Likeness:
    left, right = one.numbers, other.numbers
    if not left or not right:
        return SAME if left == right else DIFFERENT
    pairs = list(zip(left, right, strict=False))
    if any(a.value != b.value for a, b in pairs):
        return DIFFERENT
    if len(left) != len(right):
        longer, shorter = (one, other) if len(left) > len(right) else (other, one)
        return _more_numbers(longer, shorter)
    if {one.style, other.style} == {"block", "lot"} or any(_contradict(a, b) for a, b in pairs):
        return doubtful("block-or-lot")
    return SAME


def _contradict(one: HouseNumber, other: HouseNumber) -> bool:
    words = {one.word, other.word}
    return len(words) > 1 and "" not in words and words != {"番", "番地"}


def _more_numbers(longer: Address, shorter: Address) -> Likeness:
    """Numbers beyond those of a whole house are its room's; a part of a house's is no house.

    Who could ask about a part would find a house number part by part. Whether the shorter one is
    whole, the longer one's words say: what is written after a part makes no house of it.
    """
    count = len(shorter.numbers)
    more = [one.value for one in longer.numbers[count:]] + list(longer.rest_numbers)
    if shorter.rest_numbers and shorter.rest_numbers[-1] != more[-1]:
        return DIFFERENT
    whole = count >= _HOUSE_PARTS or longer.numbers[count - 1].word == "号"
    return doubtful("building-differs") if whole else DIFFERENT


def _rest(one: Address, other: Address) -> Likeness:
    """Building and room: one named on one side only is a doubt, another room differs."""
    if one.rest == other.rest:
        return SAME
    left, right = one.rest_numbers, other.rest_numbers
    same_house = len(one.numbers) == len(other.numbers)
    if same_house and left and right and left[-1] != right[-1]:
        return DIFFERENT
    return doubtful("building-differs")
