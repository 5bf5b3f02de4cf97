"""Finding thousands of secrets in megabytes: each in every form bytes can have without a wrapping.

An occurrence of n bytes, wherever it starts, holds an aligned word that is one of four words of the
secret. So the words of the haystack are intersected with the words of all secrets, and only what
meets is looked at exactly.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from layers import opened

CHUNK_BYTES = 1 << 16
_EMPTY = bytes(CHUNK_BYTES + 4096)
LONG, SHORT = 8, 4
"""Bytes of a word; the longer one needs secrets of at least 11 bytes, the shorter of 7."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One secret: what it is, whose, and its value."""

    kind: str
    owner: str
    value: bytes | str
    place: str = ""
    """Where it belongs, for secrets of one party."""


def _base64_forms(value: bytes) -> Iterator[bytes]:
    """What base64 of any longer text looks like where the value stands, in three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        first = (before * 8 + 5) // 6
        last = (before + len(value)) * 8 // 6
        middle = encoded[first:last]
        yield middle
        yield middle.translate(bytes.maketrans(b"+/", b"-_"))


def forms(value: bytes | str) -> set[bytes]:
    """All forms of a value that need no unwrapping."""
    if isinstance(value, bytes):
        found = {value, value[::-1], value.hex().encode(), value.hex().upper().encode()}
        return found | set(_base64_forms(value))
    plain = {value.encode()}
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "shift_jis_2004", "euc_jis_2004"):
        try:
            plain.add(value.encode(encoding))
        except UnicodeEncodeError:
            continue
    if value.isascii() and value.isdigit():
        number = int(value)
        plain |= {number.to_bytes(8, "big"), number.to_bytes(8, "little")}
    return plain | {form for one in (value.encode(),) for form in _base64_forms(one)}


class Index:
    """Secrets ready to be searched for."""

    def __init__(self, needles: Iterable[Needle], *, shortest: int = SHORT + 3) -> None:
        """Forms of fewer bytes than `shortest` are left out, e.g. binary integers."""
        self._long: dict[int, list[tuple[bytes, Needle]]] = {}
        self._short: dict[int, list[tuple[bytes, Needle]]] = {}
        self._longest = 0
        self.needles = list(needles)
        for needle in self.needles:
            for form in forms(needle.value):
                if len(form) >= shortest:
                    self._add(form, needle)
        self._long_words = frozenset(self._long)
        self._short_words = frozenset(self._short)

    def _add(self, form: bytes, needle: Needle) -> None:
        width, table = (LONG, self._long) if len(form) >= LONG + 3 else (SHORT, self._short)
        self._longest = max(self._longest, len(form))
        # Of the end, since beginnings are often shared, as those of addresses; of the beginning
        # where the end is zero: words that are mostly zero stand everywhere.
        first = 0 if form.endswith(b"\x00") else len(form) - width - 3
        for start in range(first, first + 4):
            word = int.from_bytes(form[start : start + width], "little")
            table.setdefault(word, []).append((form, needle))

    def search(self, data: bytes) -> set[Needle]:
        """The secrets that stand in some bytes, in any of their forms."""
        if len(data) <= CHUNK_BYTES:
            return self._in_chunk(data)
        found: set[Needle] = set()
        for start in range(0, len(data), CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES + self._longest]
            if chunk != _EMPTY[: len(chunk)]:
                found |= self._in_chunk(chunk)
        return found

    def _in_chunk(self, data: bytes) -> set[Needle]:
        found: set[Needle] = set()
        whole = memoryview(data)
        candidates: dict[bytes, set[Needle]] = {}
        for table, words, code, starts in (
            (self._long, self._long_words, "Q", (0, 4)),
            (self._short, self._short_words, "I", (0,)),
        ):
            width = LONG if code == "Q" else SHORT
            for start in starts:
                count = max(0, len(whole) - start) // width
                aligned = whole[start : start + count * width].cast(code)
                for word in words.intersection(aligned):
                    for form, needle in table[word]:
                        candidates.setdefault(form, set()).add(needle)
        for form, needles in candidates.items():
            if form in data:
                found |= needles
        return found


class Reader:
    """Opens bytes to the bottom and searches every form; what was clean once is not read again."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._clean: set[int] = set()

    def found(self, data: bytes) -> set[tuple[Needle, str]]:
        """Secrets in some bytes, each with the wrappings that had to be opened."""
        if hash(data) in self._clean:
            return set()
        ways = list(opened(data, self._clean))
        if not self.index.search(bytes(LONG).join(form for _, form in ways)):
            self._clean.update(hash(form) for _, form in ways)
            return set()
        return {(needle, way) for way, form in ways for needle in self.index.search(form)}
