"""The law site in Chromium, from a folder, without a server (JIS X 8341-3)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from following import follow
from playwright.sync_api import Browser, Page

from renkei.kit.law_site.leaf import TREES
from renkei.kit.law_site.site import files
from renkei.kit.law_site.writing import write

pytestmark = pytest.mark.browser

KINDS = (
    *("index.html", "procedures.html", "rows.html", "papers.html", "conditions.html"),
    *("row/106.html", "row/160.html", "procedure/child-allowance.html", "item/municipal-tax.html"),
    *("subject/claimant.html", "body/pension-service.html", "category/local-tax.html"),
)
"""One page of each kind, and the row whose items are not held."""
NARROW = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400 % (WCAG 1.4.10)."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, written once."""
    made: Path = tmp_path_factory.mktemp("site") / "law"
    write(files(), made)
    return made


@pytest.fixture
def opened(folder: Path, chromium: Browser) -> Iterator[Opened]:
    """Opens a page of the folder; what it logs as an error fails the test."""
    contexts, errors = [], []

    def open_page(path: str, **options: Any) -> Page:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{folder.as_uri()}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tree", TREES)
def test_axe_finds_nothing(opened: Opened, folder: Path, tree: str, scheme: str) -> None:
    """No kind of page breaks a rule of WCAG 2.2 A or AA that axe knows."""
    page = opened("index.html", color_scheme=scheme)
    for path in ("index.html", *(f"{tree}/{one}" for one in KINDS)):
        page.goto(f"{folder.as_uri()}/{path}")
        page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, preload: false})", RULES)
        assert len(found["passes"]) > 10
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


@pytest.mark.parametrize("tree", TREES)
def test_nothing_scrolls_sideways_at_400_percent(opened: Opened, folder: Path, tree: str) -> None:
    """At 320 px every kind of page fits its window."""
    page = opened("index.html", viewport=NARROW)
    for path in ("index.html", *(f"{tree}/{one}" for one in KINDS)):
        page.goto(f"{folder.as_uri()}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path


@pytest.mark.parametrize(
    ("tree", "typed", "first"),
    [
        ("ja", "児童手当 認定", "procedure/child-allowance.html"),
        ("ja", "ｼﾐﾝ", None),
        ("en", "MUNICIPAL inhabitant", "item/municipal-tax.html"),
    ],
)
def test_the_search_works_from_a_folder(
    opened: Opened, tree: str, typed: str, first: str | None
) -> None:
    """By keyboard, without a server: words typed lead to the place, or to what to do instead."""
    page = opened(f"{tree}/index.html")
    page.locator("#words").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    if first is None:
        assert page.locator("#results li").count() == 0
        assert page.locator("#found").inner_text() != ""
        return
    assert str(page.locator("#results li").count()) in page.locator("#found").inner_text()
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)  # longer than the search waits for more letters
    assert page.evaluate("document.activeElement.getAttribute('href')") == first
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{first}")


def test_a_search_can_be_linked_to_and_is_bounded(opened: Opened) -> None:
    """`?q=` searches at once; of many results the first are shown, and how many there are."""
    page = opened("en/index.html?q=examining")
    assert page.locator("#results li").count() == 50
    assert "50" in page.locator("#found").inner_text()
    assert page.locator("#found").get_attribute("role") == "status"


@pytest.mark.parametrize("tree", TREES)
def test_all_is_there_without_a_script(opened: Opened, tree: str) -> None:
    """With scripts off the search is gone and says so; lists lead to a row by links alone."""
    page = opened(f"{tree}/index.html", java_script_enabled=False)
    assert not page.locator("#search").is_visible()
    assert page.locator("noscript").is_visible()
    follow(page.locator("main a[href='rows.html']"))
    follow(page.locator("main a[href='row/106.html']"))
    assert page.locator("section.affair").count() == 6
    follow(page.locator("main nav a").first)
    assert page.url.endswith("#108-1")


def test_a_language_leads_to_the_same_place(opened: Opened) -> None:
    """The other language shows the same page; the way back is the menu's first link."""
    page = opened("ja/item/municipal-tax.html")
    follow(page.get_by_role("link", name="English"))
    assert page.url.endswith("/en/item/municipal-tax.html")
    follow(page.locator("nav.ways a").first)
    assert page.url.endswith("/en/index.html")
