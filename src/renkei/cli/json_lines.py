"""One reader for every command that takes JSON Lines: a line asks, a line answers (JSON行).

Every line gets an answer, a blank one too, so that answers and questions never shift. What is wrong
with a line is said in words for who wrote the file, in English and Japanese, with its number.
"""

import codecs
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final, Generic, TypeVar

import msgspec

from renkei.law import UnknownNameError

T = TypeVar("T", bound=msgspec.Struct)
U = TypeVar("U")
BEYOND: Final = "the answer lies beyond the year 9999: check the days"
_ANSWERS: Final = msgspec.json.Encoder()
LONGEST_LINE_BYTES: Final = 65_536
MOST_LINES: Final = 1_000_000
_OTHER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEVER_TYPED: Final = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
_DAY_FORM: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a line, in two languages (誤りの説明)."""

    line: int
    en: str
    ja: str

    def __str__(self) -> str:
        return f"error in line {self.line}: {self.en} / {self.line}行目: {self.ja}"

    def answer(self) -> dict[str, object]:
        """As an answer in JSON: the number and both texts."""
        return {"line": self.line, "error": self.en, "error_ja": self.ja}


@dataclass(frozen=True, slots=True)
class Line(Generic[T]):
    """One line that could be read, with its number from 1."""

    number: int
    value: T


class JsonLines(Generic[T]):
    """Reads questions of one struct type (問いの読み取り)."""

    def __init__(self, question: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(question)
        fields = msgspec.structs.fields(question)
        self._days = [field.name for field in fields if field.type in (date, date | None)]
        self._or_null = {field.name for field in fields if field.type == date | None}

    def read(self, stream: BinaryIO | Iterable[bytes]) -> Iterator[Line[T] | Wrong]:
        """Every line in order, read or wrong; after `MOST_LINES` one last error and no more."""
        strange = None
        for number, raw in enumerate(_lines(stream), 1):
            if number > MOST_LINES:
                yield _too_many(number)
                return
            if number == 1:
                strange = raw[:2] if raw.startswith(_OTHER_MARKS) else None
                raw = raw.removeprefix(codecs.BOM_UTF8)
            yield _utf_16(number) if strange else self._line(number, raw)

    def _line(self, number: int, raw: bytes) -> Line[T] | Wrong:
        def wrong(en: str, ja: str) -> Wrong:
            return Wrong(number, en, ja)

        raw = raw.rstrip(b"\r\n")
        if len(raw) > LONGEST_LINE_BYTES:
            return wrong(
                f"the line is longer than {LONGEST_LINE_BYTES} bytes",
                f"行が長すぎます（上限{LONGEST_LINE_BYTES}バイト）",
            )
        if not raw.strip():
            return wrong("the line is blank; write one question a line", "空の行です")
        text = _text(raw, wrong)
        if isinstance(text, Wrong):
            return text
        refused = self._refused(text, wrong)
        if refused is not None:
            return refused
        try:
            return Line(number, self._decoder.decode(text))
        except (msgspec.DecodeError, RecursionError) as error:
            return wrong(*_plain(str(error)))

    def _refused(self, text: str, wrong: Callable[[str, str], Wrong]) -> Wrong | None:
        """What the decoder takes silently or refuses in words of its own: twice a key, no day."""
        twice: list[str] = []

        def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
            names = [name for name, _ in pairs]
            twice.extend(name for name in names if names.count(name) > 1)
            return dict(pairs)

        try:
            found = json.loads(text, object_pairs_hook=once)
        except (ValueError, RecursionError):
            return wrong(
                "the line is not JSON; it looks like {…}, with every text in double quotes",
                'JSONではありません。{…}の形で、文字列は"…"で囲んでください',
            )
        if twice:
            name = _shown(twice[0])
            return wrong(f"the key {name} is given twice", f"項目{name}が2回あります")
        for name in self._days if isinstance(found, dict) else ():
            if found.get(name, "") is None and name in self._or_null:
                continue
            if name in found and not _is_day(found[name]):
                return wrong(
                    f'"{name}" is no day of the calendar; write YYYY-MM-DD, as in 2026-04-01',
                    f"「{name}」は暦にない日付です。2026-04-01のように書いてください",
                )
        return None


def answered(line: Line[T] | Wrong, answer: Callable[[T], U]) -> U | Wrong:
    """The answer to a line, or what is wrong with it: a name of no table, a value, a day."""
    if isinstance(line, Wrong):
        return line
    try:
        return answer(line.value)
    except UnknownNameError as error:
        return Wrong(line.number, str(error), f"表にない名称です（{error}）")
    except OverflowError:
        return Wrong(line.number, BEYOND, "答えの日が9999年を超えます")
    except ValueError as error:
        return Wrong(line.number, str(error), f"答えられない問いです（{error}）")


def answers(
    questions: JsonLines[T], stream: BinaryIO | Iterable[bytes], answer: Callable[[T], object]
) -> Iterator[str]:
    """One JSON answer per line of input, blank and broken ones too (行ごとの回答)."""
    for line in questions.read(stream):
        told = answered(line, answer)
        yield _ANSWERS.encode(told.answer() if isinstance(told, Wrong) else told).decode()


def say_lines(lines: Iterable[str]) -> None:
    """Lines on standard output, each as soon as it is there: who asks may wait for it."""
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _lines(stream: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Lines, of which one that is too long is cut: it never fills the memory."""
    if not hasattr(stream, "readline"):
        yield from stream
        return
    while line := stream.readline(LONGEST_LINE_BYTES + 2):
        rest = line
        while not rest.endswith(b"\n") and len(rest) > LONGEST_LINE_BYTES:
            rest = stream.readline(LONGEST_LINE_BYTES + 2)
        yield line


