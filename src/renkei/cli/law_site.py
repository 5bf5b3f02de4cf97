"""`renkei law site`: the law as pages in a folder, for people with a browser only (法令集)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from renkei.cli.noun import refuse
from renkei.cli.saying import AsJson, say, say_json
from renkei.kit.law_site.site import SiteTooLarge, files
from renkei.kit.law_site.writing import NotOurs, refuse_foreign, write


class Written(msgspec.Struct, frozen=True):
    """Where the site lies and how much it is (書出しの結果)."""

    folder: str
    pages: int
    files: int
    bytes: int


def site(
    folder: Annotated[Path, typer.Argument(help="An empty folder, a new one, or an earlier site.")],
    as_json: AsJson = False,
) -> None:
    """Write the law as pages to read in a browser, ja and en (法令集).

    Every procedure, row, sub-affair, item, person, body and paper has an address that stays, as
    ja/row/106.html#108-1. The pages need no server; only the search needs JavaScript. A folder
    that holds anything else is refused and left as it is.
    """
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
