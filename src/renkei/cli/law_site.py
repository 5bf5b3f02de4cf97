"""`renkei law site`: the law as pages in a folder, for people with a browser only (法令集)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from renkei.cli.noun import refuse
from renkei.cli.saying import say, say_json
from renkei.kit.law_site.site import SiteTooLarge, files
from renkei.kit.law_site.writing import NotOurs, refuse_foreign, write


class Written(msgspec.Struct, frozen=True):
    """Where the site lies and how much it is (書出しの結果)."""

    folder: str
    pages: int
    files: int
    bytes: int


def write_site(folder: Path, *, as_json: bool) -> None:
    """Write the site and say where it lies; a folder of somebody else's is refused."""
    try:
        refuse_foreign(folder.resolve())
        made = files()
        write(made, folder)
    except (NotOurs, SiteTooLarge) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{folder} cannot be written: {error.strerror}; name a folder you may write")
    pages = sum(path.endswith(".html") for path in made)
    written = Written(str(folder.resolve()), pages, len(made), sum(map(len, made.values())))
    if as_json:
        say_json(written)
        return
    say(f"{written.pages} pages written to {written.folder}")
    say(f"open {folder.resolve() / 'index.html'} in a browser, or serve the folder as it is")
