"""A place that is no server is refused before anything of a country is touched."""

import shutil
from pathlib import Path

import pytest

from renkei.kit.config import ConfigError
from renkei.sandbox.country import DATABASE_URL, Country, open_existing
from renkei.sandbox.relocation import server_at


@pytest.mark.parametrize("typed", ["nonsense", "/tmp/nonsense", "sqlite:///tmp/nonsense"])
def test_a_file_is_no_server(typed: str) -> None:
    """What one process alone may use holds no country's databases."""
    with pytest.raises(ValueError, match="no server"):
        server_at(typed)


def test_a_place_that_cannot_be_read_is_said(tmp_path: Path, template: Path) -> None:
    """A file that names no place is told as such, by whoever opens the country."""
    shutil.copytree(template, tmp_path / "country")
    country: Country = open_existing(tmp_path / "country")
    told = country.home("linkage") / DATABASE_URL
    assert not told.exists()
    told.touch(mode=0o600)
    told.write_text("nonsense\n")
    with pytest.raises(ConfigError, match="tells no place"):
        country.database("linkage")
