"""The portal's pages over HTTP: sessions, languages, numbers in addresses, headers, errors."""

from collections.abc import Mapping
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from page_site import TOKEN, Site

from renkei.kit.pages import SECURITY_HEADERS
from renkei.roles.portal.pages.screens import COOKIE

SIGNED_IN = {"cookie": f"{COOKIE}={TOKEN}"}
PATHS = ("/history", "/history/line?place=1", "/history/save", "/history/wrong", "/sandbox")


class _Still(HTTPRedirectHandler):
    """Shows where a page leads instead of going there."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


def ask(
    site: Site, path: str, headers: Mapping[str, str] = SIGNED_IN
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one GET."""
    try:
        answer = build_opener(_Still).open(
            Request(site.origin + path, headers=dict(headers)), timeout=30
        )
    except HTTPError as error:
        answer = error
    with answer:
        named = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, named, answer.read().decode()


@pytest.mark.parametrize("path", [*PATHS, "/style.css", "/history?page=nine", "/"])
def test_every_page_has_every_header(site: Site, path: str) -> None:
    """Pages, errors, redirects and the style sheet carry all security headers."""
    _, headers, _ = ask(site, path)
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)


@pytest.mark.parametrize("path", PATHS[:3])
def test_nobody_reads_without_a_session(site: Site, path: str) -> None:
    """Without a session, or with a wrong one, a page says so and shows nothing of anybody."""
    for headers in ({}, {"cookie": f"{COOKIE}=guessed"}):
        status, _, html = ask(site, f"{path}{'&' if '?' in path else '?'}lang=en", headers)
        assert status == 401
        assert "signed out" in html
        assert "Chofu" not in html


def test_the_browser_chooses_the_language_until_the_reader_does(site: Site) -> None:
    """Accept-Language picks the language, an address that names one wins."""
    english = {**SIGNED_IN, "accept-language": "en-GB"}
    assert "Who asked about you" in ask(site, "/history", english)[2]
    assert "あなたの情報のやりとり" in ask(site, "/history?lang=ja", english)[2]
    assert "<ruby>" in ask(site, "/history?lang=ja-easy", english)[2]
    assert ask(site, "/", english)[1]["location"] == "/history?lang=en"


@pytest.mark.parametrize(
    "number", ["0", "-1", "nine", "%EF%BC%91", "1.5", "99999999", "%00", "1%0a"]
)
def test_odd_numbers_are_refused(site: Site, number: str) -> None:
    """What is no page number is an error that says so; what is no place is an unknown line."""
    assert ask(site, f"/history?page={number}")[0] == 400
    assert ask(site, f"/history/line?place={number}")[0] == 404


def test_a_line_is_found_on_its_page(site: Site) -> None:
    """The details of an old line are found wherever in the history it stands; others are not."""
    site.paged = True
    for place in (1, 20, 25, 26, 45):
        status, _, html = ask(site, f"/history/line?lang=en&place={place}")
        assert status == 200
        assert f"Number {place}, counted from the oldest" in html
    assert ask(site, "/history/line?place=46")[0] == 404


def test_errors_are_pages_with_their_status(site: Site) -> None:
    """An error of the closed list keeps its HTTP status and is told in the reader's language."""
    site.error = "overloaded"
    status, _, html = ask(site, "/history?lang=en")
    assert status == 503
    assert "very busy" in html
