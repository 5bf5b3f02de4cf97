"""What the people's door refuses, and how it says so: forms, hosts, other sites, bugs."""

import re

import pytest
from page_asking import ask, form_token, is_page, signed_in
from page_site import Site

from renkei.kit.limits import StorageFull
from renkei.kit.pages.asking import Asked
from renkei.kit.pages.door import Door
from renkei.kit.pages.frame import SIGN_OUT, STAY
from renkei.kit.pages.frame import Site as Shown
from renkei.kit.pages.routes import PUBLIC, PageRoute, get, holding, post
from renkei.kit.pages.sessions import Sessions
from renkei.kit.randomness import system_randomness

ROUTES = Site().door.routes
POSTS = [route for route in ROUTES if route.method == "POST"]


@pytest.mark.parametrize("route", POSTS, ids=lambda one: one.path)
@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_no_form_without_its_token(site: Site, route: PageRoute, token: str) -> None:
    """A form without the token of this browser changes nothing."""
    sessions = len(site.door.sessions)
    form = {"form-token": token, "persona": "child"}
    got = ask(site, route.path, method="POST", cookies=signed_in(site), form=form)
    assert got.status == (415 if route.for_programs else 403)
    assert len(site.door.sessions) == sessions
    assert ask(site, "/history", cookies=signed_in(site)).status == 200


def test_one_persons_token_is_nobody_elses(site: Site) -> None:
    """A token taken from one session does not fit another."""
    token = form_token(ask(site, "/history", cookies=signed_in(site)).html)
    other = {site.door.session_cookie: site.signed_in("child")}
    got = ask(site, SIGN_OUT, method="POST", cookies=other, form={"form-token": token})
    assert got.status == 403
    assert (
        "Nothing was changed"
        in ask(
            site, f"{SIGN_OUT}?lang=en", method="POST", cookies=other, form={"form-token": token}
        ).html
    )


@pytest.mark.parametrize(
    "header",
    [
        ("origin", "http://evil.test"),
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://127.0.0.1"),
    ],
)
def test_another_site_cannot_post(site: Site, header: tuple[str, str]) -> None:
    """What a browser says comes from another site is refused, right token or not."""
    form = {"form-token": form_token(ask(site, "/history", cookies=signed_in(site)).html)}
    got = ask(site, STAY, method="POST", cookies=signed_in(site), form=form, headers=[header])
    assert got.status == 403
    body, kind = b'{"persona":"child"}', ("content-type", "application/json")
    got = ask(site, "/api/session", method="POST", body=body, headers=[header, kind])
    assert got.status == 403
    assert got.cookies == {}


@pytest.mark.parametrize(
    "host",
    [
        ["evil.test"],
        ["127.0.0.1", "evil.test"],
        [],
        ["127.0.0.1.evil.test:80"],
        ["127.0.0.1:x"],
        [""],
    ],
)
def test_a_foreign_host_gets_nothing(site: Site, host: list[str]) -> None:
    """A name of somebody else that resolves to this machine reads no page, nor do two names."""
    for route in ROUTES:
        got = ask(site, route.path, method=route.method, cookies=signed_in(site), host=host)
        assert got.status in (400, 421), route.path
        assert "調布" not in got.html
        assert site.door.session_cookie not in got.cookies


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1"])
def test_our_own_names_are_taken(site: Site, host: str) -> None:
    """Every name of this machine is taken, whatever the port before a proxy."""
    assert ask(site, "/history", cookies=signed_in(site), host=[host]).status == 200


def test_a_large_form_is_refused(site: Site) -> None:
    """A body past the limit is refused as a page, before it is read."""
    form = {"form-token": "0", "more": "x" * 70_000}
    got = ask(site, "/sandbox?lang=en", method="POST", form=form)
    assert got.status == 413
    assert is_page(got, "en")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"x"),
        ("application/x-www-form-urlencoded", b"a=%FF"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 600)),
        ("text/plain", b"a=b"),
        ("", b"a=b"),
    ],
)
def test_what_is_no_form_is_a_page(site: Site, kind: str, body: bytes) -> None:
    """A body that is no form is refused in words, and is no bug."""
    headers = [("content-type", kind)]
    got = ask(site, "/sandbox?lang=en", method="POST", body=body, headers=headers)
    assert got.status in (400, 403, 415)
    assert is_page(got, "en")


