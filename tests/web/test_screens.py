"""The portal's pages over HTTP: languages, numbers in addresses, headers, errors."""

import pytest
from page_asking import ask, signed_in
from page_site import Site

from renkei.kit.pages.rendering import SECURITY_HEADERS

PATHS = ("/history", "/history/line?place=1", "/history/save", "/history/wrong", "/sandbox")


@pytest.mark.parametrize("path", [*PATHS, "/style.css", "/history?from=nine", "/"])
def test_every_page_has_every_header(site: Site, path: str) -> None:
    """Pages, errors, redirects and the style sheet carry all security headers."""
    got = ask(site, path, cookies=signed_in(site))
    assert {name: got.headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)


def test_the_browser_chooses_the_language_until_the_reader_does(site: Site) -> None:
    """Accept-Language picks the language, an address that names one wins."""
    english, cookies = [("accept-language", "en-GB")], signed_in(site)

    def page(path: str) -> str:
        return ask(site, path, cookies=cookies, headers=english).html

    assert "Who asked about you" in page("/history")
    assert "あなたの情報のやりとり" in page("/history?lang=ja")
    assert "<ruby>" in page("/history?lang=ja-easy")
    assert ask(site, "/", headers=english).headers["location"] == "/history?lang=en"


@pytest.mark.parametrize(
    "number", ["0", "-1", "nine", "%EF%BC%91", "1.5", "9999999999999999", "%00", "1%0a"]
)
def test_odd_numbers_are_refused(site: Site, number: str) -> None:
    """What is no page number is an error that says so; what is no place is an unknown line."""
    assert ask(site, f"/history?from={number}", cookies=signed_in(site)).status == 400
    assert ask(site, f"/history/line?place={number}", cookies=signed_in(site)).status == 404


def test_a_line_is_found_on_its_page(site: Site) -> None:
    """The details of an old line are found wherever in the history it stands; others are not."""
    site.paged = True
    for place in (1, 20, 25, 26, 45):
        got = ask(site, f"/history/line?lang=en&place={place}", cookies=signed_in(site))
        assert got.status == 200
        assert f"Number {place}, counted from the oldest" in got.html
    assert ask(site, "/history/line?place=46", cookies=signed_in(site)).status == 404


def test_errors_are_pages_with_their_status(site: Site) -> None:
    """An error of the closed list keeps its HTTP status and is told in the reader's language."""
    site.error = "overloaded"
    got = ask(site, "/history?lang=en", cookies=signed_in(site))
    assert got.status == 503
    assert "very busy" in got.html
