"""Paths of the pages; no number of a person and no code ever stands in one (画面の所在)."""

from typing import Final

from renkei.kit.pages.frame import Site, Way

ROLE: Final = "portal"
"""Whose templates and texts the pages take."""
HISTORY: Final = "/history"
LINE: Final = "/history/line"
SAVE: Final = "/history/save"
WRONG: Final = "/history/wrong"
SIGN_IN: Final = "/sandbox"
SHOWCASE: Final = "/sandbox/components"
FILE: Final = "/api/history/file"
VIEW: Final = "/api/history"
SESSION: Final = "/api/session"

SITE: Final = Site(
    role=ROLE,
    home=HISTORY,
    sign_in=SIGN_IN,
    ways=(Way("way.history", HISTORY), Way("way.save", SAVE), Way("way.wrong", WRONG)),
)
