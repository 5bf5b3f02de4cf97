"""Where a database is, as a configuration says it."""

from pathlib import Path

import pytest

from renkei.kit.location import Location


def test_a_file_may_hold_the_url(tmp_path: Path) -> None:
    """`@path` reads the URL from a file that only its owner reads; a password is never shown."""
    file = tmp_path / "database.url"
    file.write_text("postgresql://city:secret@/country?host=/run/postgresql\n")
    file.chmod(0o600)
    found = Location.from_configuration("@database.url", tmp_path)
    assert found == Location("postgresql", "city:secret@/country?host=/run/postgresql")
    assert str(found) == "postgresql://city:…@/country?host=/run/postgresql"
    assert found.url == file.read_text().strip()


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("postgresql://a@/b", 0o640, "chmod 600"),
        ("database.sqlite", 0o600, "Expected engine://"),
        ("@other", 0o600, "Expected engine://"),
        ("", 0o600, "Expected engine://"),
    ],
)
def test_a_file_that_does_not_serve_is_refused(
    tmp_path: Path, text: str, mode: int, said: str
) -> None:
    """Readable by others, no URL, a chain of files, nothing at all."""
    file = tmp_path / "database.url"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ValueError, match=said):
        Location.from_configuration("@database.url", tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """What cannot be read is said with its path."""
    with pytest.raises(ValueError, match=r"database\.url cannot be read"):
        Location.from_configuration("@database.url", tmp_path)
