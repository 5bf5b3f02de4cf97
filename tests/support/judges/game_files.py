"""What people take away at the end of a round: whether it verifies, and whether all is in it.

The file is checked with the verifier that a person has, beside the one taken home before.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from game_books import EXCHANGE, Key, Wrong, key_of
from game_country import READER, TAGS, UNREADABLE, GameRound, known
from game_looking import Looked

from renkei.sandbox.country import ANCHORS
from renkei.wire.comparing import verify_all
from renkei.wire.history import Anchors, HistoryFile

LESS = ("statement", "unassigned")
"""Checks by which a file says what it cannot know."""


@dataclass(frozen=True)
class Taken:
    """What the files of a round show."""

    wrong: list[Wrong]
    failed: list[str]
    """Checks that do not hold, by whose file."""
    unknown: list[str]
    """What files say that they cannot know, which they said nothing of before."""


class Files:
    """Judges the files of everybody."""

    def __init__(self, looked: Looked, played: GameRound) -> None:
        self._looked = looked
        self._played = played
        anchors = looked.country.folder / ANCHORS
        self._anchors = msgspec.json.decode(anchors.read_bytes(), type=Anchors)

    def taken(self) -> Taken:
        """All of them."""
        taken = Taken([], [], [])
        for tag in TAGS:
            file = self._played.files[tag]
            if isinstance(file, str) and file.startswith(UNREADABLE):
                taken.failed.append(f"{tag}: {file}")
                taken.wrong.append(Wrong("false", "portal", "file", f"{tag}: {file}"))
                continue
            if isinstance(file, str):
                taken.wrong.append(Wrong("missing", "portal", "file", f"{tag} gets none: {file}"))
                continue
            report = verify_all([known().files[tag], file], self._anchors)
            failed = [one for one in report.checks if one.holds is False]
            taken.failed.extend(f"{tag}: {one.name}: {one.why}" for one in failed)
            taken.unknown.extend(
                f"{tag}: {one.name}: {one.why}"
                for one in report.checks
                if one.holds is None and one.name.rpartition(" ")[2] in LESS
            )
            taken.wrong.extend(self._compared(tag, file))
            if failed or not report.witnessed:
                kind = "false" if failed else "missing"
                text = f"{tag}'s file {'does not verify' if failed else 'is not witnessed'}"
                taken.wrong.append(Wrong(kind, "portal", "file", text))  # type: ignore[arg-type]
        taken.wrong.extend(self._signed_in())
        return taken

    def _signed_in(self) -> Iterator[Wrong]:
        """Whoever signs in is shown their own file."""
        code = self._played.reader
        if code is None:
            yield Wrong("missing", "portal", "sign-in", f"{READER} cannot sign in")
        elif code != self._looked.accounts[READER]:
            yield Wrong("false", "portal", "sign-in", f"{READER} is shown another account")

    def _compared(self, tag: str, file: HistoryFile) -> Iterator[Wrong]:
        """A file has every line that is this person's at its size, and no other."""
        wanted, there = self._lines_of(tag, file.log_size), _keys(file)
        if wanted is None:
            return
        for key in wanted - there:
            text = f"a line is missing in {tag}'s file"
            yield Wrong("false", "portal", "file", text, key)
        for key in there - wanted:
            text = f"a line of somebody else in {tag}'s file"
            yield Wrong("false", "portal", "file", text, key)

    def _lines_of(self, tag: str, size: int) -> set[Key] | None:
        """What an honest network has logged about a person below a size; None: nobody knows.

        Whom a request is about only an honest asker or provider knows.
        """
        looked, found = self._looked, set()
        if not looked.honest("linkage"):
            return None
        for record in looked.books.logged(EXCHANGE):
            if record["position"] is None or record["position"] >= size:
                continue
            about = self._about(key_of(record), record["provider"])
            if about is None:
                return None
            if about == tag:
                found.add(key_of(record))
        return found

    def _about(self, key: Key, provider: str) -> str | None:
        looked = self._looked
        sides = ((key[0], "asked"), (provider, "provided"))
        for city, table in sides:
            if city not in looked.cities:
                continue
            for row in looked.books.of(city, table):
                if (row.get("requester", city), row["tx"]) == key and row["person"]:
                    return looked.tag_of(city, row["person"])
        return None


def _keys(file: HistoryFile) -> set[Key]:
    found = set()
    for line in file.lines:
        try:
            found.add(key_of(json.loads(line.record)))
        except (ValueError, KeyError):
            found.add(("", line.record.hex()))
    return found
