"""Parts of a page that carry content: tables, steps, notices, pages of a list (画面部品).

Each is shown by a macro of the same name in `web/shared/templates/parts/`. Their words come from
the role, ready as Markup; what a part says by itself is in the shared texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

from renkei.kit.pages.frame import address
from renkei.kit.pages.texts import Language, Texts

Tone = Literal["plain", "good", "wait", "stop"]
TONES: Final[tuple[Tone, ...]] = ("plain", "good", "wait", "stop")


@dataclass(frozen=True, slots=True)
class Notice:
    """A box that says one thing, and how bad it is, by its tone and by its words (お知らせ)."""

    tone: Tone
    heading: Markup
    text: Markup


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; figures stand to the right (列)."""

    label: Markup
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, the first cell of a row being its name (表).

    On a narrow window each row becomes a card, its cells under their labels: no sideways scrolling.
    """

    caption: Markup
    columns: Sequence[Column]
    rows: Sequence[Sequence[Markup]]
    empty: Markup

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has as many cells as there are columns")


@dataclass(frozen=True, slots=True)
class Steps:
    """Where one stands in a series of pages, counted from 1 (手順)."""

    labels: Sequence[Markup]
    now: int

    def state(self, number: int) -> Literal["done", "now", "next"]:
        """Whether a step is behind, here, or still to come."""
        return "done" if number < self.now else "now" if number == self.now else "next"


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep: what it is, its kind and its size, and where (ダウンロード)."""

    label: Markup
    href: str
    kind: str
    size_bytes: int | None = None

    def about(self, t: Texts) -> Markup:
        """Kind and size, in words."""
        if self.size_bytes is None:
            return t("download.kind", kind=self.kind)
        kib = max(1, round(self.size_bytes / 1024))
        return t("download.kind-size", kind=self.kind, size=f"{kib:,}")


@dataclass(frozen=True, slots=True)
class Pager:
    """The pages of a long list, newest first, and the links to their neighbours (ページ送り)."""

    page: int
    pages: int
    newer: str | None
    older: str | None


def pager(path: str, language: Language, page: int, total: int, size: int) -> Pager:
    """The pager of page `page` of a list of `total` things in steps of `size`."""
    pages = max(1, -(-total // size))
    return Pager(
        page,
        pages,
        newer=page_address(path, language, page - 1) if 1 < page <= pages else None,
        older=page_address(path, language, page + 1) if page < pages else None,
    )


def page_address(path: str, language: Language, page: int) -> str:
    """The address of one page of a list; the first has no number in it."""
    query: Mapping[str, int] = {"page": page} if page > 1 else {}
    return address(path, language, **query)
