"""The detail articles of the order read a second time, coarsely, by other words (命令第三条以下).

The packaged tables say for every 号 which item may be asked about whom, from whom and on which
conditions. This reader shares nothing with the tools that made them: it cuts the raw lines at
``に係る`` and at the joining words and looks for words of its own. A word may mean more than one
thing here, never less than the text says. Skipped where the source is not at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import order_lines
import pytest
from order_lines import IROHA, Atom, Section, bare, columns, kanji, sections

from renkei.law import tables

pytestmark = pytest.mark.skipif(
    order_lines.source() is None, reason="the source table is not at hand"
)

KEPT = re.compile(r"（(?![^（）]*(?:に限る|除く|特定接種を含む))[^（）]*）")

WORDS: dict[str, list[tuple[str, str]]] = {}
"""The tables beside this file: `name=regex`, one or more a line, set apart by two blanks."""
for _part in re.split(
    r"^\[", (Path(__file__).parent / "second_reading_words.txt").read_text("utf-8"), flags=re.M
)[1:]:
    _lines = (entry.partition("=") for entry in re.split(r"\s{2,}|\n", _part.partition("\n")[2]))
    WORDS[_part.partition("]")[0]] = [(name.strip(), word) for name, _, word in _lines if word]
ITEMS, SUBJECTS = dict(WORDS["ITEMS"]), dict(WORDS["SUBJECTS"])
CELLS, BODIES, INSURERS = dict(WORDS["CELLS"]), dict(WORDS["BODIES"]), dict(WORDS["INSURERS"])

# What differs, by place and words: rightly, with the reason; or reported to the tables' author
# (where the tables follow the text, the entry is unused, and the test says so).
ITEMS_EXCUSED = {
    "162-0. .*": "rightly: row 160 is held as a whole row, the ministers choose",
    "50-14 .*": "rightly: only the joining words after a reference",
}
PERSONS = {
    "171-0ハ .* 高等学校等に在学する生徒": "rightly: 生徒又は学生の保護者等, guardians of both",
}
CONDITIONS = {
    "142-(1ロ|8ハ) limit .*": "rightly: what the government pays is not asked of the government",
}
HEADS_EXCUSED: dict[str, str] = {}
PROVIDERS = {
    "142-(1ロ|8ハ) agricultural-mutual-aid-pension .*": (
        "rightly: what the government pays is excepted, so that one body is left"
    ),
    "row 160 .*": "rightly: held as a whole row",
}
CITED: dict[str, str] = {}

# Nouns that stand for two persons each.
TWO = re.compile(
    r"認定を受ける・|"
    r"被扶養者等$|被措置者等$|児童等$|生計維持者$|生徒の生計|行う者の生計|扶養義務者$|申請等を行う者$|^保護者等$"
)

# After a citation that is only part of an ordinance's name.
NAMED = r"(に規定する|の)[^、第]*に関する(省令|政令)第"
BOTH = {
    "被扶養者等": ("dependant", "former-dependant"),
    "被措置者等": ("person-concerned", "person-liable-for-support"),
    "小児慢性特定疾病児童等": ("child-concerned", "adult-patient"),
    "届出を行う者の生計維持者": ("livelihood-supporter", "notifier"),
    "請を行う者の生計維持者": ("livelihood-supporter", "applicant"),
}


Ours = tuple[tables.SubAffair, dict[str, list[tables.Item]]]


@cache
def ours() -> dict[tuple[str, int, int], Ours]:
    """Our sub-affairs that are in the text of 2026-02-08, items by letter."""
    out = {}
    for affair in tables.read("generated/articles.json", tuple[tables.SubAffair, ...]):
        if affair.valid_to and affair.valid_to.isoformat() < "2026-02-08":
            continue
        items: dict[str, list[tables.Item]] = {}
        for item in affair.items:
            place = re.fullmatch(r"第(\d+)号", item.letter)
            items.setdefault(IROHA[int(place[1]) - 1] if place else item.letter, []).append(item)
        out[affair.row, affair.paragraph, affair.number] = (affair, items)
    return out


def blocks() -> Iterator[tuple[Section, str, list[Atom], list[tables.Item]]]:
    """Each line with ours; a 号 that we hold without letters is one block."""
    for section in sections():
        affair, items = ours()[section.row, section.paragraph, section.number]
        whole = set(items) == {""}
        for letter in sorted({atom.letter for atom in section.atoms} | set(items)):
            if whole and letter:
                continue
            atoms = [atom for atom in section.atoms if whole or atom.letter == letter]
            yield section, f"{affair.id}{letter}", atoms, items.get(letter, [])


@cache
def phrased(info: str) -> frozenset[str]:
    """The items whose words the phrase has."""
    plain = KEPT.sub("", info)
    return frozenset(item for item, word in ITEMS.items() if re.search(word, plain))


def meant(atom: Atom) -> frozenset[str]:
    """The items a line may mean."""
    return phrased(atom.info)


@cache
def can_be(subject: str, noun: str) -> bool:
    """Whether the noun can mean the subject."""
    plain = re.sub(r"^.*に係る(?=.)", "〜", bare(noun))
    if "死亡した" in bare(noun) and not subject.startswith("deceased"):
        return False
    return bool(re.search(SUBJECTS[subject], plain))


def excused(found: Iterator[str], table: dict[str, str]) -> None:
    """Nothing is found but what the table gives a reason for, and all of that."""
    marks = sorted(set(found))
    assert "\n".join([m for m in marks if not any(re.fullmatch(rule, m) for rule in table)]) == ""
    assert (
        "\n".join([rule for rule in table if not any(re.fullmatch(rule, m) for m in marks)]) == ""
    )


def test_every_item_has_its_words_and_every_word_its_item() -> None:
    """An item of ours stands in its line, and no information of a line is left out."""

    def found() -> Iterator[str]:
        for section, place, atoms, items in blocks():
            text = frozenset().union(*map(meant, atoms))
            row58 = (
                {"employment-insurance"} if section.row == "58" else {"basic-employment-benefit"}
            )
            for item in (text - row58) ^ {item.item for item in items}:
                yield f"{place} {item}"
            yield from (f"{place} {atom.info}" for atom in atoms if not meant(atom))

    assert len(sections()) == len(ours())
    excused(found(), ITEMS_EXCUSED)


def test_every_subject_has_its_noun_and_every_noun_its_subject() -> None:
    """A person of ours is named in the line, and nobody named there is left out."""

    def found() -> Iterator[str]:
        for _, place, atoms, items in blocks():
            for name in {item.item for item in items}:
                heads = [noun for atom in atoms if name in meant(atom) for noun in atom.nouns]
                given = {s for item in items if item.item == name for s in item.subjects}
                for noun in heads:
                    if not any(can_be(subject, noun) for subject in given):
                        yield f"{place} {name} {bare(noun)[-30:]}"
                    both = next((two for end, two in BOTH.items() if bare(noun).endswith(end)), ())
                    if not given.issuperset(both):
                        yield f"{place} {name} both of {both}"
                for subject in given:
                    if not any(can_be(subject, noun) for noun in heads):
                        yield f"{place} {name} {subject}"
                room = sum(2 if TWO.search(bare(noun)) else 1 for noun in set(heads))
                if len(given) > room:
                    yield f"{place} {name} {len(given)} persons for {room}"

    excused(found(), PERSONS)


def required(section: Section, atom: Atom, noun: str, subject: str) -> frozenset[str]:
    """The conditions that the limits on this noun put on this person."""
    held = {
        one: one
        + "".join(limit for other, limit in carried(section, atom) if one.startswith(other))
        for one in atom.nouns
    }
    out = set()
    for name, word in WORDS["LIMITS"]:
        condition, _, bound = name.partition("@")
        if condition != "-" and bound in ("", subject):
            texts = held.values() if bound else [held[noun]]
            out |= {condition for text in texts if re.search(word, text)}
    return frozenset(out)


def carried(section: Section, atom: Atom) -> Iterator[tuple[str, str]]:
    """Limits set on a noun here or before, as far as the text says 同じ."""
    for other in sections():
        if other.limits and other.row == section.row and other.number <= section.number:
            for letter, noun, limit in other.limits:
                span = re.search("(.)から(.)までにおいて", limit)
                low = IROHA.index(span[1] if span else letter or "イ")
                high = IROHA.index(span[2]) if span else len(IROHA)
                if other is section:
                    here = letter == atom.letter or low <= IROHA.find(atom.letter) <= high
                else:
                    here = other.number + 1 == section.number and "次号において" in limit
                if here or "この条" in limit:
                    yield noun, limit


def unread(text: str, rules: list[tuple[str, str]]) -> bool:
    """Whether a limit is left over when all that the rules read is taken away."""
    for _, word in rules:
        text = re.sub(word, "", text)
    return bool(re.search("除く|除き|に限る|に限り", text))


def test_every_limit_is_a_condition_and_every_condition_a_limit() -> None:
    """除く and に限る of a line bind the item or the person, and nothing else does."""

    def found() -> Iterator[str]:
        for section, place, atoms, items in blocks():
            for atom in atoms:
                for part in [*atom.nouns, atom.info]:
                    if unread(part, WORDS["LIMITS"]):
                        yield f"{place} limit {part}"
            for item in items:
                may = [
                    (subject, required(section, atom, noun, subject))
                    for subject in item.subjects
                    for atom in atoms
                    if item.item in meant(atom)
                    for noun in atom.nouns
                    if can_be(subject, noun)
                ]
                for subject in {one for one, _ in may}:
                    if set(item.conditions) not in [set(c) for s, c in may if s == subject]:
                        yield f"{place} {item.item} {subject} {'+'.join(item.conditions)}"

    excused(found(), CONDITIONS)


def test_every_limit_of_a_head_is_a_condition_of_the_affair() -> None:
    """除く and に限る of a head are conditions of the affair, and nothing else is."""

    def found() -> Iterator[str]:
        before = ""
        for section in sections():
            affair = ours()[section.row, section.paragraph, section.number][0]
            text = section.head + (before if section.number > 1 else "")
            before = "".join(
                re.findall("（[^（）]*(?:（[^（）]*）[^（）]*)*次号において同じ。）", section.head)
            )
            if unread(section.head, WORDS["HEADS"]):
                yield f"{affair.id} limit {section.head}"
            given = {name for name, word in WORDS["HEADS"] if re.search(word, text)} - {"-"}
            for condition in given ^ set(affair.conditions):
                yield f"{affair.id} {condition}"

    excused(found(), HEADS_EXCUSED)


def providers(section: Section, item: tables.Item, info: str) -> set[str]:
    """Who may be asked: the bodies of the cells that hold the category, or by the phrase's acts."""
    category = re.sub("^other-benefit.*", "other-benefit", item.category)
    fits = [
        bare(who)
        for who, what in columns()[section.row]
        if re.search(CELLS[category], what) or re.search(CELLS[category], bare(what))
    ]
    if category.startswith("health-insurance"):
        named = {body for body, word in INSURERS.items() if re.search(word, info)}
        return (
            named & {"health-insurer", "elderly-care-union"} if "health-insurer" in named else named
        )
    if item.item.startswith("private-school-pension") and category == "pension-benefit":
        return {"private-school-mutual-aid"}
    payers = {kind.id for kind in tables.kinds().values() if set(kind.aliases) & set(fits)}
    named = {body for who in fits for body, word in BODIES.items() if re.search(word, who)}
    if item.item.startswith("national-pension"):
        named.discard("mutual-aid-body")
    return payers or (named & {"prefecture-governor"} if "都道府県知事が行う" in info else named)


