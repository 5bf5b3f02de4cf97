"""Places of handshakes: by network, strangers apart from those who shook hands before."""

import asyncio

import pytest

from renkei.kit.handshakes import PROVEN_LIMIT, Handshakes, NoPlace, network_of
from renkei.kit.limits import ServerLimits


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("192.0.3.1", "192.0.3.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.0/24"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_addresses_of_one_subscriber_count_together(address: str, network: str) -> None:
    """IPv4 by /24, IPv6 by /64, an IPv4 address in IPv6 dress as what it is."""
    assert network_of(address) == network


def _few(**changes: float) -> Handshakes:
    bounds = {"handshakes": 1, "handshakes_per_network": 1, "handshakes_waiting": 0}
    return Handshakes(ServerLimits(**(bounds | changes)))  # type: ignore[arg-type]


async def test_strangers_only_stand_in_each_others_way() -> None:
    """While a stranger holds the only place another finds none, and who is known has their own."""
    handshakes = _few()
    async with handshakes.place("known"):
        pass
    async with handshakes.place("stranger"):
        with pytest.raises(NoPlace):
            async with handshakes.place("another"):
                pass
        async with handshakes.place("known"):
            pass


async def test_a_failed_handshake_keeps_its_place_for_a_moment() -> None:
    """Failing again and again is slow, and nobody who failed is known."""
    handshakes = _few(failed_handshake_seconds=0.05)
    with pytest.raises(OSError, match="no certificate"):
        async with handshakes.place("stranger"):
            raise OSError("no certificate")
    assert not handshakes.proven("stranger")
    with pytest.raises(NoPlace):
        async with handshakes.place("stranger"):
            pass
    await asyncio.sleep(0.1)
    async with handshakes.place("stranger"):
        pass
    assert handshakes.proven("stranger")


async def test_networks_are_remembered_in_bounded_number() -> None:
    """The one that was quiet the longest is forgotten."""
    handshakes = _few()
    for number in range(PROVEN_LIMIT + 1):
        async with handshakes.place(str(number)):
            pass
    assert not handshakes.proven("0")
    assert handshakes.proven("1")
