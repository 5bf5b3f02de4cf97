"""The people's door, every route of it: method, type, page, language, host, session, form token."""

import re

import pytest
from page_asking import ask, form_token, is_page, sign_in, signed_in
from page_site import Site

from renkei.kit.pages.asking import HTML
from renkei.kit.pages.frame import SIGN_OUT, STAY
from renkei.kit.pages.texts import LANGUAGES

ROUTES = Site().door.routes
GETS = [route for route in ROUTES if route.method == "GET"]
POSTS = [route for route in ROUTES if route.method == "POST"]
SHOWN = [route for route in GETS if route.gives == HTML and route.path != "/"]
"""Every page; `/` only leads on."""
LIMITS_OF_TIME = {"minutes": 31}


def test_every_route_says_who_may_use_it() -> None:
    """The open routes are these and no others; everything else wants a session."""
    opened = {(route.method, route.path) for route in ROUTES if not route.access.signed_in}
    assert opened == {
        ("GET", "/"),
        ("GET", "/style.css"),
        ("GET", "/session/ended"),
        ("POST", "/session/end"),
        ("GET", "/history/wrong"),
        ("GET", "/sandbox"),
        ("POST", "/sandbox"),
        ("POST", "/api/session"),
        ("GET", "/sandbox/components"),
        ("POST", "/sandbox/components"),
        ("GET", "/sandbox/components/sheet"),
        ("GET", "/sandbox/components/file"),
    }
    assert all(route.access.name for route in ROUTES)


def test_no_route_opens_to_nobody(site: Site) -> None:
    """A route for the signed-in answers 401 to nobody, and nothing of anybody stands in it."""
    for route in ROUTES:
        body = b"" if route.method == "POST" else None
        got = ask(site, route.path, method=route.method, body=body)
        assert (got.status == 401) is route.access.signed_in, route.path
        assert b"Chofu" not in got.body
        assert "調布" not in got.html


def test_every_address_answers_head_as_get(site: Site) -> None:
    """HEAD gives status, type and length of GET, and no body."""
    for route in GETS:
        full = ask(site, route.path, cookies=signed_in(site))
        head = ask(site, route.path, method="HEAD", cookies=signed_in(site))
        assert head.status == full.status, route.path
        assert head.body == b""
        for name in ("content-type", "content-length"):
            assert head.headers[name] == full.headers[name], route.path
        if full.status == 200:
            assert full.headers["content-type"] == route.gives, route.path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_method_is_a_page(site: Site, language: str) -> None:
    """DELETE is refused on a page in the visitor's language that names what is taken."""
    accept = [("accept", "text/html")]
    for route in ROUTES:
        got = ask(site, f"{route.path}?lang={language}", method="DELETE", headers=accept)
        assert got.status == 405, route.path
        assert route.method in got.headers["allow"]
        assert is_page(got, language), route.path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_language_asked_for(site: Site, language: str) -> None:
    """Every page comes in each language, its type said once."""
    for route in SHOWN:
        got = ask(site, f"{route.path}?lang={language}", cookies=signed_in(site))
        assert got.status == 200, route.path
        assert is_page(got, language), route.path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/nowhere", "/history/", "/History", "/%2e%2e/etc", "//history"])
def test_an_unknown_address_is_a_page(site: Site, path: str, language: str) -> None:
    """Who mistypes an address reads so in their own language and is led on."""
    accepted = {"ja": "ja", "en": "en-GB", "ja-easy": "fr"}[language]
    query = "?lang=ja-easy" if language == "ja-easy" else ""
    got = ask(site, path + query, headers=[("accept-language", accepted)])
    assert got.status == 404
    assert is_page(got, language)
    assert re.search('<a class="press" href="/sandbox', got.html)


# -- who is signed in ----------------------------------------------------------------------------


def test_never_signed_in_and_ran_out_are_told_apart(site: Site) -> None:
    """Who never signed in is not told that time ran out, and both links lead forward."""
    never = ask(site, "/history?lang=en")
    site.later(**LIMITS_OF_TIME)
    late = ask(site, "/history?lang=en", cookies=signed_in(site))
    assert (never.status, late.status) == (401, 401)
    assert "You have not signed in yet" in never.html
    assert "Your time has run out" in late.html
    for got in (never, late):
        assert 'class="press" href="/sandbox?lang=en"' in got.html
    assert ask(site, "/sandbox?lang=en").status == 200