def test_every_provider_is_in_the_column_and_the_column_in_the_providers() -> None:
    """Who may be asked is whom column three names for that information."""

    def found() -> Iterator[str]:
        for section, place, atoms, items in blocks():
            for item in items:
                told = {
                    body
                    for atom in atoms
                    if item.item in meant(atom)
                    for body in providers(section, item, atom.info)
                }
                for body in told ^ set(item.providers):
                    yield f"{place} {item.item} {body}"
        for row, cells in columns().items():
            held = {
                item.category
                for (other, _, _), (affair, _) in ours().items()
                for item in affair.items
                if other == row
            }
            for who, what in cells:
                if not any(
                    re.search(CELLS[re.sub("^other-benefit.*", "other-benefit", one)], t)
                    for one in held
                    for t in (what, bare(what))
                ):
                    yield f"row {row} {bare(who)}"

    excused(found(), PROVIDERS)


def _cited_wrongly(cited: str, tail: str) -> str:
    """What is wrong with a citation after the name of its act; empty where it stands there."""
    word = re.sub(r"\d+", lambda digits: kanji(int(digits[0])), cited)
    at = re.search(re.escape(word) + r"(?!の?[二三四五六七八九十]+(?![級種]))", tail)
    if not at or re.search(r"(?<!同)(法|法律|令|規則|規程)第", bare(tail[: at.start()])):
        return " is not there"
    return " in a name" if re.match(NAMED, bare(tail[at.end() :])) else ""


