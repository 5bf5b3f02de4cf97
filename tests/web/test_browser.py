"""The portal's pages in Chromium: accessibility, keyboard, narrow windows (JIS X 8341-3).

axe-core finds what a program can find; the rest of WCAG 2.2 AA is looked at by people.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from following import follow
from history_views import ALL
from page_site import Site
from playwright.sync_api import Browser, Page

from renkei.kit.pages.texts import LANGUAGES

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 256}
"""320 by 256 CSS pixels are a window of 1280 by 1024 at 400 % (WCAG 1.4.10)."""
PATHS = (
    *("/history", "/history/line?place=1", "/history/save", "/history/wrong", "/sandbox"),
    *("/sandbox/components", "/sandbox/components/sheet", "/session/ended", "/nowhere"),
)
"""Every page there is, the one with all components among them."""
RULES = {
    "runOnly": [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
    ]
}  # fmt: skip
"""axe leaves out what it files under AAA and experiments."""
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
"""The reader's own spacing of WCAG 1.4.12."""

Opened = Callable[..., Page]


@pytest.fixture
def opened(site: Site, chromium: Browser) -> Iterator[Opened]:
    """Opens a page of the site in a context of its own; errors it logs fail the test.

    `on`: in the window of a page that is done with, which spares a process of Chromium.
    """
    contexts, errors = [], []

    def note(kind: str, text: str, place: str) -> None:
        # Where a test switches the policy off, Chromium asks for an icon that no page names; an
        # address that is not there, and a form that is refused, are pages to be looked at here.
        meant = ("favicon.ico", "/nowhere", "/sandbox/components")
        if kind == "error" and not any(one in place for one in meant):
            errors.append(text)

    def window(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": WIDE, **options})
        context.add_cookies([site.cookie()])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: note(said.type, said.text, said.location["url"]))
        return page

    def open_page(path: str, language: str, on: Page | None = None, **options: Any) -> Page:
        page = on or window(**options)
        page.goto(f"{site.origin}{path}{'&' if '?' in path else '?'}lang={language}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, each with the place."""
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert len(found["passes"]) > 20
    return [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in [*found["violations"], *found["incomplete"]]
        for node in one["nodes"]
        if one not in found["incomplete"] or doubtful(one["id"], node["html"])
    ]


def doubtful(rule: str, html: str) -> bool:
    """A contrast axe could not compute is one nobody has tested, but for readings above a word.

    They stand over the line box above, so axe cannot tell their ground; they have the colour of
    their word (`test_readings_have_the_colour_of_their_word`).
    """
    return rule == "color-contrast" and not html.startswith("<rt>")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(site: Site, opened: Opened, language: str, scheme: str) -> None:
    """No page breaks a rule of WCAG 2.2 A or AA that axe knows, contrast included."""
    site.view_shown, page = ALL["every-outcome"], None
    for path in PATHS:
        page = opened(path, language, on=page, color_scheme=scheme)
        assert violations(page) == []
    site.view_shown = ALL["never"]
    assert violations(opened("/history", language, on=page)) == []


@pytest.mark.parametrize("name", ["empty", "late", "long-names", "hostile", "many"])
def test_axe_finds_nothing_in_odd_histories(site: Site, opened: Opened, name: str) -> None:
    """Empty, late, overlong and hostile histories are as accessible, on a phone too."""
    site.view_shown, site.paged = ALL[name], name == "many"
    assert violations(opened("/history", "ja", viewport={"width": 360, "height": 780})) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_a_form_with_errors(
    opened: Opened, language: str, scheme: str
) -> None:
    """A form sent empty is as accessible; its first error leads to its field by keyboard."""
    page = opened("/sandbox/components", language, color_scheme=scheme)
    follow(page.locator("main button.press"))
    assert violations(page) == []
    assert page.title().count(" - ") == 1
    links = page.locator(".errors a")
    assert links.count() == 4
    links.first.press("Enter")
    assert page.evaluate("location.hash") == "#person"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "post_code"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_readings_have_the_colour_of_their_word(opened: Opened, scheme: str) -> None:
    """A reading has the colour of its word, whose contrast is tested, and no ground of its own."""
    page = opened("/history", "ja-easy", color_scheme=scheme)
    found = page.evaluate(
        """() => [...document.querySelectorAll('rt')].map(rt => {
        const own = getComputedStyle(rt), word = getComputedStyle(rt.parentElement);
        return own.color === word.color && own.backgroundColor === 'rgba(0, 0, 0, 0)'
          && own.opacity === '1' && parseFloat(own.fontSize) >= 9; })"""
    )
    assert len(found) > 20
    assert all(found)


def test_axe_would_find_something(site: Site, opened: Opened) -> None:
    """A pale word and a bare image planted in a page are found, so that silence means something."""
    page = opened("/history", "en")
    page.evaluate(
        "() => { const p = document.querySelector('.lead'); p.style.color = '#ccc';"
        " p.append(document.createElement('img')); }"
    )
    found = "\n".join(violations(page))
    assert "color-contrast" in found
    assert "image-alt" in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sideways_scrolling(site: Site, opened: Opened, language: str) -> None:
    """At 320 CSS pixels (400 % zoom) nothing needs sideways scrolling, whatever the history."""
    too_wide, page = [], None
    for name in ALL:
        site.view_shown = ALL[name]
        for path in PATHS if name == "story" else PATHS[:2] if name == "long-names" else PATHS[:1]:
            page = opened(path, language, on=page, viewport=NARROW)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > NARROW["width"]:
                too_wide.append((name, path, width))
    assert too_wide == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_wider_spacing_cuts_nothing(opened: Opened, language: str) -> None:
    """With the reader's own spacing of letters and lines no text is cut or leaves the window."""
    page = opened("/history", language, viewport=NARROW, bypass_csp=True)
    page.add_style_tag(content=SPACING)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    cut = page.evaluate(
        "() => [...document.querySelectorAll('main *, header *')].filter(e =>"
        " getComputedStyle(e).overflow !== 'visible' && !e.classList.contains('hidden')).length"
    )
    assert cut == 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PATHS)
