"""Writes api/: an OpenAPI 3.1 document per role, a JSON Schema per file. `--check` fails on drift.

Run with the project's own Python: .venv/bin/python tools/openapi.py [--check]
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "api"


def documents() -> dict[str, str]:
    """File name to contents; imported late, so that any Python can say what to do instead."""
    try:
        wanted: dict[str, str] = importlib.import_module("renkei.wire.openapi").documents()
    except (ImportError, SyntaxError) as error:
        raise SystemExit(
            f"{error}: type `make check` once, then .venv/bin/python tools/openapi.py"
        ) from error
    return wanted


def drift(folder: Path) -> list[str]:
    """What differs between the table and a folder of documents, one sentence per file."""
    wanted = documents()
    held = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - held.keys())),
        *(f"{name} is of no role" for name in sorted(held.keys() - wanted.keys())),
        *(
            f"{name} differs from the table"
            for name in sorted(wanted.keys() & held.keys())
            if wanted[name] != held[name]
        ),
    ]


def write(folder: Path) -> None:
    """Make the folder hold exactly the documents of the table."""
    folder.mkdir(exist_ok=True)
    wanted = documents()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write or check; gives the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: .venv/bin/python tools/openapi.py [--check]", file=sys.stderr)
        return 2
    if not arguments:
        write(FOLDER)
    found = drift(FOLDER)
    for sentence in found:
        print(f"api/{sentence}; to mend it, type: .venv/bin/python tools/openapi.py")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
