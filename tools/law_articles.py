"""Read the detail articles of the order (3条～175条の2) into sub-affairs and items.

The source gives an article as lines without numbering. A line that ends in 事務 opens a 号, one
that ends in 次に掲げる情報 opens its イロハ, every other line is an item: numbering follows from
position. What cannot be read soundly keeps its reason in `problem` and is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from law_cells import strip

IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
REFERENCE = re.compile(
    r"^(?:(?P<who>.+?)に係る)?(?P<number>前号|第[一二三四五六七八九十百]+号)"
    r"(?P<letters>[ァ-ヺからまで及び、]*?)に掲げる情報(?:(?:及び|並びに)(?P<more>.+))?$"
)


@dataclass
class RawItem:
    """One item line: its letter, whom it is about, and what (both without parentheses)."""

    letter: str
    who: str
    what: str
    limited: bool


@dataclass
class RawSubAffair:
    """One 号 as read from the lines; `problem` says why its items are not sound."""

    paragraph: int
    number: int
    affair: str
    body: str = ""
    who: str = ""
    items: list[RawItem] = field(default_factory=list)
    listed: bool = False
    problem: str = ""


def number(kanji: str) -> int:
    """百八 → 108."""
    total, current = 0, 0
    for sign in kanji:
        if sign in "百十":
            total += (current or 1) * (100 if sign == "百" else 10)
            current = 0
        else:
            current = current * 10 + DIGITS[sign]
    return total + current


def article(kanji: str) -> str:
    """第百七十五条の二 → "175-2"."""
    main, _, branch = kanji.removeprefix("第").partition("条")
    return str(number(main)) + (f"-{number(branch.removeprefix('の'))}" if branch else "")


def read(lines: list[str]) -> list[RawSubAffair]:
    """The sub-affairs of one article, numbered by position."""
    subs: list[RawSubAffair] = []
    head = strip(lines[0])
    if "各号に掲げる事務" not in head and "次に掲げる事務" not in head:
        subs.append(_single(lines[0]))
        rest = lines[1:]
        for line in rest:
            _add(subs, line)
        return subs
    body, paragraph = _body(head), 1 if _body(head) else 0
    count = 0
    for line in lines[1:]:
        text = strip(line)
        if "で定める事務のうち" in text:
            body, paragraph, count = _body(text), paragraph + 1, 0
        elif text.endswith("事務"):
            count += 1
            subs.append(RawSubAffair(paragraph, count, line, body))
        else:
            _add(subs, line)
    return subs


def _body(head: str) -> str:
    found = re.search(r"実施者である(.+?)に係るものは", head)
    return found.group(1) if found else ""


def _single(line: str) -> RawSubAffair:
    text = strip(line)
    found = re.search(
        r"項で定める事務は、(.+?)とし、同(?:項|表.+?の項)で定める情報は、(.+)とする。$", text
    )
    if not found:
        return RawSubAffair(0, 0, text, problem="the head sentence is not of a known form")
    affair, what = found.groups()
    sub = RawSubAffair(0, 0, affair)
    if what.endswith("次に掲げる情報"):
        sub.listed = True
        sub.who = what.removesuffix("次に掲げる情報").removesuffix("に係る")
    elif "次に掲げる情報のうち" in what:
        sub.listed = True
        sub.problem = "ministers fix which of the listed items are meant; that is not held"
    else:
        sub.items.append(_item("", what, line))
    return sub


def _item(letter: str, text: str, line: str) -> RawItem:
    text = text.replace("市町村民税に係る情報", "市町村民税に関する情報")
    who, _, what = text.rpartition("に係る")
    return RawItem(letter, who, what, bool(re.search(r"除く|に限る", line)))


def _add(subs: list[RawSubAffair], line: str) -> None:
    sub, text = subs[-1], strip(line)
    if REFERENCE.match(text):
        _refer(subs, text, line)
    elif text.endswith("次に掲げる情報"):
        sub.listed = True
        sub.who = text.removesuffix("次に掲げる情報").removesuffix("に係る")
    else:
        used = len({item.letter for item in sub.items if item.letter})
        letter = IROHA[used] if sub.listed else ""
        item = _item(letter, text, line)
        if sub.listed and sub.who:
            item = replace(item, who=sub.who, what=text)
        sub.items.append(item)


def _refer(subs: list[RawSubAffair], text: str, line: str) -> None:
    sub = subs[-1]
    found = REFERENCE.match(text)
    assert found is not None
    who, more = found["who"] or "", found["more"] or ""
    if who.count("に掲げる情報"):
        sub.problem = "one line refers to another 号 for two different groups of people"
        return
    wanted = sub.number - 1 if found["number"] == "前号" else number(found["number"][1:-1])
    target = next((s for s in subs if s.number == wanted and s.paragraph == sub.paragraph), None)
    if target is None or target is sub:
        sub.problem = f"refers to 号 {wanted}, which is not held"
        return
    if target.problem:
        sub.problem = f"refers to 号 {wanted}: {target.problem}"
        return
    letters = _letters(found["letters"])
    for item in target.items:
        if letters is None or item.letter in letters:
            sub.items.append(replace(item, letter="", who=who or item.who))
    if not sub.items:
        sub.problem = f"refers to items of 号 {wanted} that are not there"
    if more == "次に掲げる情報":
        sub.listed = True
        sub.who = who
    elif more and ("に掲げる情報" in more or "次に" in more):
        sub.problem = "one line refers to another 号 for two different groups of people"
    elif more:
        extra = _item("", more, line)
        sub.items.append(extra if extra.who else replace(extra, who=who))


def _letters(text: str) -> set[str] | None:
    """イからニまで、ヘ及びト → {イ, ロ, ハ, ニ, ヘ, ト}; empty text means all."""
    if not text:
        return None
    wanted: set[str] = set()
    for part in re.split(r"、|及び", text):
        span = re.fullmatch(r"(.)から(.)まで", part)
        if span:
            first, last = IROHA.index(span[1]), IROHA.index(span[2])
            wanted.update(IROHA[first : last + 1])
        elif len(part) == 1:
            wanted.add(part)
        else:
            raise ValueError(f"cannot read the letters {text!r}")
    return wanted