def test_keyboard_reaches_everything_visibly(opened: Opened, path: str, scheme: str) -> None:
    """Tab alone reaches every control in order of reading, and shows where it is."""
    page = opened(path, "ja", color_scheme=scheme)
    wanted = page.evaluate(
        """() => { const seen = new Set();
        return [...document.querySelectorAll('a[href], button, input, select, textarea')]
          .filter(e => e.type !== 'hidden')
          .filter(e => e.type !== 'radio' || !seen.has(e.name) && seen.add(e.name))
          .map(e => e.outerHTML); }"""
    )
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e),
            b = e.getBoundingClientRect();
            return {html: e.outerHTML, style: s.outlineStyle, width: parseFloat(s.outlineWidth),
              seen: b.width > 0 && b.top > -1 && b.bottom < innerHeight + 1}; }"""
        )
        reached.append(focused["html"])
        assert focused["style"] == "solid"
        assert focused["width"] >= 2
        assert focused["seen"]
    assert reached == wanted


def test_the_first_tab_skips_to_the_content(opened: Opened) -> None:
    """The first link of a page leads past banner and menus to the content."""
    page = opened("/history", "en")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_works_without_script(site: Site, opened: Opened, language: str) -> None:
    """With JavaScript off a reader gets from the list to a line, to help, and to the file."""
    page = opened("/history", language, java_script_enabled=False)
    follow(page.locator(".line a.more").first)
    assert "/history/line" in page.url
    follow(page.locator("main a.more").first)
    follow(page.locator("nav.ways a").nth(1))
    assert page.locator("a.press[download]").get_attribute("href") == "/api/history/file"
    follow(page.locator("nav.ways a").nth(2))
    assert page.locator("h1").count() == 1
    assert f"lang={language}" in page.url
    assert all("lang=" in path for path in site.seen if path.startswith("/history"))


def test_the_language_stays_and_changes(opened: Opened) -> None:
    """Choosing a language leads to the same page in that language."""
    page = opened("/history/line?place=2", "ja")
    follow(page.get_by_role("link", name="English"))
    assert "place=2" in page.url
    assert page.locator("html").get_attribute("lang") == "en"
    follow(page.get_by_role("link", name="やさしい日本語"))
    assert "place=2" in page.url
    assert page.locator("ruby").count() > 20


def test_japanese_inside_english_is_marked(opened: Opened) -> None:
    """In an English page every Japanese word says that it is Japanese, for whoever listens."""
    page = opened("/history", "en")
    bare = page.evaluate(
        r"""() => { const found = [], walk = document.createTreeWalker(document.body, 4);
        while (walk.nextNode()) { const node = walk.currentNode;
          if (/[\u3040-\u30ff\u4e00-\u9fff]/.test(node.data)
              && node.parentElement.closest('[lang]').lang !== 'ja') found.push(node.data); }
        return found; }"""
    )
    assert bare == []


@pytest.mark.parametrize("path", PATHS)
def test_headings_are_a_table_of_contents(opened: Opened, path: str) -> None:
    """One first heading, and no level is skipped on the way down."""
    page = opened(path, "ja")
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_links_make_sense_alone(opened: Opened) -> None:
    """No two links of a page have one name and lead to different places."""
    page = opened("/history", "en")
    links = page.evaluate(
        "() => [...document.querySelectorAll('main a')].map(a => [a.textContent.trim(), a.href])"
    )
    names = dict(links)
    assert len(links) > 4
    assert [one for one in links if names[one[0]] != one[1]] == []


def test_pages_are_small(site: Site) -> None:
    """A page of twenty lines and the style sheet are small enough for a slow telephone."""
    from renkei.kit.pages.frame import Visit
    from renkei.kit.pages.rendering import stylesheet
    from renkei.roles.portal.pages.whole_pages import history_page

    assert len(stylesheet()) < 20 * 1024
    assert len(history_page(ALL["many"], Visit("ja-easy")).encode()) < 96 * 1024
