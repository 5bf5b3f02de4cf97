"""`renkei serve` with a configuration it cannot use: a sentence, exit code 1, nothing served."""

import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from inprocess import built
from running import RESIDENTS
from typer.testing import CliRunner

from renkei.cli import app
from renkei.kit.certificates import create_authority, create_leaf, own_names
from renkei.kit.config import ConfigError
from renkei.kit.database import connect
from renkei.run.assembly import assemble
from renkei.run.config import read

PARTY, ROLE = "chofu-city", "institution"


@pytest.fixture(scope="module")
def template() -> Path:
    """A built country that nobody changes."""
    return built(RESIDENTS)


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """One party's folder in a copy of the country."""
    shutil.copytree(template, tmp_path / "country")
    return tmp_path / "country" / PARTY


def serve(home: Path, role: str = ROLE) -> str:
    """Try to serve; gives what was said, after checking that it ended as an error does."""
    config = home / "serve.toml"
    done = subprocess.run(
        [sys.executable, "-m", "renkei", "serve", role, "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr, done.stderr
    assert " listens on " not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("failed: cannot serve: ")]
    assert len(said) == 1, done.stderr
    return said[0]


def run_hint(said: str) -> None:
    """Run the command that a sentence ends with, as printed."""
    words = shlex.split(said.partition("; run: ")[2])
    assert words[-5:-2] == ["database", "upgrade", ROLE], said
    subprocess.run(words, check=True, timeout=60)


def edit(home: Path, old: str, new: str) -> None:
    """Change a party's configuration."""
    config = home / "serve.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))


def test_an_unknown_key_is_named(home: Path) -> None:
    """A typo in a configuration is an error that names file and key, not a silent default."""
    edit(home, "[tls]", "[tls]\ncertificat = 'x'")
    assert "unknown key tls.certificat: remove it" in serve(home)


def test_the_wrong_role_is_refused(home: Path) -> None:
    """A configuration serves the role it is for and no other."""
    assert f"is for role {ROLE}, not linkage" in serve(home, "linkage")


def test_production_refuses_keys_in_files(home: Path) -> None:
    """Profile production never runs on the sandbox's keys or its shifted clock."""
    edit(home, 'profile = "sandbox"', 'profile = "production"')
    assert "clock_offset_seconds is for the sandbox only" in serve(home)
    config = (home / "serve.toml").read_text().splitlines()
    kept = [line for line in config if not line.startswith("clock_offset")]
    (home / "serve.toml").write_text("\n".join(kept))
    assert "production refuses keys in files" in serve(home)


def test_a_missing_database_is_not_made(home: Path) -> None:
    """A server names the command that makes its database and makes none itself."""
    (home / "database.sqlite").unlink()
    said = serve(home)
    assert not (home / "database.sqlite").exists()
    run_hint(said)
    assert (home / "database.sqlite").exists()


def test_an_outdated_database_is_not_migrated(home: Path) -> None:
    """A server names the command that migrates its database and migrates none itself."""
    import sqlalchemy as sa

    with connect(home / "database.sqlite") as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    said = serve(home)
    assert "has revision 0000" in said
    assert f"-m renkei database upgrade institution --config {home / 'serve.toml'}" in said


def test_without_a_file_a_role_of_the_country_is_upgraded(home: Path) -> None:
    """`database upgrade ROLE` alone is for the sandbox: every database of that role there."""
    country = home.parent
    done = CliRunner().invoke(app, ["database", "upgrade", "institution", "--folder", str(country)])
    assert done.exit_code == 0, done.output
    assert done.output.count("is at revision") > 1
    nowhere = CliRunner().invoke(
        app, ["database", "upgrade", "linkage", "--folder", str(country / "nowhere")]
    )
    assert nowhere.exit_code == 1
    assert "--config" in nowhere.output
    nobody = CliRunner().invoke(app, ["database", "upgrade", "nobody"])
    assert nobody.exit_code == 1
    assert "individual-number" in nobody.output


def test_a_missing_certificate_is_named(home: Path) -> None:
    """Without its certificate a process does not start, and says which file is missing."""
    (home / "tls" / f"{PARTY}.renkei.test.crt").unlink()
    assert f"{PARTY}.renkei.test.crt" in serve(home)


def test_keys_others_can_read_are_refused(home: Path) -> None:
    """A key file with the wrong mode stops the start, with the command that mends it."""
    (home / "keys" / "sign.signing").chmod(0o644)
    assert "chmod 600" in serve(home)


def test_a_role_that_nobody_registered_is_named_with_those_there_are(home: Path) -> None:
    """A role without a description is refused before anything is opened, with the list."""
    edit(home, 'role = "institution"', 'role = "bank"')
    with pytest.raises(ConfigError, match=r"'bank'; roles: .*linkage"):
        assemble(read(home / "serve.toml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "institution"', "role = 7", "key role"),
        ('host = "127.0.0.1"\n', "", "key host is missing: add it"),
        ("port = ", "port = 'https' # ", "key port"),
        ("port = ", "port = 99999 # ", "key port"),
        ("clock_offset_seconds = ", "clock_offset_seconds = nan # ", "key clock_offset_seconds"),
        ("clock_offset_seconds = ", "clock_offset_seconds = 1e12 # ", "key clock_offset_seconds"),
        ('database = "', 'database = "SQLITE://', "key database"),
        ("role = ", "role role = ", "is not TOML"),
    ],
)
def test_a_wrong_value_is_named(home: Path, old: str, new: str, said: str) -> None:
    """Every wrong or missing value is an error that names file and key."""
    edit(home, old, new)
    with pytest.raises(ConfigError) as refused:
        read(home / "serve.toml")
    assert said in str(refused.value)
    assert "serve.toml" in str(refused.value)


@pytest.mark.parametrize("wrong", ["'00'", "'not hexadecimal'", f"'04{'00' * 64}'"])
@pytest.mark.parametrize("key", ["network", "oversight", "public"])
def test_a_key_that_is_none_is_named(home: Path, key: str, wrong: str) -> None:
    """A trusted key or a desk's key that is no public key is an error, not a party unheard."""
    edit(home, f"\n{key} = ", f"\n{key} = {wrong} # ")
    config = read(home / "serve.toml")
    with pytest.raises(ConfigError, match=r"trust|desks"):
        _ = (config.trust.roots(), [desk.key() for desk in config.desks])


def test_a_certificate_that_has_run_out_serves_nobody(home: Path) -> None:
    """A process whose own certificate no peer would take does not start, and says why."""
    for days, held in ((-200, "have another one issued"), (2, "or set the clock")):
        now = datetime.now(UTC) + timedelta(days=days)
        (name,) = own_names(next((home / "tls").glob("*.crt")))
        folder = home.parent / f"authority{days}"
        folder.mkdir()
        authority = create_authority(folder, "renkei sandbox ca", now=now)
        shutil.rmtree(home / "tls")
        create_leaf(authority, home / "tls", name, now=now)
        said = serve(home)
        assert "holds from" in said
        assert held in said
