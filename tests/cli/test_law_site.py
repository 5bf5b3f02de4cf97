"""`renkei law site`: every place of the law is a page, every link leads somewhere (法令集)."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from renkei.cli.law import app
from renkei.kit.law_site import places, site, writing
from renkei.kit.law_site.leaf import TREES
from renkei.kit.pages.texts import entries
from renkei.law import procedures, tables

RUN = CliRunner()
USUAL_PAGE_BYTES = 16 * 1024
"""Half of all pages are lighter: a phone on a slow line has them in a moment."""
KANA_OR_KANJI = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


class Page(HTMLParser):
    """Addresses, anchors and words of one page; words in another language stand apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.lang = ""
        self._apart: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes links and anchors, and where a part in another language begins."""
        given = dict(attrs)
        self.links += [one for one in (given.get("href"), given.get("src")) if one]
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "html":
            self.lang = given.get("lang") or ""
        elif self._apart or given.get("lang", self.lang) != self.lang:
            self._apart += [] if tag in ("br", "input", "meta", "link") else [tag]

    def handle_endtag(self, tag: str) -> None:
        """Notes where a part in another language ends."""
        if self._apart and self._apart[-1] == tag:
            self._apart.pop()

    def handle_data(self, data: str) -> None:
        """Notes words of the page's own language."""
        if not self._apart:
            self.words.append(data)


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    """Every file of the site."""
    return site.files()


@pytest.fixture(scope="module")
def pages(files: Mapping[str, bytes]) -> Mapping[str, Page]:
    """Every page, read."""
    return {path: Page(text.decode()) for path, text in files.items() if path.endswith(".html")}


def target(path: str, link: str) -> tuple[str, str]:
    """The file and the anchor a link on a page leads to."""
    place, _, anchor = link.partition("#")
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / place).parts if place else PurePosixPath(path).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts), anchor


def test_every_link_resolves(files: Mapping[str, bytes], pages: Mapping[str, Page]) -> None:
    """No link leads out of the site or to a page or an anchor that is not there."""
    dead = []
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path
        for link in set(page.links):
            file, anchor = target(path, link)
            if file not in files or (anchor and anchor not in pages[file].ids):
                dead.append((path, link))
    assert dead == []
    assert sum(len(page.links) for page in pages.values()) > 50_000


@pytest.mark.parametrize("tree", TREES)
def test_every_id_of_the_law_has_its_place(tree: str, pages: Mapping[str, Page]) -> None:
    """Rows, sub-affairs, items, procedures, persons, bodies, kinds, conditions, papers."""
    wanted = [places.row_place(one) for one in tables.provision_rows()]
    wanted += [places.affair_place(one) for one in tables.sub_affairs().values()]
    lines = [item for sub in tables.sub_affairs().values() for item in sub.items]
    wanted += [places.item_place(one.item) for one in lines]
    wanted += [places.procedure_place(one) for one in procedures()]
    wanted += [places.subject_place(one) for one in tables.subjects()]
    wanted += [places.body_place(one) for one in tables.kinds()]
    wanted += [places.category_place(one) for one in tables.categories()]
    wanted += [places.condition_place(one) for one in tables.conditions()]
    wanted += [one.place for one in places.papers().values()]
    for place in wanted:
        path, _, anchor = place.partition("#")
        assert f"{tree}/{path}" in pages, place
        assert not anchor or anchor in pages[f"{tree}/{path}"].ids, place
    assert {"row/106.html#108-1", "procedure/child-allowance.html", "item/municipal-tax.html"} <= (
        set(wanted)
    )


def test_every_page_can_be_reached(pages: Mapping[str, Page]) -> None:
    """From the first page, by links alone, without the search."""
    seen, todo = set(), ["index.html"]
    while todo:
        path = todo.pop()
        if path in seen or path not in pages:
            continue
        seen.add(path)
        todo += [target(path, link)[0] for link in pages[path].links]
    assert pages.keys() - seen == set()


