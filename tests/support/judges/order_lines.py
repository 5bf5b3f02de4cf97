"""The lines of the order's detail articles, cut at ``に係る`` and at the joining words.

A reader for tests/law/test_second_reading.py; it shares nothing with the tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシ"
DIGITS = "一二三四五六七八九"
JOINS = ("、", "若しくは", "又は", "及び", "並びに")
PERSON = re.compile(
    r"(者|等|人|児|児童|子|子ども|員|父|母|婦|女子|生徒|学生|卑属|尊属|親族|家族|遺族)$"
)
NUMBERED = re.compile(
    r"(?:前号|第[一二三四五六七八九十]+号)[^に]*に掲げる情報＊*(?:及び|並びに)(?=.*に係る)"
)
REFERENCE = re.compile(r"(前号|第([一二三四五六七八九十]+)号)([ア-ヱ、及びからまで]*)に掲げる情報")
PAIR = re.compile(r"(.*?)に係る((?:(?!に係る).)*情報＊*)(?:及び|並びに|又は|$)")


def source(name: str = "provision-table.json") -> Path | None:
    """A file of the source texts, where they lie beside the repository."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "data" / name
        if found.is_file():
            return found
    return None


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """The rows of the table as they are written down."""
    found = source()
    assert found is not None
    return tuple(json.loads(found.read_text("utf-8"))["rows"])


@dataclass
class Atom:
    """What one line gives: whose (nouns as they stand), and which information."""

    letter: str
    nouns: list[str]
    info: str


@dataclass
class Section:
    """One 号 as read here."""

    row: str
    paragraph: int
    number: int
    head: str
    lines: list[str] = field(default_factory=list)
    atoms: list[Atom] = field(default_factory=list)
    limits: list[tuple[str, str, str]] = field(default_factory=list)  # letter, noun, its limit


def kanji(number: int) -> str:
    """115 -> 百十五."""
    text = ""
    for value, unit in ((100, "百"), (10, "十")):
        count, number = divmod(number, value)
        text += ("" if count < 2 else DIGITS[count - 1]) + unit if count else ""
    return text + (DIGITS[number - 1] if number else "")


NUMBER = {kanji(number): number for number in range(1, 200)}


def bare(text: str) -> str:
    """The text without its parentheses."""
    while (shorter := re.sub(r"（[^（）]*）", "", text)) != text:
        text = shorter
    return text


def masked(text: str) -> str:
    """Parentheses blanked out, everything at its place."""
    depth, out = 0, ""
    for sign in text:
        depth += sign == "（"
        out += "＊" if depth else sign
        depth -= sign == "）"
    return out


def nouns(text: str) -> list[str]:
    """The coordinate person nouns of a phrase; a piece that is no person joins the next."""
    mask, start, out, carry = masked(text), 0, [], ""
    for end in [*re.finditer("|".join(JOINS), mask), None]:
        carry += text[start : end.start() if end else len(text)]
        start = end.end() if end else start
        if PERSON.search(bare(carry)) or end is None:
            out.append(carry)
            carry = ""
        else:
            carry += "・"
    return [noun for noun in out if noun]


def pairs(text: str) -> list[tuple[str, str]]:
    """(persons, information) of one line, at each に係る … 情報."""
    text = text.replace("税に係る情報", "税に関する情報")
    mask, out, at = masked(text), [], 0
    if found := NUMBERED.match(mask):
        out.append(("", text[: found.end()]))
        at = found.end()
    for pair in PAIR.finditer(mask, at):
        out.append((text[pair.start(1) : pair.end(1)], text[pair.start(2) : pair.end(2)]))
        at = pair.end()
    return out + ([("", text[at:])] if at < len(text) else [])


def letters(text: str) -> list[str]:
    """イからニまで、ヘ及びト -> イロハニヘト."""
    out: list[str] = []
    for piece in re.split("、|及び", text):
        if len(piece) > 1:
            out += IROHA[IROHA.index(piece[0]) : IROHA.index(piece[3]) + 1]
        else:
            out += [piece] if piece else []
    return out


def referred(section: Section, before: list[Section], info: str) -> Iterator[tuple[Atom, str]]:
    """The atoms of the 号 that a line refers to, and the rest of the line's words."""
    for found in REFERENCE.finditer(info):
        same = [other for other in before if other.paragraph == section.paragraph]
        number = section.number - 1 if found[1] == "前号" else NUMBER[found[2]]
        target = next(other for other in same if other.number == number)
        wanted = letters(found[3])
        for atom in target.atoms:
            if not wanted or atom.letter in wanted:
                yield atom, info[found.end() :]


def read_lines(section: Section, before: list[Section]) -> None:
    """Fill the atoms of a 号; list heads give their persons to each line."""
    persons: list[str] = []
    place = -1
    for line in section.lines:
        letter = IROHA[place] if place >= 0 else ""
        place += place >= 0
        for who, info in pairs(line):
            own = nouns(who) or (persons if letter else [])
            for atom, rest in referred(section, before, info):
                limit = "（納税義務者" in rest
                kept = [noun for noun in atom.nouns if not limit or noun == "納税義務者"]
                section.atoms.append(Atom(letter, own or kept, atom.info))
            if "次に掲げる情報" in masked(info):
                place, persons = 0, own or ["必要がある者"]
            plain = re.sub(r"(及び|並びに)?次に掲げる情報.*", "", REFERENCE.sub("", info))
            plain = re.sub("^(及び|並びに)", "", plain)
            if bare(plain):
                section.atoms.append(Atom(letter, own, plain))
    for atom in section.atoms:
        for noun in atom.nouns:
            for told in re.finditer(r"（.*同じ。）", noun):
                section.limits.append((atom.letter, noun[: told.start()], told[0]))


@cache
def sections() -> tuple[Section, ...]:
    """Every 号 of every detail article."""
    out: list[Section] = []
    for row in rows():
        text = row.get("detail_text") or []
        found: list[Section] = []
        paragraph = 1 if any(line.startswith("第二条の表") for line in text[1:]) else 0
        if text and not re.search(r"次(の各号)?に掲げる事務とし", text[0]):
            head, info = re.split(r"とし、同[^は]*で定める情報は、", text[0], maxsplit=1)
            head = head.split("で定める事務は、", 1)[1]
            found.append(Section(row["row"], 0, 0, head, [info.removesuffix("とする。")]))
        for line in text[1:]:
            if line.startswith("第二条の表"):
                paragraph += 1
            elif re.search("事務(（.*）)?$", line):
                number = sum(section.paragraph == paragraph for section in found) + 1
                found.append(Section(row["row"], paragraph, number, line))
            else:
                found[-1].lines.append(line)
        for section in found:
            read_lines(section, found)
        out += found
    return tuple(out)


@cache
def columns() -> dict[str, list[tuple[str, str]]]:
    """(who, what) of each cell pair of a row."""
    return {
        row["row"]: [(cell["provider"], cell["info"]) for cell in row.get("exchanges", [])]
        for row in rows()
    }