def test_use_extends_the_session_and_the_page_says_so(site: Site) -> None:
    """A page says when the session ends; opening another moves that on."""
    first = ask(site, "/history?lang=en", cookies=signed_in(site)).html
    site.later(minutes=20)
    second = ask(site, "/history/wrong?lang=en", cookies=signed_in(site)).html
    site.later(minutes=20)
    third = ask(site, "/history?lang=en", cookies=signed_in(site))
    assert "signed out at 15:02" in first
    assert "signed out at 15:22" in second
    assert third.status == 200


def test_a_page_warns_before_the_last_end(site: Site) -> None:
    """Near its longest time a page says that the end can no longer be put off."""
    for _ in range(10):
        site.later(minutes=22)
        html = ask(site, "/history?lang=en", cookies=signed_in(site)).html
    assert "cannot be put off" in html
    assert STAY not in html
    assert SIGN_OUT in html


def test_staying_leads_back_to_the_page(site: Site) -> None:
    """“Stay signed in” comes back to the very page, and never to a foreign one."""
    cookies = signed_in(site)
    token = form_token(ask(site, "/history/line?place=2&lang=en", cookies=cookies).html)
    for back, to in (
        ("/history/line?lang=en&place=2", "/history/line?lang=en&place=2"),
        ("https://evil.test/history", "/history?lang=ja"),
        ("//evil.test/history", "/history?lang=ja"),
        ("/nowhere", "/history?lang=ja"),
        ("/history\r\nx: y", "/history?lang=ja"),
    ):
        form = {"form-token": token, "back": back}
        got = ask(site, STAY, method="POST", cookies=cookies, form=form)
        assert (got.status, got.headers["location"]) == (303, to)


def test_every_page_signs_out(site: Site) -> None:
    """Whoever is signed in can end it on every page, and no page works afterwards."""
    for route in SHOWN:
        cookies = {site.door.session_cookie: site.signed_in()}
        html = ask(site, route.path, cookies=cookies).html
        assert SIGN_OUT in html, route.path
        form = {"form-token": form_token(html)}
        got = ask(site, SIGN_OUT, method="POST", cookies=cookies, form=form)
        assert got.status == 303
        assert "Max-Age=0" in got.cookies[site.door.session_cookie]
        assert ask(site, "/history", cookies=cookies).status == 401
        assert ask(site, got.headers["location"]).status == 200


def test_signing_in_takes_a_form(site: Site) -> None:
    """A form with its token signs in; the answer leads to the history, which says as whom."""
    cookies: dict[str, str] = {}
    got = sign_in(site, cookies)
    assert (got.status, got.headers["location"]) == (303, "/history?lang=en")
    line = got.cookies[site.door.session_cookie]
    assert re.fullmatch(r"[a-z-]+=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=strict", line)
    assert "Signed in as: Their child" in (ask(site, "/history?lang=en", cookies=cookies).html)
    assert sign_in(site, {}, "nobody-at-all").status == 404


def test_looking_as_someone_else_ends_the_first_session(site: Site) -> None:
    """After choosing another person the first one's session opens nothing."""
    cookies = signed_in(site)
    sign_in(site, cookies)
    assert cookies != signed_in(site)
    assert ask(site, "/history", cookies=cookies).status == 200
    assert ask(site, "/history", cookies=signed_in(site)).status == 401


def test_a_browser_cannot_choose_its_session(site: Site) -> None:
    """A cookie set before signing in is not the session afterwards."""
    chosen = {site.door.session_cookie: "0" * 64}
    cookies = dict(chosen)
    sign_in(site, cookies)
    assert ask(site, "/history", cookies=cookies).status == 200
    assert ask(site, "/history", cookies=chosen).status == 401


def test_a_thousand_sign_ins_shut_nobody_out(site: Site) -> None:
    """One browser signs in again and again; the reader stays in, and others come in."""
    cookies: dict[str, str] = {}
    ask(site, "/history", cookies=signed_in(site))
    for _ in range(30):
        assert sign_in(site, cookies).status == 303
    for _ in range(1_000):
        site.signed_in("stranger", "127.0.0.1")
    assert ask(site, "/history", cookies=signed_in(site)).status == 200
    assert sign_in(site, {}).status == 303
