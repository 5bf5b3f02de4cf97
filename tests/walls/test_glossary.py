"""The glossary tells the truth about the code."""

import importlib
import re
from pathlib import Path

from renkei import law

GLOSSARY = Path(__file__).resolve().parents[2] / "GLOSSARY.md"
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


def entries() -> list[list[str]]:
    """The four cells of every term."""
    rows = []
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "English" and set(line) - set("|-"):
            rows.append(cells)
    return rows


def resolve(name: str) -> object:
    """What the dotted `name` stands for; raises where the code has no such thing."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


def test_every_term_has_its_four_cells() -> None:
    """English in ASCII, Japanese in Japanese, an article or a dash, a name in code or a dash."""
    found = entries()
    assert len(found) > 40
    for cells in found:
        assert len(cells) == 4, cells
        english, japanese, article, code = cells
        assert english.isascii()
        assert JAPANESE.search(japanese)
        assert article == "–" or re.search(r"条|法|令", article)
        assert code == "–" or re.fullmatch(r"`renkei(\.\w+)+`", code), code


def test_every_name_in_code_exists() -> None:
    """Each name in the last column can be imported."""
    for *_, code in entries():
        if code != "–":
            resolve(code.strip("`"))


def test_no_term_stands_twice() -> None:
    """An English term and a name in code each appear once."""
    english = [cells[0] for cells in entries()]
    code = [cells[3] for cells in entries() if cells[3] != "–"]
    assert len(english) == len(set(english))
    assert len(code) == len(set(code))


def test_the_public_names_of_the_law_are_all_in_the_glossary() -> None:
    """Whoever reads renkei.law finds each of its public names here."""
    named = {cells[3].strip("`") for cells in entries()}
    assert {f"renkei.law.{name}" for name in law.__all__} <= named
