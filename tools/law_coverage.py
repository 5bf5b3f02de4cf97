"""Make law/data/generated/coverage.json: each provision and the tests that name or walk it.

    python tools/law_coverage.py [--check] [SOURCE]

A provision of the Act is one that a docstring, a constant or a table of src/renkei/law cites
(法19条8号). A test names it where what it runs names the function that cites it, imported from the
law, or, in tests/law, states the citation. An article of the order is walked where the second
reading compares every 号 of it with the text; SOURCE is that text's table. Without SOURCE the
order's part stays as it is.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
LAW = ROOT / "src" / "renkei" / "law"
TESTS = ROOT / "tests"
TARGET = LAW / "data" / "generated" / "coverage.json"
READING = TESTS / "law" / "test_second_reading.py"
CITED = re.compile(
    r"(?P<act>(?:[一-龠]*法)(?:附則)?)?第?(?P<article>\d+)条(?:の(?P<branch>\d+))?"
    r"(?:第?(?P<paragraph>\d+)項)?(?:第?(?P<item>\d+)号)?"
)
SHOWN = 4
"""Tests that are written down of one provision; the first in the order of their names."""


def citations(text: str) -> Iterator[str]:
    """The provisions of the Act (法, 法附則) in a text, spelled out: 法第19条第8号.

    `法第21条第2項・第28条` cites two; any other name of a law, and 令 or 規則, ends the Act's part.
    """
    act = ""
    for part in re.split(r"[,、・（）() ]+", text):
        found = CITED.match(part)
        if found is None:
            act = "" if part else act
            continue
        act = (found["act"] or act).removeprefix("番号")
        if act not in ("法", "法附則"):
            continue
        yield act + "".join(
            mark.format(found[name])
            for name, mark in (
                ("article", "第{}条"),
                ("branch", "の{}"),
                ("paragraph", "第{}項"),
                ("item", "第{}号"),
            )
            if found[name]
        )


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def cited() -> Mapping[str, set[str]]:
    """Each provision of the Act that the law cites, with the functions whose docstrings do."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(LAW.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
            if public:
                assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
                heads = re.findall(
                    r"\(([^()]*)\)", (ast.get_docstring(node) or "").split("\n\n")[0]
                )
                for one in (one for head in heads for one in citations(head)):
                    found[one].add(node.name)
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                for text in _texts(node):
                    _add(found, text)
    for path in sorted((LAW / "data").glob("*.json")):
        for text in re.findall(r'"(?:[^"\\]|\\.)*"', path.read_text("utf-8")):
            _add(found, json.loads(text))
    return found


def _add(found: dict[str, set[str]], text: str) -> None:
    """Takes up what a text cites that is a citation from its first sign on."""
    if re.match("(番号)?法(附則)?第?[0-9]", text):
        for one in citations(text):
            found[one].update(())


def _from_law(tree: ast.Module) -> tuple[set[str], set[str]]:
    """What a test module imports from the law: names, and modules."""
    modules = {path.stem for path in LAW.glob("*.py")}
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and re.match(r"renkei\.law\b", node.module or ""):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "renkei":
            names |= {one.name for one in node.names if one.name == "law"}
    modules.add("law")
    return names - modules, names & modules


def _used(nodes: list[ast.AST], names: set[str], modules: set[str]) -> Iterator[str]:
    """What of the law these parts of a test name."""
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Name) and node.id in names:
            yield node.id
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
        ):
            yield node.attr


def _reached(test: ast.AST, parts: Mapping[str, ast.AST]) -> list[ast.AST]:
    """A test with the functions and values of its module that it uses, and those that they use."""
    todo, seen = [test], [test]
    while todo:
        for node in ast.walk(todo.pop()):
            part = parts.get(node.id) if isinstance(node, ast.Name) else None
            if part is not None and part not in seen:
                seen.append(part)
                todo.append(part)
    return seen