@pytest.mark.parametrize("tree", TREES)
def test_every_line_of_the_law_is_shown(tree: str, files: Mapping[str, bytes]) -> None:
    """Each item, person, asked body and condition of each line stands in its sub-affair's part."""
    for row in tables.provision_rows():
        text = files[f"{tree}/{places.row_place(row)}"].decode()
        parts = re.split(r'<section class="affair" id="([^"]+)">', text)
        shown = dict(zip(parts[1::2], parts[2::2], strict=True))
        subs = places.affairs_of(row)
        assert list(shown) == [sub.id for sub in subs]
        for sub in subs:
            wanted = {f"../{places.item_place(one.item)}" for one in sub.items}
            for one in sub.items:
                wanted |= {f"../{places.subject_place(subject)}" for subject in one.subjects}
                wanted |= {f"../{places.body_place(body)}" for body in one.providers}
                wanted |= {f"../{places.condition_place(need)}" for need in one.conditions}
            assert {one for one in wanted if f'"{one}"' not in shown[sub.id]} == set(), sub.id


def test_the_spouse_is_not_where_the_article_has_no_spouse(pages: Mapping[str, Page]) -> None:
    """命令108条1号: the page of the child allowance asks nothing about a spouse."""
    links = pages["ja/procedure/child-allowance.html"].links
    assert "../subject/claimant.html" in links
    assert "../subject/spouse.html" not in links


@pytest.mark.parametrize("tree", TREES)
def test_every_condition_leads_to_where_it_is_asked(tree: str, pages: Mapping[str, Page]) -> None:
    """命令160の項: a limit of a row without items leads to the row, all others to their 号 too."""
    links = set(pages[f"{tree}/conditions.html"].links)
    for row in tables.provision_rows().values():
        assert not row.conditions or places.row_place(row.row) in links
    for sub in tables.sub_affairs().values():
        limited = [*sub.conditions, *(need for one in sub.items for need in one.conditions)]
        assert not limited or places.affair_place(sub) in links, sub.id


def test_an_item_says_of_whom_on_what_condition_and_when(files: Mapping[str, bytes]) -> None:
    """命令108条1号ロ: of the mayor, about a child only on its condition; ended lines say so."""
    page = files["en/item/municipal-tax.html"].decode()
    (line,) = re.findall(r'<li><a href="../row/106.html#108-1">.*?</li>', page, re.DOTALL)
    claimant, child = line.split("../subject/child-in-livelihood.html")
    assert "../body/municipality-mayor.html" in claimant
    assert "not-anothers-dependant" not in claimant
    assert "../conditions.html#not-anothers-dependant" in child
    ended = next(
        sub
        for sub in tables.sub_affairs().values()
        if sub.items and sub.valid_to and tables.provision_rows()[sub.row].valid_to is None
    )
    text = files[f"en/{places.item_place(ended.items[0].item)}"].decode()
    (line,) = re.findall(rf'<li><a href="../row/{ended.row}.html#{ended.id}">.*?</li>', text, re.S)
    assert f'datetime="{ended.valid_to}"' in line


def test_neighbours_lead_to_each_other(pages: Mapping[str, Page]) -> None:
    """Procedure, sub-affair, row, item and paper name each other (命令108条)."""
    procedure = pages["ja/procedure/child-allowance.html"].links
    assert {"../row/106.html#108-1", "../row/106.html", "../item/municipal-tax.html"} <= set(
        procedure
    )
    assert "../papers.html#tax-certificate" in procedure
    assert "../procedure/child-allowance.html" in pages["ja/row/106.html"].links
    item = set(pages["ja/item/municipal-tax.html"].links)
    assert {"../procedure/child-allowance.html", "../row/106.html#108-1", "../row/106.html"} <= item
    assert "../papers.html#tax-certificate" in item
    assert {"procedure/child-allowance.html", "item/municipal-tax.html"} <= set(
        pages["ja/papers.html"].links
    )