def _text(raw: bytes, wrong: Callable[[str, str], Wrong]) -> str | Wrong:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    if not _is_cp932(raw):
        return wrong(
            "the line is not UTF-8; save the file as UTF-8",
            "文字コードがUTF-8ではありません。UTF-8で保存してください",
        )
    return wrong(
        "the line is in Shift_JIS (CP932); save the file as UTF-8",
        "文字コードがShift_JIS（CP932）です。UTF-8で保存してください",
    )


def _is_cp932(raw: bytes) -> bool:
    """Whether bytes are Japanese text of Windows, and none that only Python's codec takes."""
    try:
        return not _NEVER_TYPED & set(raw.decode("cp932"))
    except UnicodeDecodeError:
        return False


def _is_day(value: object) -> bool:
    return isinstance(value, str) and day_of(value) is not None


def day_of(text: str) -> date | None:
    """A day as YYYY-MM-DD and no other way that Python would take; None: no such day (日付)."""
    if not _DAY_FORM.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _utf_16(number: int) -> Wrong:
    return Wrong(
        number,
        "the file is in UTF-16 (Unicode); save it as UTF-8",
        "文字コードがUTF-16（Unicode）です。UTF-8で保存してください",
    )


def _too_many(number: int) -> Wrong:
    return Wrong(
        number,
        f"at most {MOST_LINES} lines are read at once; part the file",
        f"一度に読むのは{MOST_LINES}行までです。ファイルを分けてください",
    )


_PLAIN: Final = (
    (
        re.compile(r"Object missing required field `(\w+)`"),
        'the key "{0}" is missing',
        "項目「{0}」がありません",
    ),
    (
        re.compile(r"Object contains unknown field `(.*)`"),
        "there is a key that is not known: {0}",
        "知らない項目があります：{0}",
    ),
    (
        re.compile(r"Expected `object`, got `(\w+)`\Z"),
        "the line is not an object; it looks like {{…}}",
        "{{…}}の形で書いてください",
    ),
    (
        re.compile(r"Expected `(.+)`, got `(\w+)` - at `\$\.(\w+)`"),
        '"{2}" must be {0}, not {1}',
        "「{2}」の値の種類が違います（{1}）。{0}で書いてください",
    ),
    (
        re.compile(r"Expected `int` ([<>]=) (\d+) - at `\$\.(\w+)`"),
        '"{2}" is out of range: it must be {0} {1}',
        "「{2}」の値が範囲の外です（{0} {1}）",
    ),
    (
        re.compile(r"Invalid enum value (.+) - at `\$\.(\w+)(?:\[\.\.\.\])?`"),
        'there is no {0} for "{1}"; `--help` names the words',
        "「{1}」に{0}はありません。--helpに言葉があります",
    ),
)


def _plain(message: str) -> tuple[str, str]:
    """A decoder's message in words; one that is not known is given as it is."""
    for pattern, en, ja in _PLAIN:
        found = pattern.match(message)
        if found is not None:
            parts = [
                part.replace("str", "text").replace("int", "number") for part in found.groups()
            ]
            shown = [_shown(part).strip('"') for part in parts]
            return en.format(*shown), ja.format(*shown)
    return f"the line cannot be read: {message}", f"読めない行です（{message}）"


def _shown(name: str) -> str:
    """A key as it is printed: short, and nothing in it controls a terminal."""
    return json.dumps(name[:40], ensure_ascii=False)
