"""How the house stands: sizes, arrows and knots, counted from the sources themselves (構造の計測).

Nothing here is imported to be counted: files are parsed. What the words mean:

* `sub_packages`: folders with an `__init__.py`, at any depth below the package.
* `arrows`: pairs (a, b) of storeys, the sub-packages directly below the package, where a module in
  a imports one in b. An import inside a function or for types only is an import.
* `largest_knot`: among the files and folders that lie side by side in one folder, at any depth,
  the most that import each other in a circle; 0 where nothing does.
* `longest_function_lines`: from `def` to the last line, docstring included, decorators not.
* `places_a_role_edits`: the files outside a role's own that name it, for the role that needs fewest
  (`places_by_role` has all). A role's own files bear its name, or lie in a folder that does. A
  file names a role where it holds the role's name as a whole string (docstrings aside), imports
  something of that name from `roles` or `run`, or joins its messages to those of `wire`. Whoever
  only speaks to a role imports its messages and is not counted. So many files somebody who adds
  a role must find and change.
* `seconds_import`: importing every module in a fresh process, the best of three; migrations and
  the peers' scripts, which are run and not imported, aside.
"""

import ast
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import renkei
from renkei.bench.machine import describe

FILE_LINES_LIMIT: Final = 400
IMPORT_RUNS: Final = 3
IMPORT_SECONDS_LIMIT: Final = 120
SCRIPTS: Final = ("__main__", "peer_scripts", "versions")
Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class Module:
    """One parsed file: its dotted name, its path below the package's folder, its tree."""

    name: str
    path: Path
    lines: int
    tree: ast.Module

    @property
    def package(self) -> bool:
        """Whether it is a folder's `__init__.py`."""
        return self.path.name == "__init__.py"

    def imported(self, known: Mapping[str, "Module"]) -> Iterator[str]:
        """Dotted names of the known modules it imports, wherever the import stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in known)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                for alias in node.names:
                    inner = f"{origin}.{alias.name}"
                    if inner in known or origin in known:
                        yield inner if inner in known else origin

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = self.name.split(".")[: None if self.package else -1]
        above = above[: len(above) - node.level + 1]
        return ".".join([*above, *([node.module] if node.module else [])])

    @cached_property
    def texts(self) -> set[str]:
        """Every string it holds that is not standing alone, as docstrings do."""
        alone = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        return {
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in alone
        }


class House:
    """The sources below one package's folder (家)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules = {one.name: one for one in _modules(folder)}

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """Which module imports which."""
        return {one.name: set(one.imported(self.modules)) for one in self.modules.values()}

    def arrows(self) -> set[tuple[str, str]]:
        """Pairs of storeys of which the first imports the second; the package itself is none."""
        storeys = {
            one.path.parts[0]
            for one in self.modules.values()
            if one.package and len(one.path.parts) == 2
        }
        found = {
            (name.split(".")[1], other.split(".")[1])
            for name, others in self.imports.items()
            for other in others
            if "." in name and "." in other
        }
        return {(a, b) for a, b in found if a != b and {a, b} <= storeys}

    def knots(self) -> list[set[str]]:
        """Siblings that import each other in a circle, largest first."""
        found = []
        for folder in [one.name for one in self.modules.values() if one.package]:
            found += [knot for knot in circles(self._siblings(folder)) if len(knot) > 1]
        return sorted(found, key=len, reverse=True)

    def _siblings(self, folder: str) -> Graph:
        """Who imports whom among the files and folders of one folder."""
        depth = folder.count(".") + 2

        def within(name: str) -> str | None:
            return ".".join(name.split(".")[:depth]) if name.startswith(f"{folder}.") else None

        graph: dict[str, set[str]] = {}
        for name, others in self.imports.items():
            here = within(name)
            if here is not None:
                told = {there for other in others if (there := within(other)) is not None}
                graph.setdefault(here, set()).update(told - {here})
        return graph

    def roles(self) -> list[str]:
        """The names of the roles, as their folders spell them."""
        inside = sorted((self.folder / "roles").glob("*/__init__.py"))
        return [path.parent.name for path in inside]

    def places(self, role: str) -> list[str]:
        """The files that name a role and are not its own (`individual_number` or with a hyphen)."""
        spelt = {role, role.replace("_", "-")}
        found = []
        for one in self.modules.values():
            if role in one.path.with_suffix("").parts:
                continue
            if spelt & one.texts or any(
                _joins(one.path, name, role) for name in self.imports[one.name]
            ):
                found.append(one.path.as_posix())
        return sorted(found)

    def longest_function(self) -> int:
        """Lines of the longest function or method, 0 where there is none."""
        lengths = (
            (node.end_lineno or node.lineno) - node.lineno + 1
            for one in self.modules.values()
            for node in ast.walk(one.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        return max(lengths, default=0)

    def figures(self) -> dict[str, Any]:
        """Everything that is counted, without the time of importing."""
        lengths = [one.lines for one in self.modules.values()]
        knots = self.knots()
        places = {role: len(self.places(role)) for role in self.roles()}
        return {
            "sub_packages": sum(1 for one in self.modules.values() if one.package) - 1,
            "arrows": len(self.arrows()),
            "largest_knot": len(knots[0]) if knots else 0,
            "files": len(lengths),
            "files_over_400_lines": sum(1 for lines in lengths if lines > FILE_LINES_LIMIT),
            "median_lines": statistics.median(lengths),
            "longest_function_lines": self.longest_function(),
            "places_a_role_edits": min(places.values(), default=0),
            "places_by_role": places,
        }


def run() -> dict[str, Any]:
    """The figures of this very installation, and how long importing all of it takes."""
    house = House(Path(renkei.__file__).parent)
    figures = house.figures()
    seconds = seconds_import(sorted(house.modules))
    return {**figures, "seconds_import": seconds, **describe()}


def seconds_import(names: list[str]) -> float:
    """Seconds a fresh Python takes to import these modules, the best of three."""
    lines = [f"import {name}" for name in names if not _script(name)]
    taken = []
    for _ in range(IMPORT_RUNS):
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-c", "\n".join(lines)],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=IMPORT_SECONDS_LIMIT,
        )
        taken.append(time.monotonic() - started)
    return round(min(taken), 3)


def _script(name: str) -> bool:
    """Whether a module is run and not imported."""
    parts = name.split(".")
    return not set(parts).isdisjoint(SCRIPTS) or not all(part.isidentifier() for part in parts)


def circles(graph: Graph) -> list[set[str]]:
    """The strongly connected components of a graph, single nodes too (強連結成分)."""
    reach = {node: _reached(graph, node) for node in graph}
    found: list[set[str]] = []
    left = set(graph)
    while left:
        node = left.pop()
        circle = {node} | {other for other in reach[node] & left if node in reach[other]}
        left -= circle
        found.append(circle)
    return found


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph.get(node, ()))
    return seen


def _joins(path: Path, imported: str, role: str) -> bool:
    """Whether a file that imports this dotted name takes part in making it a role of the house."""
    _, storey, *rest = [*imported.split("."), ""]
    joins = storey in ("roles", "run") or (storey == path.parts[0] == "wire")
    return joins and role in rest


def _modules(folder: Path) -> Iterator[Module]:
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        parts = [folder.name, *inside.with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        text = path.read_text(encoding="utf-8")
        yield Module(".".join(parts), inside, len(text.splitlines()), ast.parse(text))