@pytest.mark.parametrize("tree", TREES)
def test_practice_is_marked_and_law_is_marked(tree: str, files: Mapping[str, bytes]) -> None:
    """Papers stand under the mark of practice, what may be asked under that of the law."""
    own = entries("law_site", tree)  # type: ignore[arg-type]  # a tree is a language
    law, practice = own["mark.law"], own["mark.practice"]
    page = files[f"{tree}/procedure/child-allowance.html"].decode()
    asked, papers = page.index(f">{law}<"), page.index(f">{practice}<")
    assert asked < page.index("item/municipal-tax") < papers < page.index("#tax-certificate")
    assert f">{practice}<" in files[f"{tree}/papers.html"].decode()
    for row in tables.provision_rows():
        text = files[f"{tree}/{places.row_place(row)}"].decode()
        assert f">{law}<" in text
        assert f">{practice}<" not in text


def test_english_pages_are_english(pages: Mapping[str, Page]) -> None:
    """What there is in Japanese only is marked as Japanese, and no page lacks a heading."""
    mixed = {
        path: words
        for path, page in pages.items()
        if path.startswith("en/") and (words := [w for w in page.words if KANA_OR_KANJI.search(w)])
    }
    assert mixed == {}
    assert {page.lang for path, page in pages.items() if path.startswith("ja/")} == {"ja"}


