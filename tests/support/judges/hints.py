"""Every command that the sources, pages and documents tell somebody to type, and whether it can be.

A hint is found wherever `renkei` stands before a word: in messages (also those put together from
parts, which count as placeholders), docstrings, templates, data and documents. Labels of hashes
(`renkei case v1`) and the like are none.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

import make
from renkei.cli import app
from renkei.cli.noun import Unloaded

ROOT = Path(__file__).resolve().parents[3]
PLACE = "PLACEHOLDER"
WRITTEN = ("*.md", "docs/**/*.md", "Makefile", ".ci/*", "src/**/*.html", "src/renkei/web/**/*.json")
DATA = ("src/renkei/sandbox/data/*.toml",)
LABEL = re.compile(r"renkei (?:[a-z]+ ){1,3}v[0-9]+\b")
NO_COMMAND = ("renkei sandbox ca", "renkei noun verb", "renkei itself", "renkei reference")
"""A certificate's name; the form of every command; the package; a label of a hash."""
_CALL = re.compile(r"(?<![\w./-])(?:[\w./-]*/)?renkei (?=[a-z])")
_ENDS = re.compile(
    r"\s+#|[`\n;,()<>\"'…」）|]|\.(?:\s|$)|: | (?:first|and|to|lists|in|for|is|or|if) "
)
_MAKE = re.compile(r"(?:`|type |then |^    )make ([a-z]+)((?: [A-Z]+=[^ `\n]+)*)", re.MULTILINE)
_TOOL = re.compile(r"\btools/[a-z_]+\.py")
VARIABLES = {"ARGS", "PYTHON", "MINUTES", "KILLS", "SEED", "REPLICAS"}


@dataclass(frozen=True, slots=True)
class Hint:
    """What somebody is told to type, and where that is written."""

    place: str
    words: str


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the repository that people may read, with its place."""
    for path in sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "tools").glob("*.py")]):
        for line, text in strings(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(ROOT)}:{line}", text
    for pattern in (*WRITTEN, *DATA):
        for path in sorted(ROOT.glob(pattern)):
            text = re.sub(r"\{\{.*?\}\}", PLACE, path.read_text(encoding="utf-8"))
            yield str(path.relative_to(ROOT)), text


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module; of one that is put together, with placeholders for its parts."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
            yield node.lineno, "".join(map(_part, node.values))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.lineno, node.value


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    called = ast.unparse(node.value) if isinstance(node, ast.FormattedValue) else ""
    return "renkei" if called in ("program()", "PROGRAM") else PLACE


def hints(text: str, place: str) -> Iterator[Hint]:
    """The calls of `renkei` that a text tells of."""
    for found in _CALL.finditer(text):
        start = found.end() - len("renkei ")
        rest = text[start:]
        if LABEL.match(rest) or rest.startswith(NO_COMMAND):
            continue
        # Between backticks a command may go on in the next line.
        quoted = re.match(r"[^`]*", rest) if text[: found.start()].endswith("`") else None
        words = quoted[0] if quoted is not None else _ENDS.split(rest, maxsplit=1)[0]
        yield Hint(place, " ".join(words.split()).rstrip(".:"))


def options_named(text: str) -> set[str]:
    """The options that a text names, e.g. in `see --name and --most`."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def every_option() -> set[str]:
    """All options of all commands."""
    found, waiting = {"--help"}, [typer.main.get_command(app)]
    while waiting:
        command: Any = waiting.pop()
        command = command.load() if isinstance(command, Unloaded) else command
        found |= {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        waiting += getattr(command, "commands", {}).values()
    return found


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and what is left of them; LookupError where there is none."""
    command: Any = typer.main.get_command(app)
    while getattr(command, "commands", None) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            raise LookupError(f"no command {words[0]!r}")
        command = command.commands[words[0]]
        command = command.load() if isinstance(command, Unloaded) else command
        words = words[1:]
    return command, words


def fault(words: str) -> str | None:
    """Why a call that stands in a text cannot be typed so, whatever its placeholders become."""
    parts = shlex.split(words.removeprefix("renkei "))
    # `law PLACEHOLDER`: any verb of that noun; `law …`: the noun itself.
    while parts and parts[-1] in ("…", PLACE) and len(parts) == 2:
        parts = parts[:-1]
    try:
        command, rest = command_of(parts)
    except LookupError as error:
        return str(error)
    if not rest or rest == ["--help"]:
        return None  # it is only named
    return _fault_of_rest(command, [one for one in rest if one != "…"])


def _fault_of_rest(command: Any, rest: list[str]) -> str | None:
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    given, count, words = set(), 0, iter(rest)
    for word in words:
        if not word.startswith("--"):
            count += 1
            continue
        name, _, value = word.partition("=")
        if name not in options:
            return f"{command.name} has no option {name}"
        given.add(options[name].name)
        if not getattr(options[name], "is_flag", False) and not value and next(words, None) is None:
            return f"{name} needs a value"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    most = sum(one.nargs if one.nargs > 0 else 1_000 for one in arguments)
    least = sum(one.required for one in arguments)
    if PLACE in rest:  # may stand for options and their values
        return None if given or most or count else f"{command.name} takes nothing"
    if not least <= count <= most:
        return f"{command.name} takes {least} to {most} words, not {count}"
    missing = [
        one.opts[0]
        for one in command.params
        if one.required and one.param_type_name == "option" and one.name not in given
    ]
    return f"{command.name} needs {', '.join(missing)}" if missing and given else None


def faults_of_make(text: str) -> Iterator[str]:
    """What a text says of `make` and `tools/` that is not there."""
    for target, given in _MAKE.findall(text):
        if target not in make.TARGETS:
            yield f"no target: make {target}"
        for variable in re.findall(r"([A-Z]+)=", given):
            if variable not in VARIABLES:
                yield f"no variable of make: {variable}"
    for tool in _TOOL.findall(text):
        if not (ROOT / tool).is_file():
            yield f"no such file: {tool}"
