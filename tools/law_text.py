"""Keep a text's parentheses while reading it: each becomes one sign that stands for its words.

The order writes limits, definitions and explanations into full-width parentheses, nested. A reader
who cuts them loses the limits; a reader who keeps them cannot split a phrase at its connectives.
Here every outermost parenthesis becomes one private-use sign, so that a phrase can be split, and
the sign says afterwards to which word the parenthesis belonged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FIRST = 0xE000
LAST = 0xF8FF
SIGN = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


@dataclass
class Marked:
    """A text whose outermost parentheses are signs; `parens` says what each stands for."""

    text: str
    parens: dict[str, str] = field(default_factory=dict)


class Marker:
    """Gives every parenthesis of one article its own sign."""

    def __init__(self) -> None:
        self.parens: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """`text` with each outermost parenthesis as one sign."""
        made: list[str] = []
        depth, start = 0, 0
        for place, letter in enumerate(text):
            if letter == "（":
                if depth == 0:
                    start = place
                depth += 1
            elif letter == "）" and depth:
                depth -= 1
                if depth == 0:
                    made.append(self._sign(text[start + 1 : place]))
            elif depth == 0:
                made.append(letter)
        if depth:
            raise ValueError(f"a parenthesis is not closed in {text!r}")
        return "".join(made)

    def _sign(self, words: str) -> str:
        sign = chr(FIRST + len(self.parens))
        self.parens[sign] = words
        return sign

    def at(self, text: str) -> list[str]:
        """The words of every parenthesis in a marked text, in order."""
        return [self.parens[sign] for sign in SIGN.findall(text)]


def bare(marked: str) -> str:
    """A marked text without its parentheses."""
    return SIGN.sub("", marked)


def rows(name: str) -> list[list[str]]:
    """The lines of a table beside this file, cut at their tabs."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()]
