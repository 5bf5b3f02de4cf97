"""`renkei number check`: exit codes, JSON, and a screen that never shows the number."""

import json

import pytest
from typer.testing import CliRunner, Result

from renkei.cli.number import app

CLEAR = "621498320257"
RUNNER = CliRunner()


def run(*arguments: str, stdin: str | None = None) -> Result:
    return RUNNER.invoke(app, list(arguments), input=stdin)


@pytest.mark.parametrize(
    "arguments",
    [
        (CLEAR,),
        ("6214", "9832", "0257"),
        ("-6214-9832-0257",),
        ("６２１４　９８３２　０２５７",),
        ("621498320252", "--sandbox"),
        ("--corporate", "8700110005901"),
    ],
)
def test_a_well_formed_number_exits_0(arguments: tuple[str, ...]) -> None:
    """A number that holds, however it is written, exits 0 with a sentence on stdout."""
    result = run("check", *arguments)
    assert result.exit_code == 0
    assert "is well formed" in result.stdout
    assert CLEAR not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("62149832025",), "1 digit is missing: 11 given, 12 expected"),
        (("621498320258",), "the last digit, the check digit, does not fit"),
        (("621498320252",), "that of the sandbox scheme"),
        ((CLEAR, "--sandbox"), "that of the official scheme"),
        (("6214983x0257",), "character 8 of the text is not a digit"),
        (("8700110005902", "--corporate"), "the first digit, the check digit, does not fit"),
    ],
)
def test_a_wrong_number_exits_1_and_says_why(arguments: tuple[str, ...], words: str) -> None:
    """A number that fails exits 1 and says which digit or length is wrong."""
    result = run("check", *arguments)
    assert result.exit_code == 1
    assert words in result.stdout
    assert arguments[0] not in result.output


def test_json_is_one_object_with_the_number_masked() -> None:
    """--json prints one object; an individual number in it is masked, a corporate one is not."""
    found = json.loads(run("check", CLEAR, "--json").stdout)
    assert (found["valid"], found["reason"], found["scheme"]) == (True, None, "official")
    assert found["number"] == "IndividualNumber(••••••••0257)"
    public = json.loads(run("check", "8700110005901", "--corporate", "--json").stdout)
    assert (public["kind"], public["number"]) == ("corporate-number", "8700110005901")
    wrong = run("check", "6214", "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["reason"] == "length"


def test_the_number_may_come_from_stdin() -> None:
    """`-` reads the number from stdin, so that the shell's history need not have it."""
    result = run("check", "-", stdin=CLEAR + "\n")
    assert (result.exit_code, CLEAR in result.output) == (0, False)
    assert run("check", "-", stdin="1" * 300).exit_code == 2
    assert run("check", "-", stdin="").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (CLEAR,),
        (f"--{CLEAR}",),
        ("check", f"--{CLEAR}"),
        ("check", f"--number={CLEAR}"),
        ("check", f"--json={CLEAR}"),
        ("check", "--corporate", "--sandbox", CLEAR),
        ("check",),
    ],
)
def test_a_usage_error_does_not_echo_the_number(arguments: tuple[str, ...]) -> None:
    """A mistyped command exits 2 with help and never repeats the digits it was given."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert CLEAR not in result.output


@pytest.mark.parametrize("data", [b"\x8e\x52", b"\xff\xfe1\x002\x00"])
def test_stdin_in_another_encoding_is_refused_in_words(data: bytes) -> None:
    """A file that is not UTF-8 gets a sentence and exit 2, never a traceback."""
    done = RUNNER.invoke(app, ["check", "-"], input=data)
    assert done.exit_code == 2
    assert "UTF-8" in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_a_byte_order_mark_before_a_number_is_passed_over() -> None:
    """The mark that Windows writes before UTF-8 changes no verdict."""
    plain, marked = (
        RUNNER.invoke(app, ["check", "-"], input=mark + b"123456789012\n")
        for mark in (b"", b"\xef\xbb\xbf")
    )
    assert (marked.exit_code, marked.output) == (plain.exit_code, plain.output)
