"""The shape of the code: sizes, names, docstrings, and nothing of any one machine in it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "renkei"
LINES_PER_FILE, LINES_PER_FUNCTION, POSITIONAL_PARAMETERS = 400, 50, 5
DRAWERS = {"util", "utils", "common", "misc", "helper", "helpers", "core", "manager", "managers"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """The Python files below these folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def repository_files() -> list[Path]:
    """The files that are, or could next be, under version control."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so nothing tells the project's files from others")
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=30)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def functions(path: Path) -> Iterator[Function]:
    """Every function and method in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def place(path: Path, line: int = 1) -> str:
    """Where something is, as editors understand it."""
    return f"{path.relative_to(ROOT)}:{line}"


def positional(function: Function) -> int:
    """How many parameters can be given by position, without self or cls."""
    names = [one.arg for one in [*function.args.posonlyargs, *function.args.args]]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_file_is_too_long() -> None:
    """No source file has more than 400 lines: past that a concept is missing."""
    lengths = {path: len(path.read_text().splitlines()) for path in sources("src", "tools")}
    assert [place(p, n) for p, n in lengths.items() if n > LINES_PER_FILE] == []


def test_no_function_is_too_long() -> None:
    """No function in the sources has more than 50 lines."""
    found = [(path, one) for path in sources("src", "tools") for one in functions(path)]
    too_long = [
        f"{place(path, one.lineno)} {one.name}"
        for path, one in found
        if (one.end_lineno or one.lineno) - one.lineno + 1 > LINES_PER_FUNCTION
    ]
    assert too_long == []


def test_no_function_takes_too_many_positional_parameters() -> None:
    """No function in the sources takes more than five parameters by position."""
    found = [(path, one) for path in sources("src", "tools") for one in functions(path)]
    too_many = [
        f"{place(path, one.lineno)} {one.name}"
        for path, one in found
        if positional(one) > POSITIONAL_PARAMETERS
    ]
    assert too_many == []


def test_no_drawer_for_everything() -> None:
    """No folder, file or class is named after a drawer (utils, common, manager and the like)."""
    named = []
    for path in sources("src", "tests", "tools"):
        words = {
            word
            for part in path.relative_to(ROOT).with_suffix("").parts
            for word in part.lower().split("_")
        }
        classes = [
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ClassDef)
        ]
        words |= {w.lower() for name in classes for w in re.findall(r"[A-Z][a-z]+", name)}
        named += [f"{place(path)} {word}" for word in sorted(words & DRAWERS)]
    assert named == []


def test_every_test_states_its_promise() -> None:
    """Every test has a docstring."""
    silent = [
        f"{place(path, one.lineno)} {one.name}"
        for path in sources("tests")
        for one in functions(path)
        if one.name.startswith("test_") and not ast.get_docstring(one)
    ]
    assert silent == []


def test_nothing_of_one_machine() -> None:
    """No file of the repository names a folder of somebody's machine or a package registry."""
    # Put together here, so that this file does not hold what it looks for.
    hosts = [("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("deb", "debian")]
    patterns = [re.escape(".".join(host)) for host in hosts]
    patterns += [rf"(?<![\w./-])/{folder}/\w" for folder in ("work", "root", "home", "Users")]
    forbidden = re.compile("|".join(patterns))
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if forbidden.search(line):
                found.append(place(path, number))
    assert found == []


def package_folders() -> list[Path]:
    """The folders of the package, and those of the roles."""
    inside = [*PACKAGE.iterdir(), *(PACKAGE / "roles").glob("*")]
    return sorted(f for f in inside if f.is_dir() and any(f.rglob("*.py")))


def test_architecture_names_every_folder() -> None:
    """ARCHITECTURE.md names every folder of the package and every role, as `name` or name/."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = [
        folder.name
        for folder in package_folders()
        if not re.search(rf"`{folder.name}`|\b{folder.name}/", text)
    ]
    assert missing == []


def test_roles_say_what_they_hold() -> None:
    """Every role's docstring says what it holds, never holds and whom it may ask."""
    silent = []
    for role in sorted((PACKAGE / "roles").glob("*/__init__.py")):
        docstring = ast.get_docstring(ast.parse(role.read_text(encoding="utf-8"))) or ""
        for line in ("Holds:", "Never holds:", "May ask:"):
            if not re.search(rf"^{line} *\S", docstring, re.MULTILINE):
                silent.append(f"{place(role)} {line}")
    assert silent == []
