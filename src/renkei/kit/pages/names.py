"""Words from outside that may stand in a sentence of ours (固有名の表示).

Nothing of a name is mark-up, and nothing of it can hide or turn the sentence around.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from markupsafe import Markup

_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKS_LIMIT: Final = 2
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def neutral(text: str) -> str:
    """A foreign text safe to stand in a sentence (制御文字の無害化).

    Control, format and bidirectional characters become U+FFFD, so that a name can neither turn
    the sentence around nor hide in it; of a pile of combining marks the first two are kept.
    """
    kept: list[str] = []
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks <= _MARKS_LIMIT:
            kept.append(_REPLACEMENT if kind in _HIDDEN else character)
    return "".join(kept)


def named(text: str) -> Markup:
    """A name from outside, isolated from the direction of its neighbours (固有名)."""
    return Markup("<bdi>{}</bdi>").format(neutral(text))


def unread(text: Markup) -> Markup:
    """Marks a word of an office or a law that has no reading in plain Japanese."""
    return Markup('<span class="unread">{}</span>').format(text)


def strong(text: Markup) -> Markup:
    """The words a reader looks for in a sentence."""
    return Markup("<strong>{}</strong>").format(text)


def quoted_exactly(text: str) -> Markup:
    """What is read out or copied letter by letter: a reference, a command (記号)."""
    return Markup("<code>{}</code>").format(neutral(text))
