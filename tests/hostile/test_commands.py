"""Commands meet files and arguments made to hurt: a sentence and an exit status, no traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from renkei.cli import app

runner = CliRunner()
RESIDENTS = ("--residents", "40", "--quiet")


def said(*arguments: str, given: str | None = None) -> tuple[int, str]:
    """Exit status and everything a command says; fails where it ends in an exception."""
    result = runner.invoke(app, list(arguments), input=given)
    unexpected = result.exception if not isinstance(result.exception, SystemExit) else None
    assert unexpected is None, repr(unexpected)[:500]
    assert "Traceback" not in result.output
    return result.exit_code, result.output


# -- the country's day and seed --------------------------------------------------------------------

WORLDS = {
    "too early in the year": ("--as-of", "2026-01-01"),
    "no names held": ("--as-of", "9999-12-31"),
    "before the tables": ("--as-of", "1900-06-01"),
    "year one": ("--as-of", "0001-01-03"),
    "a great seed": ("--seed", "9" * 30),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("verb", ["demo", "up"])
def test_a_country_that_cannot_be(tmp_path: Path, verb: str, world: str) -> None:
    """A day or seed no country can be built for is refused in a sentence, and nothing is left."""
    folder = tmp_path / "country"
    quiet = RESIDENTS if verb == "demo" else RESIDENTS[:2]
    status, text = said(verb, "--folder", str(folder), *WORLDS[world], *quiet)
    assert status == 1
    assert "failed: " in text
    assert not (folder / "country.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--as-of", "2026-02-30"),
        ("--as-of", "today"),
        ("--seed", "-1"),
        ("--seed", "1e400"),
        ("--residents", "0"),
        ("--residents", "99999999999999999999"),
    ],
)
def test_options_that_are_none(tmp_path: Path, arguments: tuple[str, str]) -> None:
    """An option outside of its range is a usage error."""
    assert said("demo", "--folder", str(tmp_path / "c"), *arguments)[0] == 2


# -- files -----------------------------------------------------------------------------------------


def loop(path: Path) -> None:
    path.symlink_to(path)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def text(data: bytes | str) -> Callable[[Path], None]:
    return lambda path: (
        path.write_bytes(data if isinstance(data, bytes) else data.encode()) and None
    )


FILES: dict[str, Callable[[Path], None]] = {
    "missing": lambda path: None,
    "empty": text(""),
    "folder": lambda path: path.mkdir(),
    "loop of links": loop,
    "a terabyte": sparse,
    "binary": text(os.urandom(4096)),
    "zeros": text(bytes(4096)),
    "compressed": text(b"\x1f\x8b\x08" + bytes(100)),
    "UTF-16": text("{}".encode("utf-16")),
    "byte order mark": text(b"\xef\xbb\xbf{}"),
    "cut off": text('{"format":"renkei.history.v1","lines":['),
    "deep lists": text("[" * 100_000),
    "deep objects": text('{"format":' * 100_000),
    "deep and whole": text("[" * 100_000 + "]" * 100_000),
    "a huge number": text('{"format":' + "9" * 100_000 + "}"),
    "beyond floats": text('{"format":1e400}'),
    "not a number": text('{"format":NaN}'),
    "twins": text('{"format":"a","format":"renkei.history.v1"}'),
    "lone surrogate": text('{"format":"\\ud800"}'),
    "a million items": text('{"format":[' + "0," * 1_000_000 + "0]}"),
}


@pytest.mark.parametrize("name", FILES)
def test_verify_of_anything(tmp_path: Path, name: str) -> None:
    """`renkei verify` of a file that is no history says so, as a file and as anchors."""
    path, good = tmp_path / "file", tmp_path / "anchors.json"
    FILES[name](path)
    good.write_text(json.dumps(anchors()))
    for arguments in ((path, "--anchors", good), (path, path, "--anchors", good, "--json")):
        status, _ = said("verify", *map(str, arguments))
        assert status in (1, 2), arguments
    assert said("verify", str(good), "--anchors", str(path))[0] == 2


def anchors() -> dict[str, str]:
    """Anchors of the right form."""
    from renkei.wire.history import Anchors

    return dict.fromkeys(Anchors.__struct_fields__, "x")


@pytest.mark.parametrize("name", FILES)
def test_configuration_of_anything(tmp_path: Path, name: str) -> None:
    """A configuration that is none is refused by `serve` and `database upgrade`."""
    path = tmp_path / "file"
    FILES[name](path)
    for verb in (("serve", "linkage"), ("database", "upgrade", "linkage")):
        status, sentence = said(*verb, "--config", str(path))
        assert (status, "cannot" in sentence) == (1, True)


@pytest.mark.parametrize("name", FILES)
def test_a_country_of_anything(tmp_path: Path, name: str) -> None:
    """A folder whose manifest is none is no country, for every command that reads one."""
    FILES[name](tmp_path / "country.json")
    folder = ("--folder", str(tmp_path))
    for verb in (
        ("desk", "pending", "--institution", "chofu-city"),
        ("desk", "findings", "--institution", "chofu-city"),
        ("oversight", "findings"),
        ("oversight", "status"),
    ):
        assert said(*verb, *folder)[0] == 1


# -- arguments -------------------------------------------------------------------------------------

HOSTILE = (
    "../../etc/passwd",
    "\x01",
    "x" * 100_000,
    "\u202e",
    "chofu-city\n",
    "",
    "..",
    "a/b",
    "/",
)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_desk_arguments(template: Path, value: str) -> None:
    """Whatever stands where a name belongs is refused in a sentence, and no file is read for it."""
    folder = ("--folder", str(template))
    assert said("desk", "pending", "--institution", value, *folder)[0] in (1, 2)
    assert said("desk", "findings", "--institution", value, *folder)[0] in (1, 2)
    own = ("--institution", "chofu-city", *folder)
    decide = ("desk", "decide", *own, "--decision", "no-data", "--requester", value, "--tx", value)
    assert said(*decide)[0] in (1, 2)
    order = ("desk", "procedure", *own, "--person", value, "--procedure", value)
    assert said(*order)[0] in (1, 2)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_law_and_number_arguments(value: str) -> None:
    """The law and the check of numbers take any text without falling over it."""
    said("number", "check", value)
    said("number", "check", "-", given=value)
    said("law", "show", "--", value)
    said("law", "search", "--", value)
    said("law", "explain", "--", value, value, value, value)
    said("law", "explain", "--date", value, "a", "1", "b", "c")
    said("law", "decide", given=f"{value}\n{{}}\n[{value}\n" + "[" * 100_000 + "\n")


def test_the_shell_sees_a_status(tmp_path: Path) -> None:
    """The installed command ends with a status and a sentence, in a process of its own."""
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    for arguments, status in (
        (("verify", str(path), "--anchors", str(path)), 2),
        (("desk", "pending", "--institution", "\udcff", "--folder", str(tmp_path)), 1),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "renkei", *arguments],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (ran.returncode, b"Traceback" in ran.stderr) == (status, False), ran.stderr[-500:]
