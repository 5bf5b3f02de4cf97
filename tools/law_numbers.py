"""Numbers as the order writes them: kanji by place, branches, and the イロハ of its lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
PLACES = {"十": 10, "百": 100, "千": 1000}
N = "[〇一二三四五六七八九十百千]+"
PLACE = re.compile(
    rf"(?P<annex>附則)?第(?P<article>{N})条(?P<branch>(?:の{N})*)"
    rf"(?:第(?P<paragraph>{N})項)?(?:第(?P<item>{N})号(?P<item_branch>(?:の{N})*))?"
)


@dataclass(frozen=True)
class Cited:
    """One provision as cited: article with its branches, paragraph, 号 with its branches."""

    article: tuple[int, ...]
    paragraph: int = 0
    item: tuple[int, ...] = ()
    annex: bool = False

    @property
    def ja(self) -> str:
        """ "第77条の58第1項第3号"."""
        text = ("附則" if self.annex else "") + f"第{self.article[0]}条"
        text += "".join(f"の{one}" for one in self.article[1:])
        text += f"第{self.paragraph}項" if self.paragraph else ""
        if self.item:
            text += f"第{self.item[0]}号" + "".join(f"の{one}" for one in self.item[1:])
        return text

    @property
    def en(self) -> str:
        """ "art. 77-58(1) item 3"."""
        text = ("suppl. " if self.annex else "") + "art. " + "-".join(map(str, self.article))
        text += f"({self.paragraph})" if self.paragraph else ""
        return text + (f" item {'-'.join(map(str, self.item))}" if self.item else "")


def number(kanji: str) -> int:
    """百八 → 108; 二十一 → 21; 一〇六 → 106."""
    if not any(sign in PLACES for sign in kanji):
        return int("".join(str(DIGITS[sign]) for sign in kanji))
    total, current = 0, 0
    for sign in kanji:
        if sign in PLACES:
            total += (current or 1) * PLACES[sign]
            current = 0
        else:
            current = current * 10 + DIGITS[sign]
    return total + current


def article(kanji: str) -> str:
    """第百七十五条の二 → "175-2"."""
    main, _, branch = kanji.removeprefix("第").partition("条")
    numbers = [number(main), *(number(one) for one in branch.split("の") if one)]
    return "-".join(map(str, numbers))


def _branches(text: str) -> tuple[int, ...]:
    return tuple(number(one) for one in text.split("の") if one)


def cited(text: str) -> list[tuple[str, Cited]]:
    """Every provision cited in a text, each with the words before it since the last one."""
    found: list[tuple[str, Cited]] = []
    last = 0
    for place in PLACE.finditer(text):
        one = Cited(
            (number(place["article"]), *_branches(place["branch"])),
            number(place["paragraph"]) if place["paragraph"] else 0,
            (number(place["item"]), *_branches(place["item_branch"])) if place["item"] else (),
            bool(place["annex"]),
        )
        found.append((text[last : place.start()], one))
        last = place.end()
    return found


def letters(text: str) -> set[str] | None:
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
