"""What a parenthesis of the order does: it names, explains, widens or limits (括弧書きの働き).

Every sentence of every parenthesis is of a general form below or stands in `law_limits.tsv`; one
that is neither stops the reading. A limit is held with the word it stands at, and goes on for as
far as its own sentence says (以下この号において同じ, ルからヨまでにおいて同じ).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from law_numbers import IROHA, number

HERE = Path(__file__).resolve().parent
KANJI = "〇一二三四五六七八九十百千元"
GENERAL: list[tuple[str, str]] = [
    (rf"(?:明治|大正|昭和|平成|令和)[{KANJI}]+年.*?(?:号|決定|室長通知|課長通知)", "act"),
    (r".*(?:準用|適用)する場合を含む", "widens"),
    (r".*を含む", "widens"),
    (r".*をいう", "means"),
    (r".*(?:において|以下)「[^」]+」という|「[^」]+」という", "names"),
]
SAME = re.compile(r"(?P<where>[^。]*?)(?:において|、)?(?P<also>以下)?同じ")
NAMES = re.compile(r"(?P<where>.*?)「(?P<term>[^」]+)」という")


@dataclass(frozen=True)
class Place:
    """Where in an article one stands: its paragraph, 号 and letter (0 and "" where none)."""

    paragraph: int
    number: int
    letter: str = ""


@dataclass(frozen=True)
class Limit:
    """One limit: what it does, what that is about, and its words."""

    does: str
    what: str
    words: str


@dataclass
class Reading:
    """What one parenthesis does to the word before it."""

    limits: list[Limit] = field(default_factory=list)
    where: str = ""
    """How far its sentence 同じ carries on ("" for nowhere)."""
    term: str = ""
    kinds: list[str] = field(default_factory=list)


def _table() -> list[tuple[re.Pattern[str], str, str]]:
    lines = (HERE / "law_limits.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return [(re.compile(pattern), does, what) for pattern, does, what in rows]


TABLE = _table()


def sentences(words: str) -> list[str]:
    """The sentences of a parenthesis; a 。 within an inner one ends none."""
    found, depth, held = [], 0, ""
    for letter in words:
        depth += (letter == "（") - (letter == "）")
        if letter == "。" and depth == 0:
            found.append(held)
            held = ""
        else:
            held += letter
    return [*found, held] if held else found


def read(words: str) -> Reading:
    """What the parenthesis with these words does; raises ValueError for an unknown sentence."""
    made = Reading()
    for sentence in sentences(words):
        _sentence(sentence, made)
    return made


def _sentence(sentence: str, made: Reading) -> None:
    for pattern, does, what in TABLE:
        if pattern.fullmatch(sentence):
            made.kinds.append(does)
            if does != "means":
                made.limits.append(Limit(does, what, sentence))
            return
    named = NAMES.fullmatch(sentence)
    if named:
        made.term, made.where = named["term"], named["where"]
        made.kinds.append("names")
        return
    if sentence.endswith("同じ"):
        made.where = sentence
        made.kinds.append("scope")
        return
    for form, kind in GENERAL:
        if re.fullmatch(form, sentence):
            made.kinds.append(kind)
            return
    raise ValueError(f"nobody has judged what this parenthesis does: {sentence!r}")


def reaches(where: str, at: Place, now: Place) -> bool:
    """Whether 「…において同じ」 written `at` a place still holds `now` (定義の及ぶ範囲)."""
    if now == at or not where:
        return now == at
    letters = re.search(rf"([{IROHA}])から([{IROHA}])まで", where)
    if letters:
        span = IROHA[IROHA.index(letters[1]) : IROHA.index(letters[2]) + 1]
        return (now.paragraph, now.number) == (at.paragraph, at.number) and now.letter in span
    if "以下この条" in where or where.startswith("以下同じ") or where.startswith("以下「"):
        return now.number >= at.number
    same = "この号" in where and (now.paragraph, now.number) == (at.paragraph, at.number)
    following = "次号" in where and now.number == at.number + 1
    named = {number(one) for one in re.findall(rf"第([{KANJI}]+)号", where)}
    return same or following or now.number in named
