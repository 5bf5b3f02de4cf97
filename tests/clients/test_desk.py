"""A desk of one's own: what its file says is what the sandbox's desk is told."""

import re
from pathlib import Path

import pytest

from renkei.clients.desk import DeskConfig, open_desk
from renkei.kit.config import ConfigError, load
from renkei.kit.keys import KeyStoreError
from renkei.kit.progress import Progress
from renkei.sandbox.building import DEFAULT_AS_OF, DEFAULT_SEED, open_or_build
from renkei.sandbox.country import Country
from renkei.sandbox.desk import at_desk, desk_config
from renkei.wire.errors import WireError


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """A small country in which nothing runs."""
    folder: Path = tmp_path_factory.mktemp("desk") / "country"
    quiet = Progress(quiet=True)
    built = open_or_build(
        folder, seed=DEFAULT_SEED, as_of=DEFAULT_AS_OF, progress=quiet, residents=10
    )
    built.release()
    return built


def test_every_institution_has_a_desk_file(country: Country) -> None:
    """`desk.toml` of each institution says exactly what the sandbox's own desk is told."""
    for plan in country.institutions():
        told = load(country.home(plan.party) / "desk" / "desk.toml", DeskConfig)
        wanted = desk_config(country, plan.party)
        assert told.institution == wanted.institution
        assert (told.party, told.clock_offset_seconds) == (
            wanted.party,
            wanted.clock_offset_seconds,
        )
        for name in ("certificate", "key", "authority"):
            assert getattr(told.tls, name).samefile(getattr(wanted.tls, name))
        assert told.keys.samefile(wanted.keys)


async def test_a_file_that_says_too_much_is_refused(country: Country, tmp_path: Path) -> None:
    """An unknown key and a key that is none are errors that name them."""
    text = (country.home("chofu-city") / "desk" / "desk.toml").read_text()
    other = tmp_path / "desk.toml"
    other.write_text(f"secret = 1\n{text}")
    with pytest.raises(ConfigError, match="secret"):
        load(other, DeskConfig)
    config = desk_config(country, "chofu-city")
    wrong = config.institution.public.replace(config.institution.public[:8], "00000000", 1)
    other.write_text(text.replace(config.institution.public, wrong))
    with pytest.raises(ConfigError, match=r"institution\.public"):
        async with open_desk(load(other, DeskConfig)):
            pass


async def test_production_takes_no_keys_in_files(country: Country, tmp_path: Path) -> None:
    """A desk in production must be handed a key store, and has no clock of its own."""
    text = (country.home("chofu-city") / "desk" / "desk.toml").read_text()
    other = tmp_path / "desk.toml"
    text = text.replace('"sandbox"', '"production"')
    other.write_text(text)
    with pytest.raises(ConfigError, match="clock_offset_seconds"):
        async with open_desk(load(other, DeskConfig)):
            pass
    other.write_text(re.sub(r"clock_offset_seconds.*\n", "", text))
    with pytest.raises(KeyStoreError, match="hardware"):
        async with open_desk(load(other, DeskConfig)):
            pass


async def test_a_fact_of_the_wrong_form_is_named(country: Country) -> None:
    """A desk is told which fact has not its form, not repeating it, before anything is sent."""
    async with at_desk(country, "chofu-city") as desk:
        orders = {
            "officer": {"case_number": "T1", "officer": "小泉 花"},
            "case_number": {"case_number": "小泉:1", "officer": "o1"},
        }
        for field, facts in orders.items():
            with pytest.raises(WireError) as refused:
                await desk.procedure(
                    **facts, office="tax", procedure="child-allowance", person="P12345678"
                )
            assert refused.value.code == "malformed"
            assert f"$.{field}" in refused.value.detail
            assert "nothing was sent" in refused.value.detail
            assert "小泉" not in str(refused.value)
        with pytest.raises(WireError) as away:
            await desk.case("T1")
        assert away.value.code == "unavailable", "what has its form is sent, and nobody listens"
