"""Which act is punished, whose, and how far (罰則, 法48条から57条まで, 附則3条).

The limits are those of the text at hand, with its word for imprisonment. Older words and numbers of
articles are not held, so that a day before the text has no answer.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

import msgspec

from renkei.law import tables
from renkei.law.in_force import Words, in_force, named

ANYONE: Final = "anyone"


class PenaltyRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One article: who, what, the most that can be given, and for whom else (罰則の行)."""

    id: str
    article: str
    by: tuple[str, ...]
    """Whose act it is, by the words of `doers`."""
    act: str
    ja: str
    en: str
    prison_months: int | None
    fine_yen: int
    both: bool
    abroad: bool
    abroad_article: str
    corporate_fine_yen: int | None
    """The most for the corporation whose work it was (両罰規定, 法57条1項)."""
    corporate_article: str
    valid_from: date
    valid_to: date | None
    source: str


class PrisonWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the Act calls imprisonment (刑の名称)."""

    ja: str
    en: str
    valid_from: date
    valid_to: date | None
    source: str


class PenaltyTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table (罰則の表)."""

    doers: tuple[Words, ...]
    acts: tuple[Words, ...]
    words: tuple[PrisonWord, ...]
    penalties: tuple[PenaltyRow, ...]


class Penalties(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: what is punished on that day, in the order of articles (該当する罰則)."""

    held: bool
    """False where the text of that day is not at hand."""
    prison_ja: str | None
    prison_en: str | None
    found: tuple[PenaltyRow, ...]


@cache
def penalty_table() -> PenaltyTable:
    """The table as packaged."""
    return tables.read("penalties.json", PenaltyTable)


def penalties(
    day: date, *, by: str | None = None, act: str | None = None, article: str | None = None
) -> Penalties:
    """The penalties for acts on a day, of a person, an act or an article (罰則, 法48条以下).

    What anyone can do, a person of a narrower kind can do too. Raises `UnknownNameError` for a
    person, an act or an article of no table.
    """
    table = penalty_table()
    if by is not None:
        named(table.doers, by, "person")
    if act is not None:
        named(table.acts, act, "act")
    if article is not None:
        named(table.penalties, article, "article")
    words = in_force(table.words, day)
    if not words:
        return Penalties(held=False, prison_ja=None, prison_en=None, found=())
    found = tuple(
        row
        for row in in_force(table.penalties, day)
        if (by is None or by in row.by or ANYONE in row.by)
        and (act is None or act == row.act)
        and (article is None or article == row.id)
    )
    return Penalties(held=True, prison_ja=words[0].ja, prison_en=words[0].en, found=found)
