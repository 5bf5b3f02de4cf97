"""Asking a people's door over plain HTTP, with any head at all (画面への要求)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from page_site import Site

from renkei.kit.pages.asking import HTML
from renkei.kit.pages.rendering import SECURITY_HEADERS

ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Got:
    """One answer; `headers` by lower-case name, several of one name joined by line breaks."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def html(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def cookies(self) -> dict[str, str]:
        """What it sets, by name, with all attributes."""
        lines = self.headers.get("set-cookie", "").splitlines()
        return {line.partition("=")[0]: line for line in lines}


def ask(
    site: Site,
    path: str,
    *,
    method: str = "GET",
    cookies: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    body: bytes | None = None,
    headers: Sequence[tuple[str, str]] = (),
    host: Sequence[str] | None = None,
) -> Got:
    """One request; `form` is sent as a browser does, `host` replaces the Host header."""
    place = urlsplit(site.origin)
    connection = HTTPConnection(place.hostname, place.port, timeout=ANSWER_SECONDS)
    sent = urlencode(form).encode() if form is not None else body
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for one in [place.netloc] if host is None else host:
        connection.putheader("host", one)
    if cookies:
        connection.putheader("cookie", "; ".join(f"{n}={v}" for n, v in cookies.items()))
    if form is not None:
        connection.putheader("content-type", "application/x-www-form-urlencoded")
    if sent is not None:
        connection.putheader("content-length", str(len(sent)))
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(sent)
    answer = connection.getresponse()
    found: dict[str, str] = {}
    for name, value in answer.getheaders():
        key = name.lower()
        found[key] = f"{found[key]}\n{value}" if key in found else value
    got = Got(answer.status, found, answer.read())
    connection.close()
    return got


def signed_in(site: Site) -> dict[str, str]:
    """The cookies of whoever is signed in as the parent."""
    return {site.door.session_cookie: site.token}


def form_token(html: str) -> str:
    """The token a page put into its forms."""
    found = re.search('name="form-token" value="([0-9a-f]{64})"', html)
    assert found, "the page has no form"
    return found[1]


def is_page(got: Got, language: str) -> bool:
    """Whether an answer is a page in a language, said once, with every header."""
    tag = "en" if language == "en" else "ja"
    return (
        got.headers["content-type"] == HTML
        and got.html.startswith(f'<!DOCTYPE html>\n<html lang="{tag}">')
        and f'<body class="{language}">' in got.html
        and got.html.count("charset") == 1
        and SECURITY_HEADERS.items() <= got.headers.items()
    )


def sign_in(site: Site, cookies: dict[str, str], persona: str = "child") -> Got:
    """Choose a persona as a browser does."""
    shown = ask(site, "/sandbox", cookies=cookies)
    for name, line in shown.cookies.items():
        cookies[name] = line.partition("=")[2].partition(";")[0]
    form = {"form-token": form_token(shown.html), "persona": persona}
    got = ask(site, "/sandbox?lang=en", method="POST", cookies=cookies, form=form)
    if site.door.session_cookie in got.cookies:
        line = got.cookies[site.door.session_cookie]
        cookies[site.door.session_cookie] = line.partition("=")[2].partition(";")[0]
    return got
