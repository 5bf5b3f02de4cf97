"""What the operator does beside the running process: new epochs, directory proposals."""

from pathlib import Path

import pytest
from small_network import ORIGIN, SmallNetwork

from renkei.kit.config import ConfigError
from renkei.run.config import Address, ServeConfig, Tls, Trust
from renkei.run.linkage import _log_of, propose_directory, start_epoch
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.messages.directory import DirectoryVersion
from renkei.wire.messages.epoch import EpochCollect, EpochConfirm


def config_of(network: SmallNetwork, **changes: object) -> ServeConfig:
    """The network's configuration; nothing here listens or connects."""
    facts = {
        "role": "linkage",
        "party": "linkage",
        "profile": "sandbox",
        "host": "127.0.0.1",
        "port": 1,
        "keys": network.folder / "linkage" / "keys",
        "database": network.path,
        "directory": network.folder / "directory.json",
        "tls": Tls(certificate=Path("c"), key=Path("k"), authority=Path("a")),
        "trust": Trust(
            network=network.roots.network.hex(), oversight=network.roots.oversight.hex()
        ),
        "linkage": Address(dns_name="linkage.renkei.test", host="127.0.0.1", port=1),
        "log_origin": ORIGIN,
        "witness_key": network.witness_key.text,
    }
    return ServeConfig(**(facts | changes))  # type: ignore[arg-type]


async def test_a_change_from_the_configuration(network: SmallNetwork) -> None:
    """From its configuration alone the operator begins an epoch and proposes what is confirmed."""
    config = config_of(network)
    assert start_epoch(config, "city-b") == 2
    with pytest.raises(WireError, match="epoch"):
        start_epoch(config, "city-b")
    answer = await network.say("city-b", network.epochs.collect, EpochCollect)
    assert answer.delta is not None, "the running process finds a key made after its start"

    async def proposed() -> dict[str, int]:
        signed = await network.proposal()
        assert signed is not None
        version = parse(signed.encode(), (DirectoryVersion,))[1]
        return {entry.party: entry.epoch for entry in version.entries}

    assert propose_directory(config) == 2
    assert (await proposed())["city-b"] == 1, "nothing is confirmed yet"
    await network.say("city-b", network.epochs.confirm, EpochConfirm, epoch=2)
    assert propose_directory(config) == 3
    epochs = await proposed()
    assert epochs.pop("city-b") == 2
    assert set(epochs.values()) == {1}


def test_what_the_configuration_must_name(network: SmallNetwork) -> None:
    """Without the log's origin or a key that can cosign, the network does not start and says so."""
    assert _log_of(config_of(network)) == (ORIGIN, network.witness_key)
    for changes in (
        {"log_origin": None},
        {"witness_key": None},
        {"witness_key": "no key"},
        {"witness_key": network.log_key.text},
    ):
        with pytest.raises(ConfigError, match="witness_key"):
            _log_of(config_of(network, **changes))
