"""Read the detail articles of the order (3条～175条の2) into sub-affairs and items.

The source gives an article as lines without numbering. A line that ends in 事務 opens a 号, one
that ends in 次に掲げる情報 opens its list, every other line is an item: numbering follows from
position. Parentheses are kept (`law_text`) and read where they stand (`law_limits`): a limit stays
with its word and goes on as far as its own sentence says. What cannot be read stops the reading;
what the text leaves to ministers keeps its reason in `problem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import law_bundles
import law_limits
import law_persons
from law_limits import Limit, Place
from law_numbers import IROHA, N, letters, number
from law_text import SIGN, Marker, bare

REFERENCE = re.compile(
    rf"(?P<number>前号|第{N}号)(?P<letters>(?:[{IROHA}]|から|まで|及び|、)*)に掲げる情報(?P<signs>.*)"
)
AND_MORE = re.compile(r"(?<=に掲げる情報)([^並及]*?)(及び|並びに)")
TWO_GROUPS = re.compile(r"(?<=情報)並びに(?=[^情]*に係る)")
OPENS = "次に掲げる情報"


@dataclass(frozen=True)
class Person:
    """Whom an item is about, and what has to be stated for that."""

    subject: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawItem:
    """One item: its letter, the persons, and the information (bare, a part limit in 〔〕)."""

    letter: str
    persons: tuple[Person, ...]
    what: str
    conditions: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


@dataclass
class RawSubAffair:
    """One 号 as read from the lines; `problem` says why its items are not held."""

    paragraph: int
    number: int
    affair: str
    body: str = ""
    conditions: list[str] = field(default_factory=list)
    items: list[RawItem] = field(default_factory=list)
    listed: bool = False
    who: tuple[Person, ...] = ()
    problem: str = ""


Carried = tuple[str, Place, str, tuple[Limit, ...]]


class Article:
    """Reads one article, line by line, and remembers what its parentheses carry on."""

    def __init__(self, carried: Sequence[Carried] = (), name: str = ""):
        self.marker = Marker()
        self.bundles = law_bundles.Bundles(name)
        self.subs: list[RawSubAffair] = []
        self.carried = list(carried or [])
        """Limits that go on: the noun they stand at, from where, how far, which."""
        self.heads: list[Carried] = []
        self.read_signs: set[str] = set()

    # -- lines ---------------------------------------------------------------------------------

    def read(self, lines: list[str]) -> list[RawSubAffair]:
        """The sub-affairs of the article, numbered by position."""
        head = self.marker.mark(lines[0])
        self._passed(head)
        if "各号に掲げる事務" in bare(head) or OPENS in bare(head).replace("情報", "事務"):
            self._many(bare(head), [self.marker.mark(line) for line in lines[1:]])
        else:
            self.subs.append(self._single(head))
            for line in lines[1:]:
                self._add(self.marker.mark(line))
        self._all_read()
        return self.subs

    def _many(self, head: str, lines: list[str]) -> None:
        body, paragraph, count = _body(head), 1 if _body(head) else 0, 0
        for line in lines:
            text = bare(line)
            if "で定める事務のうち" in text:
                body, paragraph, count = _body(text), paragraph + 1, 0
            elif text.endswith("事務"):
                count += 1
                sub = RawSubAffair(paragraph, count, line, body)
                self.subs.append(sub)
                sub.conditions = self._head(line)
            else:
                self._add(line)

    def _single(self, head: str) -> RawSubAffair:
        found = re.search(
            r"項で定める事務は、(.+?)とし、同(?:項|表.+?の項)で定める情報は、(.+)とする。$", head
        )
        if not found:
            raise ValueError(f"the head sentence is not of a known form: {bare(head)}")
        affair, what = found.groups()
        sub = RawSubAffair(0, 0, affair)
        self.subs.append(sub)
        sub.conditions = self._head(affair)
        self.subs.pop()
        if bare(what).endswith(OPENS):
            sub.listed = True
            self.subs.append(sub)
            sub.who = self._persons(what.removesuffix(OPENS).removesuffix("に係る"), "")
            self.subs.pop()
        elif "次に掲げる情報のうち" in what:
            sub.listed = True
            sub.problem = "ministers fix which of the listed items are meant; that is not held"
        else:
            self.subs.append(sub)
            sub.items.append(self._item("", what))
            self.subs.pop()
        return sub

    def _add(self, line: str) -> None:
        sub = self.subs[-1]
        line = line.replace("市町村民税に係る情報", "市町村民税に関する情報")
        if sub.problem:
            self._passed(line)
            return
        if re.search(rf"(?:前号|第{N}号)[^号]*に掲げる情報", bare(line)):
            for part in TWO_GROUPS.split(line):
                self._refer(sub, part)
        elif bare(line).endswith(OPENS):
            sub.listed = True
            sub.who = self._persons(_before(line, OPENS), "")
        else:
            used = len({item.letter for item in sub.items if item.letter})
            letter = self._letter(sub, used) if sub.listed else ""
            sub.items.append(self._item(letter, line))

    @staticmethod
    def _letter(sub: RawSubAffair, used: int) -> str:
        """イ, ロ … within a 号; where the article has no 号, its list is made of them."""
        return IROHA[used] if sub.number else f"第{used + 1}号"

    # -- items -------------------------------------------------------------------------------

    def _item(self, letter: str, text: str) -> RawItem:
        sub = self.subs[-1]
        if sub.who:
            who, what = sub.who, text
        else:
            people, _, what = text.rpartition("に係る")
            who = self._persons(people, letter)
        held = self._limits(what)
        part = "".join(f"〔{one.words}〕" for one in held if one.does == "part")
        return RawItem(
            letter,
            who,
            bare(what) + part,
            tuple(one.what for one in held if one.does == "condition"),
            tuple(one.what for one in held if one.does == "provider"),
        )

    def _refer(self, sub: RawSubAffair, line: str) -> None:
        """A line that points to another 号, about its own people or the same ones."""
        people, rest = self._split_reference(line)
        found = REFERENCE.match(rest)
        if found is None:
            raise ValueError(f"a reference of unknown form: {bare(line)}")
        who = self._persons(people, "") if people else ()
        target = self._target(sub, found["number"])
        tail = found["signs"]
        more = re.search(r"(?:及び|並びに)(.+)$", tail)
        only = [one.what for one in self._limits(tail[: more.start()] if more else tail)]
        for item in _wanted(target, letters(found["letters"])):
            persons = who or tuple(one for one in item.persons if not only or one.subject in only)
            if persons:
                sub.items.append(replace(item, letter="", persons=persons))
        if more and bare(more[1]).endswith(OPENS):
            sub.listed, sub.who = True, who
        elif more:
            self._more(sub, more[1], who)

    def _more(self, sub: RawSubAffair, text: str, who: tuple[Person, ...]) -> None:
        if "に係る" in bare(text) or not who:
            sub.items.append(self._item("", text))
        else:
            sub.items.append(RawItem("", who, bare(text)))

    @staticmethod
    def _split_reference(line: str) -> tuple[str, str]:
        found = re.search(
            rf"(?:に係る)?(?=(?:前号|第{N}号)(?:[{IROHA}]|から|まで|及び|、)*に掲げる情報)", line
        )
        assert found is not None
        return line[: found.start()], line[found.end() :]

    def _target(self, sub: RawSubAffair, words: str) -> RawSubAffair:
        wanted = sub.number - 1 if words == "前号" else number(words[1:-1])
        target = next(
            (s for s in self.subs if s.number == wanted and s.paragraph == sub.paragraph), None
        )
        if target is None or target is sub or target.problem:
            raise ValueError(f"refers to 号 {wanted}, which is not held")
        return target

    # -- parentheses -------------------------------------------------------------------------

    def _here(self, letter: str) -> Place:
        sub = self.subs[-1]
        if not sub.number and letter:
            return Place(sub.paragraph, number_of(letter), "")
        return Place(sub.paragraph, sub.number, letter)

    def _persons(self, phrase: str, letter: str) -> tuple[Person, ...]:
        """The persons of a phrase, each with what its own parentheses and earlier ones ask for.

        A limit inside a description (「高等学校等（…）に在学する生徒若しくは学生」) holds for what
        follows it too; 「当該障害者と…」 means the one last named, with the limit that one has.
        """
        found: list[Person] = []
        named: list[tuple[str, tuple[str, ...]]] = []
        shared: tuple[str, ...] = ()
        tie: tuple[str, ...] = ()
        place = self.bundles.place(self.subs[-1].paragraph, self.subs[-1].number)
        for part in law_persons.parts(phrase) if phrase else []:
            limits = self._limits(part.text, part.bare, letter)
            own = tuple(one.what for one in limits if one.does == "condition")
            tie = self.bundles.tie(place, part, tie)
            said = (*tie, *law_persons.narrowed(part))
            held = (*said, *shared, *_inherited(part.bare, named), *own)
            conditions = tuple(dict.fromkeys(held))
            if own and (_signed_inside(part.text) or self._goes_on(part.bare)):
                shared = (*shared, *(one for one in own if one not in shared))
            named.append((part.bare, conditions))
            instead = [one.what.split(":") for one in limits if one.does == "instead"]
            without = tuple(one[2] for one in instead if len(one) > 2)
            roles = law_persons.subjects(part)
            self.bundles.note(place, self._termed(part.text), roles, said)
            found += [Person(subject, (*conditions, *without)) for subject in roles]
            found += [
                Person(law_persons.instead(part, one[0]), (*conditions, one[1])) for one in instead
            ]
        return tuple(dict.fromkeys(found))

    def _termed(self, marked: str) -> str:
        """A description with a term in the place of the words that are its definition."""
        for sign in SIGN.findall(marked):
            term = law_limits.read(self.marker.parens[sign]).term
            marked = term + marked[marked.index(sign) + 1 :] if term else marked
        return bare(marked)

    def _goes_on(self, noun: str) -> bool:
        """Whether a limit carried here stands at how a description begins (「高等学校等に…」)."""
        return any(
            known.endswith(BEGINS) and _same_noun(known, noun) for known, _, _, _ in self.carried
        )

    def _limits(self, marked: str, noun: str = "", letter: str = "") -> list[Limit]:
        """What the parentheses in a text limit, with what earlier ones carry on to `noun`."""
        now = self._here(letter)
        found = [
            limit
            for known, at, where, limits in self.carried
            if noun and _same_noun(known, noun) and law_limits.reaches(where, at, now)
            for limit in limits
        ]
        for sign in SIGN.findall(marked):
            self.read_signs.add(sign)
            reading = law_limits.read(self.marker.parens[sign])
            found += [one for one in reading.limits if one not in found]
            if reading.limits and reading.where and noun:
                known = reading.term or _up_to(marked, sign)
                self.carried.append((known, now, reading.where, tuple(reading.limits)))
        return found

    def _head(self, line: str) -> list[str]:
        """What the head of the latest 号 limits: conditions of all its items, or who may ask.

        A limit of an earlier head that goes on (次号において同じ) holds where its noun recurs.
        """
        now, text = self._here(""), bare(line)
        found = [
            one.what
            for noun, at, where, limits in self.heads
            if noun in text and now != at and law_limits.reaches(where, at, now)
            for one in limits
        ]
        for sign in SIGN.findall(line):
            reading = law_limits.read(self.marker.parens[sign])
            noun = re.search(r"[一-龥]+$", bare(line[: line.index(sign)]))
            if reading.limits and reading.where and noun:
                self.heads.append((noun[0], now, reading.where, tuple(reading.limits)))
        for one in self._limits(line):
            if one.does == "provider":
                self.subs[-1].body = one.what
            elif one.does == "condition":
                found.append(one.what)
            else:
                raise ValueError(f"a head has a limit of unknown effect: {bare(line)}")
        return found

    def _passed(self, marked: str) -> None:
        """Parentheses of words that say nothing about an item."""
        self.read_signs.update(SIGN.findall(marked))

    def _all_read(self) -> None:
        left = [words for sign, words in self.marker.parens.items() if sign not in self.read_signs]
        if left:
            raise ValueError(f"parentheses that nobody read: {left}")


def _inherited(noun: str, named: list[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """The conditions of the one last named that 「当該…」 at the start of a description means."""
    meant = re.match(r"当該([^当]+?)(?:の|と|が)", noun)
    if meant is None:
        return ()
    return next((held for known, held in reversed(named) if known.endswith(meant[1])), ())


def number_of(letter: str) -> int:
    """第3号 → 3."""
    return int(letter.removeprefix("第").removesuffix("号"))


BEGINS = "…"


def _signed_inside(marked: str) -> bool:
    return bool(SIGN.search(marked)) and not SIGN.search(marked[-1])


def _up_to(marked: str, sign: str) -> str:
    """The noun a sign stands at: the description, or how it begins where words follow (「…」)."""
    known = bare(marked[: marked.index(sign)])
    return known if marked.endswith(sign) else known + BEGINS


def _same_noun(known: str, noun: str) -> bool:
    """Whether a later description is the noun that a limit stands at, or a term for it."""
    if known.endswith(BEGINS):
        return noun.startswith(known.removesuffix(BEGINS))
    return noun == known or noun.endswith("の" + known)


def _before(line: str, tail: str) -> str:
    text = line[: line.rindex(tail)]
    return text.removesuffix("に係る")


def _body(head: str) -> str:
    found = re.search(r"実施者である(.+?)に係るものは", head)
    return found.group(1) if found else ""


def _wanted(target: RawSubAffair, letters: set[str] | None) -> Iterator[RawItem]:
    found = [one for one in target.items if letters is None or one.letter in letters]
    if not found or (letters and {one.letter for one in found} != letters):
        raise ValueError(f"refers to items of 号 {target.number} that are not there: {letters}")
    yield from found


def read(lines: list[str], before: Article | None = None, name: str = "") -> Article:
    """One article (命令の条の号), with what the article `before` it carries on into it (次条).

    `name`: its number ("22"), by which `law_bundles` knows the 号 that hold several affairs.
    """
    carried = [
        (noun, Place(0, 0), "以下この条", limits)
        for noun, _, where, limits in (before.carried if before else ())
        if "次条" in where
    ]
    article = Article(carried, name)
    article.read(lines)
    return article