def test_pages_are_light(files: Mapping[str, bytes]) -> None:
    """No page passes its bound, and most are small."""
    sizes = sorted(len(text) for path, text in files.items() if path.endswith(".html"))
    assert sizes[-1] <= site.PAGE_BYTES
    assert sizes[len(sizes) // 2] <= USUAL_PAGE_BYTES
    assert sizes[0] > 500


def test_a_page_past_its_bound_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A law that grew too large for a page is an error that names the page."""
    monkeypatch.setattr(site, "PAGE_BYTES", 20_000)
    with pytest.raises(site.SiteTooLarge, match=r"ja/.*\.html would have"):
        site.files()


@pytest.mark.parametrize(
    ("tree", "words", "place"),
    [
        ("ja", ("児童手当", "認定"), "procedure/child-allowance.html"),
        ("ja", ("市町村民税",), "item/municipal-tax.html"),
        ("ja", ("108条", "児童手当"), "row/106.html"),
        ("ja", ("命令第108条第1号",), "row/106.html#108-1"),
        ("ja", ("95の2の項",), "row/95-2.html"),
        ("ja", ("95-2",), "row/95-2.html"),
        ("ja", ("課税証明書",), "papers.html#tax-certificate"),
        ("en", ("child allowance", "claim"), "procedure/child-allowance.html"),
        ("en", ("tax certificate",), "papers.html#tax-certificate"),
        ("en", ("japan pension",), "body/pension-service.html"),
    ],
)
def test_the_index_finds_words(
    tree: str, words: tuple[str, ...], place: str, files: Mapping[str, bytes]
) -> None:
    """The index of the search holds every place by its words, and only places there are."""
    text = files[f"{tree}/search-index.js"].decode()
    index = json.loads(text.removeprefix("window.renkeiIndex=").removesuffix(";\n"))
    hits = [
        at
        for _, name, at, more in index["entries"]
        if all(word in f"{name} {more}".lower() for word in words)
    ]
    assert place in hits
    assert all(f"{tree}/{at.partition('#')[0]}" in files for _, _, at, _ in index["entries"])
    assert {kind for kind, *_ in index["entries"]} == set(range(len(index["kinds"])))


def test_twice_made_the_same(files: Mapping[str, bytes]) -> None:
    """Two runs give the same bytes, in the same order."""
    again = site.files()
    assert list(again) == list(files)
    assert again == files


def test_only_the_first_page_has_a_script(files: Mapping[str, bytes]) -> None:
    """All is there without a script; nothing comes from another place."""
    with_script = {path for path, text in files.items() if b"<script" in text}
    assert with_script == {f"{tree}/index.html" for tree in TREES}
    assert [p for p, text in files.items() if re.search(rb'(src|href)="(https?:)?//', text)] == []
    assert b"fetch" not in files["search.js"]
    assert b"innerHTML" not in files["search.js"]


# -- the folder -----------------------------------------------------------------------------------


def held(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_command_writes_and_writes_again(tmp_path: Path, files: Mapping[str, bytes]) -> None:
    """A new folder, an empty one and its own are written; it says where and how many pages."""
    folder = tmp_path / "sites" / "law"
    first = RUN.invoke(app, ["site", str(folder)])
    assert first.exit_code == 0
    count = sum(path.endswith(".html") for path in files)
    assert f"{count} pages" in first.stdout
    written = held(folder)
    assert {path: text for path, text in written.items() if path != writing.MARKER} == dict(files)
    second = RUN.invoke(app, ["site", str(folder), "--json"])
    assert json.loads(second.stdout)["pages"] == count
    assert held(folder) == written
    assert [one.name for one in folder.parent.iterdir()] == ["law"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A site of two files."""
    made = {"index.html": b"1", "ja/index.html": b"2"}
    monkeypatch.setattr("renkei.cli.law_site.files", lambda: made)
    return made


def foreign(folder: Path) -> None:
    """Somebody's folder."""
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")


def ours_with_more(folder: Path) -> None:
    """A site into which somebody put a file."""
    writing.write({"index.html": b"0"}, folder)
    (folder / "ja").mkdir()
    (folder / "ja" / "notes.txt").write_text("mine", encoding="utf-8")


def false_marker(folder: Path) -> None:
    """A folder whose list of files is no list of ours."""
    folder.mkdir()
    (folder / writing.MARKER).write_text('{"made_by": "me", "files": []}', encoding="utf-8")


def empty_folders(folder: Path) -> None:
    """A folder of empty folders is not empty."""
    (folder / "empty").mkdir(parents=True)


def a_file(folder: Path) -> None:
    """A file in its place."""
    folder.write_text("a file", encoding="utf-8")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (foreign, "is not empty"),
        (ours_with_more, "ja/notes.txt"),
        (false_marker, "is not empty"),
        (empty_folders, "is not empty"),
        (a_file, "is a file"),
    ],
)
def test_a_foreign_folder_is_refused(
    made: object, said: str, tmp_path: Path, few: dict[str, bytes]
) -> None:
    """What was not written here is neither overwritten nor mixed with pages; exit status 2."""
    folder = tmp_path / "there"
    made(folder)  # type: ignore[operator]  # one of the functions above
    before = held(tmp_path)
    done = RUN.invoke(app, ["site", str(folder)])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert held(tmp_path) == before


def test_a_site_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path, few: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where writing fails half-way, the earlier site stands, and nothing lies beside it."""
    folder = tmp_path / "law"
    assert RUN.invoke(app, ["site", str(folder)]).exit_code == 0
    before = held(folder)
    write_bytes = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == writing.MARKER:
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = RUN.invoke(app, ["site", str(folder)])
    assert done.exit_code == 2
    assert "No space left on device" in done.stderr
    assert held(folder) == before
    assert [one.name for one in tmp_path.iterdir()] == ["law"]


def test_an_earlier_sites_pages_go(tmp_path: Path, few: dict[str, bytes]) -> None:
    """A page that the law no longer has does not stay; others can read what was written."""
    folder = tmp_path / "law"
    writing.write({"index.html": b"0", "row/999.html": b"old"}, folder)
    assert RUN.invoke(app, ["site", str(folder)]).exit_code == 0
    assert set(held(folder)) == {*few, writing.MARKER}
    assert folder.stat().st_mode & 0o755 == 0o755
