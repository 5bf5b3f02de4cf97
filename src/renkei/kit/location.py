"""Where a database is, as a configuration says it (データベースの所在).

A path is a file of the embedded engine; a URL's scheme names another engine; `@path` is a file that
holds the URL, so that its password stands in no configuration.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

EMBEDDED: Final = "sqlite"
"""The engine of a database that is a file."""
EMBEDDED_FILE: Final = "database.sqlite"
"""What the embedded engine's file is called in a party's folder."""
_URL: Final = re.compile(r"([a-z][a-z0-9+]*)://(.*)", re.DOTALL)
_PASSWORD: Final = re.compile(r"(?<=:)[^:/@]*(?=@)")


class Location:
    """One database: which engine has it, and where there.

    Read from one text, so it is no struct of fields, which a configuration would give one by one.
    """

    __slots__ = ("engine", "place")

    def __init__(self, engine: str, place: str) -> None:
        self.engine: Final = engine
        self.place: Final = place

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Location):
            return NotImplemented
        return (self.engine, self.place) == (other.engine, other.place)

    def __hash__(self) -> int:
        return hash((self.engine, self.place))

    @classmethod
    def from_configuration(cls, text: str, folder: Path) -> Location:
        """Read `path` or `@path`, relative to the configuration's folder, or `engine://…`.

        Raises ValueError, also where a file with a URL can be read by others than its owner.
        """
        if not text:
            raise ValueError("Expected a path or a URL, got an empty text")
        if "\0" in text:
            raise ValueError("Expected a path or a URL, got a character that no path can hold")
        if text.startswith("@"):
            return cls.in_file(folder / text[1:])
        url = _URL.fullmatch(text)
        if url is None and "://" in text:
            raise ValueError("Expected engine://… with the engine in small letters")
        if url is None:
            return cls.file(folder / text)
        if not url[2]:
            raise ValueError(f"Expected {url[1]}://… with a place")
        return cls(url[1], url[2])

    @classmethod
    def file(cls, path: Path) -> Location:
        """A file of the embedded engine."""
        return cls(EMBEDDED, str(path))

    @classmethod
    def in_file(cls, path: Path) -> Location:
        """The place a file names by its URL; raises ValueError where it holds none or is open."""
        try:
            mode, text = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"Expected a file with a URL: {path} cannot be read") from error
        if mode & 0o077:
            raise ValueError(f"{path} can be read by others: chmod 600 it")
        if text.startswith("@") or _URL.fullmatch(text) is None:
            raise ValueError(f"Expected engine://… in {path}")
        return cls.from_configuration(text, path.parent)

    @property
    def url(self) -> str:
        """As it stands in a configuration, with its password."""
        return self.place if self.engine == EMBEDDED else f"{self.engine}://{self.place}"

    @property
    def path(self) -> Path:
        """The file of the embedded engine."""
        return Path(self.place)

    def __str__(self) -> str:
        """As a person reads it: a path, or a URL without its password."""
        if self.engine == EMBEDDED:
            return self.place
        return f"{self.engine}://{_PASSWORD.sub('…', self.place)}"

    __repr__ = __str__


def located(where: Location | Path) -> Location:
    """A path is a file of the embedded engine."""
    return where if isinstance(where, Location) else Location.file(where)
