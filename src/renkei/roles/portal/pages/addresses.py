"""Paths of the pages; no number of a person and no code ever stands in one (画面の所在).

The language is asked for in the address, so that it holds without cookie and script.
"""

from typing import Final
from urllib.parse import quote, urlencode

from renkei.kit.pages import Language

HISTORY: Final = "/history"
LINE: Final = "/history/line"
SAVE: Final = "/history/save"
WRONG: Final = "/history/wrong"
SIGN_IN: Final = "/sandbox"
FILE: Final = "/api/history/file"
STYLE: Final = "/style.css"


def persona_path(persona: str) -> str:
    """SANDBOX: where choosing a persona leads (試験用の本人指定)."""
    return f"{SIGN_IN}/sign-in/{quote(persona, safe='')}"


def address(path: str, language: Language, **query: int) -> str:
    """A link that keeps the language; `query` holds a page or a line's place, never a person's."""
    return f"{path}?{urlencode({'lang': language, **query})}"
