"""`renkei verify`: does a downloaded history hold? Without network or running country (検証)."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, NoReturn

import msgspec
import typer

from renkei.sandbox.country import ANCHORS
from renkei.sandbox.story import default_folder
from renkei.wire.errors import WireError
from renkei.wire.history import FILE_BYTES_LIMIT, Anchors, HistoryFile, read_file
from renkei.wire.verifying import Check, Report, verify, verify_two

EXIT_FAILS: Final = 1
EXIT_USAGE: Final = 2
ANCHORS_BYTES_LIMIT: Final = 16_384
_MARKS: Final = {True: "holds  ", False: "FAILS  ", None: "absent "}


def verify_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The downloaded history.")],
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE2]", help="A download of another day, to compare with."),
    ] = None,
    anchors: Annotated[
        Path,
        typer.Option("--anchors", help="The public keys to believe, from a source you trust."),
    ] = default_folder() / ANCHORS,  # noqa: B008
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a downloaded history: what holds, what does not and why; exit 1 if anything fails.

    Nothing in the file is believed: only the keys in the anchors are.
    """
    keys = _anchors(anchors)
    paths = [file] if other is None else [file, other]
    read = [_read(path) for path in paths]
    files = [one for one in read if isinstance(one, HistoryFile)]
    if len(files) < len(read):
        unreadable = [one for one in read if isinstance(one, Check)]
        report = Report(unreadable, verified=False, witnessed=False, tree_size=0, lines=0)
    elif len(files) == 1:
        report = verify(files[0], keys)
    else:
        report = verify_two(files[0], files[1], keys)
    _show(report, as_json=as_json)
    if not report.verified:
        raise typer.Exit(EXIT_FAILS)


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    for check in report.checks:
        typer.echo(f"{_MARKS[check.holds]} {check.name:<16} {check.why}")
    typer.echo(_conclusion(report))


def _conclusion(report: Report) -> str:
    if not report.verified:
        return "\nNOT VERIFIED: something above fails. Do not rely on this file."
    about = f"{report.lines} lines, log of {report.tree_size} entries"
    if report.witnessed:
        return f"\nVerified and witnessed: {about}."
    return f"\nVerified but NOT WITNESSED: {about}. The portal and the log say so by themselves."


def _read(path: Path) -> HistoryFile | Check:
    """The file, or a check that fails where it is none or not as the portal wrote it."""
    try:
        return read_file(_bytes(path, FILE_BYTES_LIMIT))
    except WireError as error:
        return Check("file", False, f"{path}: {error.detail}")


def _anchors(path: Path) -> Anchors:
    data = _bytes(path, ANCHORS_BYTES_LIMIT)
    try:
        return msgspec.json.decode(data, type=Anchors, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError):
        _refuse(f"{path} holds no anchors; name the file with the public keys after --anchors.")


def _bytes(path: Path, limit: int) -> bytes:
    """A file's content, if it is a file of a size that can be meant."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        _refuse(f"{path} cannot be read: {error.strerror or error}; name an existing file.")
    if len(data) > limit:
        _refuse(f"{path} has more than {limit} bytes, which no file of this kind has.")
    return data


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(EXIT_USAGE)
