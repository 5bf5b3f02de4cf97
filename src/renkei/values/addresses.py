"""An address in parts: place, house numbers with their words, building and room (住所).

There is no list of all towns here, so that what stands before the first house number is one part,
the place (市区町村・町字). A number is never joined with its neighbour, and a word between
two numbers is never forgotten: 1-1 2号 is not 1-12, and 2丁目11番 is not 2番地11.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from renkei.values.numerals import KANJI, whole_number
from renkei.values.variants import without_variation

Word = Literal["丁目", "番地", "番", "号", ""]

PREFECTURE: Final = re.compile("東京都|北海道|京都府|大阪府|神奈川県|和歌山県|鹿児島県|[^県]{2}県")
_DASH: Final = "[-‐‑‒–—―−─━ー]"
_NO: Final = "[のノ之]"
_NUMBER: Final = f"(?:[0-9]+|{KANJI}+)"
_TOWN_COUNTER: Final = "条|線|番町|番丁|番街|地割|区|町|号線|通"
_ROOM: Final = "号室|号館|号棟|番館|番棟|室|階|棟|[fF](?![a-zA-Z])"
_ROOM_NUMBER: Final = re.compile(f"{_NUMBER}(?:{_ROOM})")
_WORD: Final = "丁目|丁|番地|番|号"
_START: Final = re.compile(
    f"[0-9]+(?!{_TOWN_COUNTER}|[0-9])"
    f"|{KANJI}+(?=丁目|丁[0-9]|番地|番(?![町丁街館組])|号(?![線館棟室])|{_DASH}{_NUMBER})"
)
_FIRST_OR_NEXT: Final = re.compile(f"([0-9]+|{KANJI}+(?={_WORD}|{_DASH}|{_NO}|\\s|\\Z))({_WORD}|)")
_JOINT: Final = {
    "丁目": re.compile(f"\\s*(?:{_DASH}|{_NO})?\\s*(?={_NUMBER})"),
    "番地": re.compile(f"(?:\\s*{_DASH}\\s*|{_NO})?(?={_NUMBER})"),
    "番": re.compile(f"(?:\\s*{_DASH}\\s*|{_NO})?(?={_NUMBER})|\\s+(?={_NUMBER}号(?![線館棟室]))"),
    "号": re.compile(f"(?:\\s*{_DASH}\\s*|{_NO})(?={_NUMBER})"),
    "": re.compile(f"(?:\\s*{_DASH}\\s*|{_NO})(?={_NUMBER})"),
}
_TAIL: Final = re.compile("[0-9]+|[^0-9]+")
_AFTER_ROOM: Final = re.compile("(?<=[0-9])(?:号室|号|室)")
_BETWEEN: Final = re.compile(f"\\s+|{_DASH}(?=[0-9])|(?<=[0-9]){_DASH}")
_TOWN_NUMBER: Final = re.compile(f"{KANJI}+(?={_TOWN_COUNTER})")
_NARROW: Final = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in range(0xFF00, 0xFFF0)
    if unicodedata.decomposition(chr(code)).startswith(("<wide>", "<narrow>"))
}
"""Every full-width and half-width form (Unicode block FF00) in its usual width."""
_COLUMN: Final = re.compile(_NUMBER)
_NUMBERING: Final = re.compile(f"(?<=[0-9] )(?:{_WORD}|号室|{_NO}|{_DASH}| )+")


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """One number of a house's address and the word after it (丁目, 番地, 番, 号)."""

    value: int
    word: Word


@dataclass(frozen=True, slots=True)
class Address:
    """An address as far as it can be parted (住所).

    `prefecture` and `place` are text, `numbers` the house, `rest` building and room in order:
    text and numbers apart, words after room numbers left out.
    """

    prefecture: str
    place: str
    numbers: tuple[HouseNumber, ...]
    rest: tuple[str, ...]

    @property
    def style(self) -> Literal["block", "lot", ""]:
        """Whether the words say blocks (番・号, 住居表示), lots (番地, 地番) or nothing."""
        words = [one.word for one in self.numbers]
        if "番地" in words:
            return "lot"
        return "block" if ("番", "号") in pairwise(words) else ""

    @property
    def rest_numbers(self) -> tuple[int, ...]:
        """The numbers of building and room."""
        return tuple(int(one) for one in self.rest if _is_number(one))


def written(text: str) -> str:
    """An address in one letter width, with single spaces and without drawing marks.

    Only width changes: ① and ² stay what they are, so that they cannot become part of a number.
    """
    narrowed = unicodedata.normalize("NFC", text.translate(_NARROW))
    return " ".join(without_variation(narrowed).split())


def parse_address(text: str) -> Address:
    """Part an address; nothing is refused, what is not understood stays in `place` or `rest`."""
    line = written(text)
    start = _start(line)
    place, end = line[:start], start
    numbers: list[HouseNumber] = []
    while (read := _number_at(line, end, first=not numbers)) is not None:
        number, end = read
        numbers.append(number)
        joint = _JOINT[number.word].match(line, end)
        if joint is None:
            break
        end = joint.end()
    place = _TOWN_NUMBER.sub(lambda found: _arabic(found[0]), "".join(place.split()))
    prefecture = PREFECTURE.match(place)
    named = prefecture[0] if prefecture is not None else ""
    return Address(named, place.removeprefix(named), tuple(numbers), _rest(line[end:]))


def skeleton(text: str) -> tuple[str, ...]:
    """All numbers and all text between them, without the words of numbering: for doubts only."""
    spelt = _COLUMN.sub(lambda found: f" {_arabic(found[0])} ", written(text))
    return _runs(_NUMBERING.sub(" ", spelt).split())


def _start(line: str) -> int:
    """Where the house numbers begin: a town's own numeral (麻布十番, 北1条) is not theirs."""
    for found in _START.finditer(line):
        text = found[0]
        if text[0].isascii() or not line.startswith("番", found.end()) or _is_block(line, found):
            return found.start()
    return len(line)


def _is_block(line: str, found: re.Match[str]) -> bool:
    """Whether kanji with 番 begin a house's numbers; in 麻布十番2-3 they end the town's name."""
    if line.startswith("番地", found.end()):
        return True
    return re.match(f"番(?:\\s*{_NUMBER}号|\\Z|\\s)", line[found.end() :]) is not None


def _number_at(line: str, place: int, *, first: bool) -> tuple[HouseNumber, int] | None:
    """The house number that begins here, and where it ends; None for a room or anything else."""
    found = _FIRST_OR_NEXT.match(line, place)
    if found is None or (not first and _ROOM_NUMBER.match(line, place)):
        return None
    value = int(found[1]) if found[1][0].isascii() else whole_number(found[1])
    if value is None:
        return None
    word = "丁目" if found[2] == "丁" else found[2]
    return HouseNumber(value, word), found.end()  # type: ignore[arg-type]  # as the pattern says


def _rest(text: str) -> tuple[str, ...]:
    plain = _AFTER_ROOM.sub(" ", unicodedata.normalize("NFC", text)).casefold()
    return _runs(
        [part for word in _BETWEEN.sub(" ", plain).split() for part in _TAIL.findall(word)]
    )


def _runs(parts: list[str]) -> tuple[str, ...]:
    """Neighbouring text as one part; every number stays one of its own."""
    joined: list[str] = []
    for part in parts:
        if joined and not _is_number(part) and not _is_number(joined[-1]):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _arabic(text: str) -> str:
    value = whole_number(text) if not text[0].isascii() else int(text)
    return text if value is None else str(value)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()
