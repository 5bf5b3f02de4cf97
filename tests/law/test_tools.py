"""The committed tables are what the tools make from the source; skipped where it is absent."""

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "renkei" / "law" / "data" / "generated"


def _source(name: str) -> Path:
    for folder in ROOT.parents:
        found = folder / "shared" / "data" / name
        if found.is_file():
            return found
    pytest.skip("the source tables are not at hand")


def test_tables_and_report_are_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables and docs/judgements.md equal a fresh run of the two tools; if not, run both.

    The order is that of docs/change-the-law.md: law_tables.py, then law_former.py.
    """
    provision, use = _source("provision-table.json"), _source("use-table.json")
    before = _source("provision-table-2024.json")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool, report = importlib.import_module("law_tables"), importlib.import_module("law_report")
    monkeypatch.setattr(tool, "GENERATED", tmp_path)
    monkeypatch.setattr(report, "REPORT", tmp_path / "judgements.md")
    former = importlib.import_module("law_former")
    monkeypatch.setattr(former, "OUTPUT", tmp_path / "former_table.json")
    tool.main(str(provision), str(use))
    former.main(str(before))
    former.main(str(before))  # run again it replaces its own part of the report
    for name in ("provision_table.json", "articles.json", "use_table.json", "former_table.json"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    committed = ROOT / "docs" / "judgements.md"
    assert (tmp_path / "judgements.md").read_bytes() == committed.read_bytes()
    for name in [name for name in sys.modules if name.startswith("law_")]:
        del sys.modules[name]
