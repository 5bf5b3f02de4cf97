"""What the operator does beside the running process: new epochs, directory proposals."""

import composed
import pytest
from small_network import ORIGIN, SmallNetwork

from renkei.kit.config import ConfigError
from renkei.run.config import ServeConfig
from renkei.run.roles.linkage import propose_directory, start_epoch
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.linkage.directory import DirectoryVersion
from renkei.wire.linkage.epoch import EpochCollect, EpochConfirm


def config_of(network: SmallNetwork, **changes: object) -> ServeConfig:
    """The network's configuration; nothing here listens or connects."""
    facts = {
        "keys": network.folder / "linkage" / "keys",
        "settings": {"log_origin": ORIGIN, "witness_key": network.witness_key.text},
    }
    return composed.config_of(
        "linkage", network.parties["linkage"], network.path, **(facts | changes)
    )


async def test_a_change_from_the_configuration(network: SmallNetwork) -> None:
    """From its configuration alone the operator begins an epoch and proposes what is confirmed."""
    config = config_of(network)
    assert start_epoch(config, "city-b") == 2
    with pytest.raises(WireError, match="epoch"):
        start_epoch(config, "city-b")
    answer = await network.say("city-b", EpochCollect)
    assert answer.delta is not None, "the running process finds a key made after its start"

    async def proposed() -> dict[str, int]:
        signed = await network.proposal()
        assert signed is not None
        version = parse(signed.encode(), (DirectoryVersion,))[1]
        return {entry.party: entry.epoch for entry in version.entries}

    assert propose_directory(config) == 2
    assert (await proposed())["city-b"] == 1, "nothing is confirmed yet"
    await network.say("city-b", EpochConfirm, epoch=2)
    assert propose_directory(config) == 3
    epochs = await proposed()
    assert epochs.pop("city-b") == 2
    assert set(epochs.values()) == {1}


def test_what_the_configuration_must_name(network: SmallNetwork) -> None:
    """Without the log's origin or a key that can cosign, the network does not start and says so."""
    whole = {"log_origin": ORIGIN, "witness_key": network.witness_key.text}
    linkage, opened = network.parties["linkage"], network.database
    assert composed.compose(linkage, network.path, opened=opened, settings=whole).running.routes
    for wrong in (
        {"witness_key": network.witness_key.text},
        {"log_origin": ORIGIN},
        whole | {"witness_key": "no key"},
        whole | {"witness_key": network.log_key.text},
        whole | {"log_key": network.log_key.text},
    ):
        with pytest.raises(ConfigError, match=r"settings\.(witness_key|log_origin|log_key)"):
            composed.compose(linkage, network.path, opened=opened, settings=wrong)
