"""A directory version is countersigned once, and only if nothing is wrong with it."""

import base64
from datetime import timedelta

import msgspec
import pytest
from overseen import NOW, ROLES, World

from renkei.kit.party import Party
from renkei.roles.oversight.rules.directory import check_directory
from renkei.wire.directory import Directory
from renkei.wire.errors import WireError
from renkei.wire.framing import parse
from renkei.wire.linkage.directory import AgreementKey, DirectoryVersion, SigningKey


def agreement(period: int, public: bytes) -> AgreementKey:
    return AgreementKey(
        period=period, public=public, not_before=NOW, not_after=NOW + timedelta(days=90)
    )


async def test_a_good_version_is_countersigned(world, commission) -> None:
    """What it signs makes a directory that every node adopts; asked again it signs the same."""
    world.clock.advance(60)
    world.log.proposal = world.directory(2, world.entry("city-a", epoch=2))
    await commission.signer.step()
    await commission.signer.step()
    assert len(world.log.countersigned) == 2
    for countersignature in world.log.countersigned:
        directory = Directory.verify(world.log.proposal, countersignature, world.roots)
        assert (directory.version, directory.entry("city-a").epoch) == (2, 2)
    assert await commission.found() == []


async def test_a_version_that_was_overtaken_leaves_a_gap(world, commission) -> None:
    """Where a second version is proposed before the first is signed, the second is signed."""
    world.clock.advance(60)
    world.log.proposal = world.directory(3)
    await commission.signer.step()
    assert len(world.log.countersigned) == 1
    assert await commission.found() == []


async def test_nothing_proposed_is_nothing_signed(world, commission) -> None:
    """Without a proposal there is nothing to do."""
    await commission.signer.step()
    assert world.log.countersigned == []


async def test_a_version_of_another_signer_is_not_looked_at(world, commission) -> None:
    """A version that the network's directory key did not sign gets no countersignature."""
    world.clock.advance(60)
    world.log.proposal = world.directory(2)
    head, payload, _ = world.log.proposal.split(".")
    forged = world.parties["portal"].keys.sign("sign", f"{head}.{payload}".encode())
    tail = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()
    world.log.proposal = f"{head}.{payload}.{tail}"
    with pytest.raises(WireError, match="signature"):
        await commission.signer.step()
    assert world.log.countersigned == []


async def test_two_contents_of_one_version_are_never_both_signed(world, commission) -> None:
    """A second, other version of a number that was signed is refused, also after a restart."""
    world.clock.advance(60)
    world.log.proposal = world.directory(2)
    await commission.signer.step()
    commission.database.close()
    again = type(commission)(world)
    world.log.proposal = world.directory(2, world.entry("city-a", epoch=2))
    await again.signer.step()
    assert len(world.log.countersigned) == 1
    (found,) = await again.found()
    assert (found.kind, found.evidence) == ("directory-refused", [world.log.proposal])
    again.database.close()


def bad(world: World) -> dict[str, str]:
    """Versions that must not be signed, by what is wrong with them."""
    a, b = world.entry("city-a"), world.entry("city-b")
    replace = msgspec.structs.replace
    stolen = SigningKey(kid="city-b:sign:1", public=a.signing_keys[0].public)
    renewed = SigningKey(kid="city-a:sign:1", public=world.party.keys.public("sign"))
    foreign = SigningKey(kid="city-b:sign:2", public=a.signing_keys[0].public)
    without_b = [world.entry(name) for name in ROLES if name != "city-b"]
    now = world.clock.now()
    return {
        "the version after": world.directory(1_003),
        "the version after 1 is 2": world.directory(1),
        "30 days": world.directory(2, expires_at=now + timedelta(days=31)),
        "run out": world.directory(2, expires_at=now),
        "of the future": world.directory(2, at=now + timedelta(hours=1)),
        "after the one before": world.directory(2, at=NOW),
        "left out": world.directory(2, entries=without_b),
        "same signing key": world.directory(2, replace(b, signing_keys=[stolen])),
        "another party": world.directory(2, replace(a, signing_keys=[*a.signing_keys, foreign])),
        "same endpoint": world.directory(2, replace(b, port=a.port)),
        "same DNS name": world.directory(2, replace(b, dns_name=a.dns_name)),
        "same agreement key": world.directory(
            2,
            replace(a, agreement_keys=[agreement(1, b"k" * 32)]),
            replace(b, agreement_keys=[agreement(1, b"k" * 32)]),
        ),
        "got another key": world.directory(2, replace(a, signing_keys=[renewed])),
        "another kind of body": world.directory(2, replace(a, kind="pension-service")),
        "only rise": world.directory(2, replace(a, epoch=3)),
        "listed twice": world.directory(2, entries=[world.entry(n) for n in (*ROLES, "city-a")]),
        "own key": world.directory(
            2,
            replace(
                world.entry("oversight"),
                signing_keys=[SigningKey(kid="oversight:sign:2", public=b"\x04" + bytes(64))],
            ),
        ),
    }


WRONG = [
    "the version after",
    "the version after 1 is 2",
    "30 days",
    "run out",
    "of the future",
    "after the one before",
    "left out",
    "same signing key",
    "another party",
    "same endpoint",
    "same DNS name",
    "same agreement key",
    "got another key",
    "another kind of body",
    "only rise",
    "listed twice",
    "own key",
]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_version_is_refused_and_found(world, commission, wrong) -> None:
    """Each rule alone keeps the Commission from signing, and the finding names it."""
    world.clock.advance(60)
    world.log.proposal = bad(world)[wrong]
    await commission.signer.step()
    assert world.log.countersigned == []
    (found,) = await commission.found()
    assert found.kind == "directory-refused"
    assert wrong in found.detail


def test_every_wrong_version_is_tried(world) -> None:
    """The list of wrong versions and the list of tests are the same."""
    world.clock.advance(60)
    assert sorted(bad(world)) == sorted(WRONG)


def test_what_may_change_may(world) -> None:
    """New parties, new keys beside old ones, addresses, an announced end: nothing wrong."""
    world.clock.advance(60)
    party: Party = world.party
    a = world.entry("city-a")
    newer = SigningKey(kid="city-a:sign:2", public=b"\x04" + b"n" * 64)
    changed = msgspec.structs.replace(
        a,
        signing_keys=[*a.signing_keys, newer],
        agreement_keys=[agreement(2, b"n" * 32)],
        port=9999,
        suspended=True,
        active_until="2026-12-31",
    )
    _, version = parse(world.directory(2, changed).encode(), (DirectoryVersion,))
    assert check_directory(party.directory, version, world.clock.now()) == []