def test_a_file_comes_with_its_form(site: Site) -> None:
    """A form with a file in it is read whole: token, fields, file."""
    cookies = signed_in(site)
    token = form_token(ask(site, "/sandbox/components", cookies=cookies).html)
    fields = {
        "form-token": token,
        "person": "見本",
        "birth": "H2.4.1",
        "way": "post",
        "agreed": "y",
    }
    parts = "".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    parts += (
        '--x\r\ncontent-disposition: form-data; name="paper"; filename="a.png"\r\n'
        "content-type: image/png\r\n\r\nPNG\r\n--x--\r\n"
    )
    headers = [("content-type", "multipart/form-data; boundary=x")]
    path, body = "/sandbox/components?lang=en", parts.encode()
    got = ask(site, path, method="POST", cookies=cookies, body=body, headers=headers)
    assert "Everything is filled in correctly" in got.html
    wrong = ask(site, path, method="POST", cookies=cookies, form={"form-token": token})
    assert wrong.status == 422
    assert "Please correct 4 things" in wrong.html


def test_a_bug_is_a_page_with_an_incident(site: Site) -> None:
    """What nobody foresaw is a page with an id for the log, and no detail."""
    site.broken = RuntimeError("a bug")
    got = ask(site, "/history?lang=en", cookies=signed_in(site))
    assert got.status == 500
    assert is_page(got, "en")
    assert re.search(r"quote: <code>[b-v]{16}</code>", got.html)
    assert "RuntimeError" not in got.html


def test_a_busy_door_says_when_to_come_back(site: Site) -> None:
    """A refusal that passes names the seconds, on a page and to a program."""
    site.error = "overloaded"
    for path in ("/history", "/api/history"):
        got = ask(site, path, cookies=signed_in(site))
        assert got.status == 503
        assert int(got.headers["retry-after"]) >= 1


def test_programs_are_answered_in_json(site: Site) -> None:
    """An address that gives JSON says its errors in JSON, but to a browser as a page."""
    got = ask(site, "/api/history")
    assert got.headers["content-type"].startswith("application/json")
    assert b'"signed-out"' in got.body
    assert is_page(ask(site, "/api/history/file?lang=en", headers=[("accept", "text/html")]), "en")


def test_a_grant_is_asked_for() -> None:
    """A route for those who hold a grant is not open to whoever is merely signed in."""
    officer = holding("officer")
    assert officer.signed_in
    assert officer.grant == "officer"
    assert "officer" in officer.name


def test_an_address_stands_once(site: Site) -> None:
    """Two routes of one method and path are refused when the door is made."""

    async def nothing(_asked: Asked[str]) -> None:
        return None

    def make(routes: list[PageRoute]) -> Door[str]:
        return Door(
            Shown("portal", "/a", "/b"),
            routes,
            Sessions(lambda: site.clock, system_randomness),
            label=lambda who, t: t("service"),
            randomness=system_randomness,
        )

    twice = [get("/a", PUBLIC, nothing), get("/a", PUBLIC, nothing)]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stands twice"):
        make(twice)
    both = [twice[0], post("/a", PUBLIC, nothing)]  # type: ignore[arg-type]
    assert len(make(both).routes) == 7


def test_a_full_disk_is_no_bug(site: Site) -> None:
    """What an operator can mend is told as such, with when to come back, and no incident."""
    site.broken = StorageFull()
    got = ask(site, "/history?lang=en", cookies=signed_in(site))
    assert got.status == 503
    assert int(got.headers["retry-after"]) == StorageFull.retry_after_seconds
    assert is_page(got, "en")
    assert "quote:" not in got.html
