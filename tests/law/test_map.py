"""The map of the Act is what the code says."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_map_of_the_act_is_up_to_date() -> None:
    """docs/map-of-the-act.md equals what tools/law_map.py makes; if not, run that tool."""
    spec = importlib.util.spec_from_file_location("law_map", ROOT / "tools" / "law_map.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "map-of-the-act.md").read_text("utf-8") == module.render()
