"""`renkei verify`: does a downloaded history hold? Without network or running country (検証)."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from renkei.cli.noun import refuse
from renkei.cli.saying import AsJson, say_json
from renkei.sandbox.country import ANCHORS, default_folder
from renkei.wire.comparing import verify_all
from renkei.wire.errors import WireError
from renkei.wire.history import FILE_BYTES_LIMIT, Anchors, HistoryFile, read_file
from renkei.wire.verifying import Check, Report, lost_words

EXIT_FAILS: Final = 1
EXIT_LOST: Final = 3
"""What is there holds, and the Commission states that lines of before are gone."""
ANCHORS_BYTES_LIMIT: Final = 4_194_304
_MARKS: Final = {True: "holds  ", False: "FAILS  ", None: "absent "}


def verify_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="The downloaded history: one file, all its parts, or downloads of two days.",
        ),
    ],
    anchors: Annotated[
        Path,
        typer.Option("--anchors", help="The public keys to believe, from a source you trust."),
    ] = default_folder() / ANCHORS,  # noqa: B008
    as_json: AsJson = False,
) -> None:
    """Check a downloaded history (検証).

    Says what holds, what does not and why; exits with 1 if anything fails, with 3 if all holds that
    is there and the Commission states that lines of before are gone.

    Nothing in the file is believed: only the keys in the anchors are.
    """
    keys = _anchors(anchors)
    unreadable: list[Check] = []
    report = verify_all(_readable(files, unreadable), keys)
    if unreadable:
        report = replace(
            report, checks=[*report.checks, *unreadable], verified=False, witnessed=False
        )
    _show(report, as_json=as_json)
    if not report.verified:
        raise typer.Exit(EXIT_FAILS)
    if report.loss is not None:
        raise typer.Exit(EXIT_LOST)


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(report))
        return
    for check in report.checks:
        typer.echo(f"{_MARKS[check.holds]} {check.name:<16} {check.why}")
    typer.echo(_conclusion(report))


def _conclusion(report: Report) -> str:
    if not report.verified:
        return "\nNOT VERIFIED: something above fails. Do not rely on this file."
    lines = f"{report.lines} of {report.total}" if report.lines < report.total else report.lines
    about = f"{lines} lines, log of {report.tree_size} entries"
    if report.loss is not None:
        seen = "verified and witnessed" if report.witnessed else "verified but NOT WITNESSED"
        return (
            f"\nNOT THE WHOLE HISTORY. {lost_words(report.loss)}\nWhat is there is {seen}: {about}."
        )
    if report.witnessed:
        return f"\nVerified and witnessed: {about}."
    return f"\nVerified but NOT WITNESSED: {about}. The portal and the log say so by themselves."


def _readable(paths: list[Path], unreadable: list[Check]) -> Iterator[HistoryFile]:
    """The files one by one; what is none, or not as the portal wrote it, is said."""
    for path in paths:
        try:
            yield read_file(_bytes(path, FILE_BYTES_LIMIT))
        except WireError as error:
            unreadable.append(Check("file", False, f"{path}: {error.detail}"))


def _anchors(path: Path) -> Anchors:
    if not path.exists():
        refuse(
            f"{path} is not there. It holds the public keys to believe: name such a file, had from "
            "a source you trust, with --anchors FILE; a country of `renkei up` has one in its "
            f"folder, {ANCHORS}"
        )
    data = _bytes(path, ANCHORS_BYTES_LIMIT)
    try:
        return msgspec.json.decode(data, type=Anchors, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError):
        refuse(f"{path} holds no anchors; name the file with the public keys after --anchors.")


def _bytes(path: Path, limit: int) -> bytes:
    """A file's content, if it is a file of a size that can be meant."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror or error}; name an existing file.")
    if len(data) > limit:
        refuse(f"{path} has more than {limit} bytes, which no file of this kind has.")
    return data
