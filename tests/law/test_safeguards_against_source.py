"""Numbers of the safeguards against the texts of the law, read by their kanji numerals.

Each number of a table is looked up in the article it cites. Skipped where the texts are not at
hand.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from renkei.law.card_validity import validity_rows
from renkei.law.impact_assessment import assessment_table
from renkei.law.leak_report import leak_table
from renkei.law.penalties import PenaltyRow, penalty_table
from renkei.law.retention import RetentionRow, retention_rows
from renkei.values.numerals import whole_number

ACT, ASSESSMENT, LEAK = "425AC0000000027", "426M60020000001", "427M60020000005"
SPAN = re.compile(r"([一二三四五六七八九十百]+)(年|月|箇月)")
YEN = re.compile(r"([一二三四五六七八九十百]+)(億|万)円以下の罰金")
FILES = {
    "法": ACT,
    "令": "426CO0000000155",
    "省令85号": "426M60000008085",
    "住基令": "342CO0000000292",
    "公的個人認証令": "415CO0000000408",
    "公的個人認証規則": "415M60000008120",
    "預貯金規則": "506M60004742001",
    "口座登録規則": "503M60004000010",
}


def _folder() -> Path | None:
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "law"
        if found.is_dir():
            return found
    return None


pytestmark = pytest.mark.skipif(_folder() is None, reason="the texts of the law are not at hand")


@cache
def text(law: str) -> str:
    """The text of a law without its links and anchors."""
    folder = _folder()
    assert folder is not None
    raw = (folder / f"{law}.md").read_text("utf-8")
    return re.sub(r"<a id=[^>]*></a>\n", "", raw)


def kanji(number: int) -> str:
    """A number below 200 as articles are numbered."""
    digits = "〇一二三四五六七八九"
    hundred, rest = divmod(number, 100)
    ten, one = divmod(rest, 10)
    tens = ("" if ten == 0 else "十" if ten == 1 else digits[ten] + "十") + (
        digits[one] if one else ""
    )
    return ("百" if hundred else "") + tens


def article(law: str, *numbers: int) -> str:
    """The words of an article: from its heading to the blank line behind it."""
    name = f"第{kanji(numbers[0])}条" + "".join(f"の{kanji(one)}" for one in numbers[1:])
    head = f"\n**{name}**\n"
    if len(numbers) > 2:  # the source sets only 条 and its first branch in bold
        short = f"第{kanji(numbers[0])}条の{kanji(numbers[1])}"
        head = f"\n**{short}**の{kanji(numbers[2])}\n"
    body = text(law).split(head, 1)
    assert len(body) == 2, name
    return body[1].split("\n\n", 1)[0]


def number(word: str) -> int:
    """A kanji numeral, with 万 at its end or without."""
    if word.endswith("万"):
        return 10_000 * number(word.removesuffix("万"))
    found = whole_number(word)
    assert found is not None, word
    return found


@pytest.mark.parametrize("row", penalty_table().penalties, ids=lambda row: row.id)
def test_penalties_are_those_of_the_text(row: PenaltyRow) -> None:
    """Imprisonment, fine and both together as the article says them."""
    if row.id.startswith("s3"):
        lines = text(ACT).split("\n**第三条**\n")[2].split("\n\n", 1)[0].splitlines()
        wanted = "ファイル（" if row.id == "s3-5" else "前項に規定する者が"
        words = next(one for one in lines if wanted in one and "拘禁刑" in one)
    else:
        words = article(ACT, *(int(one) for one in row.id.split("-")[: 1 + (row.id[2:3] == "-")]))
    prison = re.search(r"([一二三四五六七八九十]+)(年|月)以下の(\w+?刑)", words)
    if row.prison_months is None:
        assert prison is None
    else:
        assert prison is not None
        assert number(prison[1]) * (12 if prison[2] == "年" else 1) == row.prison_months
        assert prison[3] == penalty_table().words[0].ja
    fine = YEN.search(words)
    assert fine is not None
    assert number(fine[1]) * 10_000 == row.fine_yen
    assert ("併科" in words) == row.both


def test_corporations_and_abroad_are_those_of_the_text() -> None:
    """57条 names its articles and a hundred million; 56条 its own."""
    corporate = text(ACT).split("\n**第五十七条**\n")[1].split("\n\n", 1)[0]
    assert "**第四十八条**、第四十九条及び第五十三条\n一億円以下の罰金刑" in corporate
    assert "**第五十一条**及び第五十三条の二から第五十五条の二まで\n各本条の罰金刑" in corporate
    assert "**第四十八条**から第五十二条の三まで及び第五十五条の規定は、日本国外" in text(ACT)


def test_assessment_numbers_are_those_of_the_text() -> None:
    """Each boundary stands in the rule as a number of people, and no other does."""
    words = text(ASSESSMENT)
    found = {number(one) for one in re.findall(r"([一十百千万三五]+)人(?:以上|未満)", words)}
    rows = assessment_table().thresholds
    assert found == {row.least for row in rows if row.least} | {assessment_table().many_handlers}
    assert "過去一年以内" in words
    assert "少なくとも一年ごとに" in words


def test_leak_numbers_are_those_of_the_text() -> None:
    """30 and 60 days, more than a hundred people, nine items, five of them for the person."""
    words = text(LEAK)
    days = {number(one) for one in re.findall(r"([一二三四五六七八九十]+)日以内", words)}
    assert days == {row.final_days for row in leak_table().events}
    assert "前条第二号に定めるものである場合にあっては、六十日以内" in words
    assert "百人を超える" in words
    assert {row.more_than for row in leak_table().events} == {None, 100}
    told = re.search(r"第三条\*?\*?第一項(第一号.*?)に定める事項", words)
    assert told is not None
    numbers = [number(one) for one in re.findall(r"第([一二四五九])号", told[1])]
    person = [place for place, one in enumerate(leak_table().contents, 1) if one.person]
    assert numbers == person


def _articles(cited: str) -> list[tuple[str, tuple[int, ...]]]:
    """Law and article numbers of a citation; the law's name carries over."""
    found, law = [], ""
    for part in re.split(r"[・から]+", cited):
        one = re.match(r"(.*?)第(\d+)条((?:の\d+)*)", part)
        if one is None:
            continue
        law = one[1] or law
        branches = tuple(int(branch) for branch in one[3].split("の") if branch)
        found.append((FILES[law], (int(one[2]), *branches)))
    return found


@pytest.mark.parametrize(
    "row", [one for one in retention_rows() if one.basis == "text"], ids=lambda row: row.id
)
def test_periods_are_those_of_the_text(row: RetentionRow) -> None:
    """A cited article names the period; "counted from" stands where the first day is taken in."""
    words = "\n".join(article(law, *numbers) for law, numbers in _articles(row.article))
    months = {
        number(span) * (12 if unit == "年" else 1)
        for span, unit in SPAN.findall(words)
        if whole_number(span) is not None
    }
    if row.counting == "until-event":
        assert "満了すべき日までとする" in words
        return
    assert row.months in months
    if row.counting == "with":
        assert "起算して" in words


def test_birthdays_are_those_of_the_text() -> None:
    """Tenth and fifth, one more after a renewal, and 18 years."""
    for row in validity_rows():
        if row.of == "stay":
            continue
        law, numbers = _articles(row.article)[0]
        renewed = "\n".join(article(one, *two) for one, two in _articles(row.renewed_article))
        assert f"{kanji(row.birthday)}回目" in article(law, *numbers)
        assert f"{kanji(row.renewed_birthday)}回目" in renewed
    assert "十八歳以上" in article(FILES["省令85号"], 26)