def _parts(tree: ast.Module) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update({one.id: node for one in node.targets if isinstance(one, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found


def act() -> dict[str, list[str]]:
    """Each provision of the Act that the law cites, with the tests that name it."""
    by_function, tested = cited(), {one: set[str]() for one in cited()}
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names, modules = _from_law(tree)
        if not names and not modules:
            continue
        parts, of_the_law = _parts(tree), path.parent == TESTS / "law"
        for name, node in parts.items():
            if not name.startswith("test_"):
                continue
            reached = _reached(node, parts)
            used = set(_used(reached, names, modules))
            texts = (text for part in reached for text in _texts(part)) if of_the_law else ()
            stated = {one for text in texts for one in citations(text)}
            for one, functions in by_function.items():
                if one in stated or functions & used:
                    tested[one].add(f"{path.relative_to(TESTS).as_posix()}::{name}")
    return {one: sorted(tests) for one, tests in sorted(tested.items(), key=_place)}


def _place(entry: tuple[str, object]) -> tuple[bool, list[int]]:
    return "附則" in entry[0], [int(one) for one in re.findall(r"\d+", entry[0])]


def lines_of(source: Path) -> ModuleType:
    """The second reading's own reader of the order's lines, over this text."""
    path = TESTS / "support" / "judges" / "order_lines.py"
    spec = importlib.util.spec_from_file_location("order_lines_of_coverage", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.source = lambda: source  # type: ignore[attr-defined]  # the reader looks for it itself
    return module


def excused(sub: str) -> bool:
    """Whether the second reading lets a 号 ("162-0") pass whole: then it is not walked."""
    return any(re.fullmatch(rule, sub) or re.fullmatch(rule, f"{sub}イ") for rule in _excuses())


@cache
def _excuses() -> tuple[str, ...]:
    """The rules by which the second reading lets places pass, whatever is found there."""
    for node in ast.parse(READING.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ITEMS_EXCUSED":
            rules: dict[str, str] = ast.literal_eval(node.value)
            return tuple(rule.removesuffix(" .*") for rule in rules if rule.endswith(" .*"))
    raise AssertionError("the second reading has no table ITEMS_EXCUSED")


def order(source: Path) -> dict[str, list[str]]:
    """Each article of the order with the second reading, where that compares all of its 号."""
    read = {
        (one.row, one.paragraph, one.number): bool(one.atoms) for one in lines_of(source).sections()
    }
    whole: dict[str, bool] = {}
    for sub in json.loads((TARGET.parent / "articles.json").read_text("utf-8")):
        place = (sub["row"], sub.get("paragraph", 0), sub["number"])
        walked = read.get(place, False) and bool(sub["items"]) and not excused(sub["id"])
        if place not in read and sub.get("valid_to"):
            walked = True  # ended before this text: what is left of the article is in it
        whole[sub["article"]] = whole.get(sub["article"], True) and walked
    by = READING.relative_to(TESTS).as_posix()
    return {_article(one): [by] if whole[one] else [] for one in sorted(whole, key=_number)}


def _number(article: str) -> list[int]:
    return [int(one) for one in article.split("-")]


def _article(article: str) -> str:
    main, _, branch = article.partition("-")
    return f"命令第{main}条" + (f"の{branch}" if branch else "")


def held() -> dict[str, list[str]]:
    """The order's part of the file as it is."""
    entries = json.loads(TARGET.read_text("utf-8"))
    return {e["provision"]: e["tests"] for e in entries if e["provision"].startswith("命令")}


def render(parts: Mapping[str, list[str]]) -> str:
    """The whole file, a provision a line."""
    lines = [
        json.dumps({"provision": one, "tests": tests[:SHOWN]}, ensure_ascii=False)
        for one, tests in parts.items()
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main(*arguments: str) -> int:
    """Write the file, or with --check say whether it is up to date."""
    sources = [Path(one) for one in arguments if one != "--check"]
    made = render({**act(), **(order(sources[0]) if sources else held())})
    if "--check" in arguments:
        return 0 if TARGET.exists() and TARGET.read_text("utf-8") == made else 1
    TARGET.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
