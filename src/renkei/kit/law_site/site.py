"""All files of the site, from the tables alone: made twice, the same bytes (全ファイル)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from renkei.kit.law_site import lists, places, rows, things
from renkei.kit.law_site.leaf import INDEX, ROLE, SCRIPT, STYLE, TREES, Leaf, Tongue
from renkei.kit.pages.rendering import render, stylesheet
from renkei.kit.pages.texts import TONGUES, texts, web
from renkei.law import tables
from renkei.law.procedures import procedures

PAGE_BYTES: Final = 256 * 1024
"""No page is larger: a page that grows past it has to be divided."""
INDEX_BYTES: Final = 256 * 1024
FILES: Final = 4_000
"""More files than this are a mistake of the tables, not a larger law."""


class SiteTooLarge(ValueError):
    """A page, the index or the number of files passes its bound; the message names it."""


def files() -> Mapping[str, bytes]:
    """Every file of the site by its path; raises `SiteTooLarge`."""
    made = {
        "index.html": _door(),
        STYLE: stylesheet() + b"\n" + web(ROLE).joinpath("law.css").read_bytes(),
        SCRIPT: web(ROLE).joinpath(SCRIPT).read_bytes(),
    }
    for language in TREES:
        for path, page in _tree(language):
            made[f"{language}/{path}"] = page
        made[f"{language}/{INDEX}"] = search_index(language)
    for path, content in made.items():
        most = INDEX_BYTES if path.endswith(INDEX) else PAGE_BYTES
        if len(content) > most:
            raise SiteTooLarge(f"{path} would have {len(content)} bytes, more than {most}")
    if len(made) > FILES:
        raise SiteTooLarge(f"the site would have {len(made)} files, more than {FILES}")
    return made


def _tree(language: Tongue) -> Iterator[tuple[str, bytes]]:
    """Every page of one language."""
    yield places.START, lists.start_page(language)
    yield places.PAPERS, lists.papers_page(language)
    yield places.CONDITIONS, lists.conditions_page(language)
    for name in places.LISTS:
        yield f"{name}.html", lists.list_page(language, name)
    for row in tables.provision_rows().values():
        yield places.row_place(row.row), rows.row_page(language, row)
    for one in procedures().values():
        yield places.procedure_place(one.id), rows.procedure_page(language, one)
    for item in places.items().values():
        yield places.item_place(item.item), things.item_page(language, item)
    for subject in tables.subjects():
        yield places.subject_place(subject), things.subject_page(language, subject)
    for kind in tables.kinds().values():
        yield places.body_place(kind.id), things.body_page(language, kind)
    for category in tables.categories().values():
        yield places.category_place(category.id), things.category_page(language, category)


def _door() -> bytes:
    """The page before the trees: which language."""
    tongues = [
        {"tag": one, "label": TONGUES[one], "name": texts(one, ROLE).plain("service")}
        for one in TREES
    ]
    return render(ROLE, "door.html", "ja", tongues=tongues, style=STYLE).encode()


def search_index(language: Tongue) -> bytes:
    """What the search looks through: one array of kind, name, address, further words (索引).

    It is a script and not JSON, since a browser lets a page opened from a folder read nothing else.
    """
    leaf = Leaf(language, places.START)
    found = list(lists.entries(leaf))
    kinds = lists.kinds_of(found)
    value = {
        "kinds": [leaf.t.plain(f"kind.{kind}") for kind in kinds],
        "entries": [[kinds.index(one.kind), one.name, one.place, one.more] for one in found],
    }
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"window.renkeiIndex={said};\n".encode()
