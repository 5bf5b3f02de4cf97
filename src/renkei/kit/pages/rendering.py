"""From a template and a context to HTML (画面の描画).

Nothing is decided here. Templates are escaped, an undefined name is an error. A role's template is
looked for in `web/<role>/templates`, then in `web/shared/templates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from renkei.kit.pages.texts import SHARED, Language, texts, web

STYLESHEETS: Final = ("tokens.css", "page.css", "parts.css")

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "vary": "accept-language, cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
"""To be sent with every page: no script, no foreign origin, no frame, no copy kept anywhere."""


@cache
def stylesheet() -> bytes:
    """The one style sheet of all pages: the tokens, our own rules, those of the components."""
    return b"\n".join(web().joinpath(name).read_bytes() for name in STYLESHEETS)


@cache
def environment(role: str, language: Language) -> Environment:
    """One for each language: macros see its texts as `t` without being handed them."""
    folders = [web(one).joinpath("templates") for one in (role, SHARED)]

    def load(name: str) -> str | None:
        paths = (folder.joinpath(name) for folder in folders)
        found = next((path for path in paths if path.is_file()), None)
        return None if found is None else found.read_text(encoding="utf-8")

    made = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["t"] = texts(language, role)
    return made


def render(role: str, template: str, language: Language, **context: Any) -> str:
    """A whole page as HTML; the template gets `t` (the texts of the role) and `context`.

    Raises jinja2.UndefinedError and TextError: both are bugs, never the reader's fault.
    """
    return environment(role, language).get_template(template).render(**context)