def spelled(section: Section) -> str:
    """A head, with the act's own name where it says 旧令 alone."""
    for other in sections():
        named = re.search(r"(改正前の[^（）]+)（[^）]*「旧令」という", other.head)
        if named and other is not section and other.row == section.row:
            return re.sub("^旧令", named[1], section.head)
    return section.head


def test_every_number_of_a_label_is_in_the_text_at_its_act() -> None:
    """A label cites what the head cites, with every branch number and its act, as that one was."""

    def found() -> Iterator[str]:
        for section in sections():
            affair = ours()[section.row, section.paragraph, section.number][0]
            head = spelled(section)
            if re.search(r"[\[\]]|・の規定", affair.ja):
                yield f"{affair.id} garbled"
            numbers = r"((?:附則)?第\d+条(?:の\d+)*(?:第\d+項)?(?:第\d+号)?)"
            for label in re.findall(r"（(.*第\d+条.*?)）(?:・|$)", affair.ja):
                act = re.split(r"附則第\d|第\d", label)[0]
                if act not in head or not act:
                    yield f"{affair.id} {act}"
                if len(re.findall(f"(改正|廃止)前の{re.escape(act)}", head)) == head.count(act):
                    yield f"{affair.id} {act} as it was"
                for cited in re.findall(numbers, label):
                    tails = [head[at.end() :] for at in re.finditer(re.escape(act), head)]
                    wrong = [_cited_wrongly(cited, tail) for tail in tails]
                    if all(wrong):
                        yield f"{affair.id} {cited}{max(wrong, default='')}"

    excused(found(), CITED)
