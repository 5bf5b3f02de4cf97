"""`renkei number`: is this number well formed? (個人番号・法人番号の検査用数字)."""

import sys
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import typer

from renkei.cli.noun import noun, refuse
from renkei.cli.saying import AsJson, say_json
from renkei.values import CorporateNumber, IndividualNumber, NumberScheme, ValueFormatError

STDIN_LIMIT_CHARACTERS: Final = 256
STDIN_LIMIT_BYTES: Final = 4 * STDIN_LIMIT_CHARACTERS
EXIT_INVALID: Final = 1


# Tracebacks with local variables would show the number.
app = noun(
    "Check individual and corporate numbers (番号).",
    context_settings={"ignore_unknown_options": True},
    pretty_exceptions_show_locals=False,
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What `check` found; `number` is masked unless it is public, None when invalid."""

    kind: str
    scheme: str | None
    valid: bool
    number: str | None
    reason: str | None
    detail: str


@app.callback()
def number() -> None:
    """Keep `check` a subcommand of its own."""


# Unknown options become part of N, and N takes several words: an echoed stray argument or option
# would show digits, and people type them with spaces between.
@app.command(context_settings={"ignore_unknown_options": True})
def check(
    digits: Annotated[
        list[str],
        typer.Argument(
            metavar="N",
            help="The number; full-width digits, spaces and hyphens are fine. "
            "`-` reads it from stdin, so that it does not stay in the shell's history.",
            show_default=False,
        ),
    ],
    corporate: Annotated[
        bool, typer.Option("--corporate", help="Check a 13-digit corporate number.")
    ] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Expect the sandbox's shifted check digit.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a number's length and check digit.

    Exits with 0 if it holds and 1 if not. The number is never echoed: an individual number shows
    its last four digits only.
    """
    if corporate and sandbox:
        refuse("--sandbox is for individual numbers; leave out one of the two options.")
    if any(part.startswith("--") for part in digits):
        refuse("unknown option; `check --help` lists the options.")
    text = _read_stdin() if digits == ["-"] else " ".join(digits)
    scheme = NumberScheme.SANDBOX if sandbox else NumberScheme.OFFICIAL
    result = check_corporate(text) if corporate else check_individual(text, scheme)
    if as_json:
        say_json(asdict(result))
    else:
        typer.echo(result.detail)
    if not result.valid:
        raise typer.Exit(EXIT_INVALID)


def check_individual(text: str, scheme: NumberScheme) -> CheckResult:
    """Check an individual number under a scheme; the result holds it masked."""
    kind = "individual-number"
    try:
        found = IndividualNumber.parse(text, scheme)
    except ValueFormatError as error:
        detail = f"Not an individual number: {error.detail}{_other_option(text, scheme)}"
        return CheckResult(kind, scheme.value, False, None, error.reason, detail)
    detail = f"{found} is well formed ({scheme.value} check digit); whether it is anybody's, "
    detail += "only the register knows."
    return CheckResult(kind, scheme.value, True, str(found), None, detail)


def _other_option(text: str, scheme: NumberScheme) -> str:
    """What to type where the number is well formed under the other scheme."""
    try:
        IndividualNumber.parse(text, scheme.other)
    except ValueFormatError:
        return ""
    if scheme is NumberScheme.OFFICIAL:
        return " For a number of the sandbox add --sandbox."
    return " For a number that is not the sandbox's leave out --sandbox."


def check_corporate(text: str) -> CheckResult:
    """Check a corporate number, which is public and shown as it is."""
    kind = "corporate-number"
    try:
        found = CorporateNumber.parse(text)
    except ValueFormatError as error:
        detail = f"Not a corporate number: {error.detail}"
        return CheckResult(kind, None, False, None, error.reason, detail)
    detail = f"{found} is well formed; the National Tax Agency publishes whose it is."
    return CheckResult(kind, None, True, str(found), None, detail)


def _read_stdin() -> str:
    raw = sys.stdin.buffer.read(STDIN_LIMIT_BYTES + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if len(raw) <= STDIN_LIMIT_BYTES:  # a longer one may only be cut within a character
            refuse("stdin is not UTF-8; save the file as UTF-8, or type the digits alone.")
        text = ""
    if len(raw) > STDIN_LIMIT_BYTES or len(text) > STDIN_LIMIT_CHARACTERS:
        refuse(f"stdin gave more than {STDIN_LIMIT_CHARACTERS} characters; give one number.")
    return text.strip()
