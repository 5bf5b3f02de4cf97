"""How the portal is put together: no people's door in production, no portal without log keys."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from portal_network import ORIGIN, SmallNetwork

from renkei.kit.config import ConfigError
from renkei.run import config
from renkei.run.roles import portal

_CONFIG = """
role = "portal"
party = "portal"
profile = "{profile}"
host = "127.0.0.1"
port = 1
keys = "keys"
database = "database.sqlite"
directory = "directory.json"
people_port = 2
[tls]
certificate = "a"
key = "b"
authority = "c"
[trust]
network = "00"
oversight = "00"
[linkage]
dns_name = "linkage.renkei.test"
host = "127.0.0.1"
port = 3
"""


def test_production_has_no_door_without_tls(tmp_path: Path) -> None:
    """A plain HTTP port for people is taken in the sandbox and refused in production."""
    path = tmp_path / "serve.toml"
    path.write_text(_CONFIG.format(profile="sandbox"))
    assert config.read(path).people_port == 2
    path.write_text(_CONFIG.format(profile="production"))
    with pytest.raises(ConfigError, match="people_port"):
        config.read(path)


def test_a_portal_needs_the_keys_of_the_log_and_its_witness(network: SmallNetwork) -> None:
    """Missing, swapped or misnamed verifier keys stop the start with a sentence naming them."""

    def keys(**changes: Any) -> Any:
        values = {
            "log_origin": ORIGIN,
            "log_key": network.log_key.text,
            "witness_key": network.witness_key.text,
        }
        return SimpleNamespace(**{**values, **changes})

    assert portal.log_keys(keys()).log == network.log_key
    for wrong in (
        {"log_key": ""},
        {"witness_key": "nonsense"},
        {"log_origin": "renkei.test/another"},
        {"witness_key": network.log_key.text},
    ):
        with pytest.raises(ConfigError, match=r"log_key|log_origin|witness_key"):
            portal.log_keys(keys(**wrong))
