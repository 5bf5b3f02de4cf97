"""Lines for people and objects for programs: one way to print both (表示).

Lines are folded at the width of the terminal, at spaces outside round brackets: a label
stays whole, and a command to paste is never folded.
"""

import os
import re
import shlex
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import msgspec
import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
PROGRAM: Final = "renkei"
_CALL: Final = re.compile(rf"(?<![\w/.-]){PROGRAM} (?=[a-z])")
OPENING: Final = "(（「"
CLOSING: Final = ")）」"
WIDTH_WITHOUT_TERMINAL: Final = 80


def say_json(value: object) -> None:
    """One JSON value on standard output, each part on a line of its own."""
    from renkei.wire.values import encoder  # with the first value: not every command has one

    encoded = msgspec.json.format(encoder().encode(value), indent=1)
    typer.echo(encoded.decode())


def say(text: str, *, hang: int = 0) -> None:
    """One line, folded where it is too wide; what follows hangs `hang` columns further in."""
    for line in fold(text, columns(), hang):
        typer.echo(line)


def heading(text: str) -> None:
    """A heading with an empty line before it."""
    typer.echo(f"\n{text}")


def program() -> str:
    """How this very program is called from the working folder, to stand in a command to paste."""
    called = Path(sys.argv[0])
    if called.stem == "__main__":
        return f"{shlex.quote(sys.executable)} -m renkei"
    found = shutil.which(PROGRAM)
    if found is not None and Path(found).resolve() == called.resolve():
        return PROGRAM
    path = Path(os.path.abspath(called))
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return shlex.quote(str(path))


def as_typed(sentence: str) -> str:
    """A sentence whose commands start with what must be typed here to call this program."""
    return _CALL.sub(lambda _: f"{program()} ", sentence)


def fail(error: object) -> NoReturn:
    """End with a sentence on standard error and exit status 1."""
    typer.echo(f"failed: {as_typed(str(error))}", err=True)
    raise typer.Exit(1)


def columns() -> int:
    """How wide a line may be."""
    return shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL, 24)).columns


def width(text: str) -> int:
    """Columns a text takes: signs of full width take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def fold(text: str, room: int, hang: int = 0) -> Iterator[str]:
    """The lines of a text in so many columns; only a piece wider than the room is wider."""
    inner = text.lstrip(" ")
    start = " " * (len(text) - len(inner))
    line = ""
    for piece in pieces(inner):
        joined = f"{line} {piece}" if line else f"{start}{piece}"
        if line and width(joined) > room:
            yield line
            joined = f"{' ' * (len(start) + hang)}{piece}"
        line = joined
    yield line


def pieces(text: str) -> Iterator[str]:
    """What may stand on a line of its own: words, with what stands in brackets kept whole."""
    depth, piece = 0, ""
    for sign in text:
        if sign == " " and depth == 0:
            yield piece
            piece = ""
            continue
        depth = max(0, depth + (sign in OPENING) - (sign in CLOSING))
        piece += sign
    yield piece


def shown(value: Any) -> str:
    """A figure or a word as a line of a report shows it; nothing is `-`."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value) or "-"
    return str(value)
