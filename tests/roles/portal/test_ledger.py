"""The ledger is a function of the log size, and the Commission can look into it."""

from pathlib import Path

import pytest
from portal_network import Lie, SmallNetwork
from portal_running import RunningPortal

from renkei.crypto import account_tree, merkle, sum_tree
from renkei.crypto import codes as suite
from renkei.crypto.digests import element_digest
from renkei.crypto.merkle import TreeHead
from renkei.wire.entries import ExchangeRecord, read_entry
from renkei.wire.errors import WireError
from renkei.wire.history import UNASSIGNED_PLACE, decode_path
from renkei.wire.portal import messages as po


def _root(answer: po.Ledger) -> sum_tree.Sum:
    return sum_tree.Sum(answer.root, answer.exchange_entries)


async def test_a_ledger_grown_step_by_step_is_the_one_made_at_once(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork
) -> None:
    """Any size gives the same root whether the tree grew in memory or is made from the lines."""
    people = [(await portal.person())[0] for _ in range(5)]
    roots = {}
    for round_ in range(6):
        for base in people[: round_ + 1]:
            network.exchange(base)
        network.directory_entry()
        await portal.catch_up()
        size = network.integrated
        roots[size] = (await portal.ledger.tree(size)).root
    again = await portal.restart(tmp_path)
    for size in sorted(roots, reverse=True):
        assert (await again.ledger.tree(size)).root == roots[size]
    assert len({root.hash for root in roots.values()}) == len(roots)
    again.database.close()


async def test_a_root_goes_to_the_log_once_for_a_cosigned_size(portal: RunningPortal) -> None:
    """Roots follow cosigned sizes that have new lines; a root does not call for another one."""
    network = portal.network
    await portal.ledger.publish()
    assert network.roots == {}
    network.directory_entry()
    first = network.witness()
    await portal.catch_up()
    await portal.ledger.publish()
    assert list(network.roots) == [first]
    for _ in range(3):
        network.witness()
        await portal.catch_up()
        await portal.ledger.publish()
    assert list(network.roots) == [first]
    base, _ = await portal.person()
    network.exchange(base)
    second = network.witness()
    await portal.ledger.publish()
    assert list(network.roots) == [first], "not before the lines below it are filed"
    await portal.catch_up()
    await portal.ledger.publish()
    assert list(network.roots) == [first, second]
    assert network.roots[second].exchange_entries == 1


@pytest.mark.parametrize("cut", ["ledger_root", "ledger_root-answer"])
async def test_a_root_whose_sending_was_cut_is_sent_again_unchanged(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork, cut: str
) -> None:
    """A portal that dies around the sending of a root sends the same root after its restart."""
    base, _ = await portal.person()
    network.exchange(base)
    size = network.witness()
    await portal.catch_up()
    network.cut = [cut]
    with pytest.raises(WireError):
        await portal.ledger.publish()
    again = await portal.restart(tmp_path)
    await again.ledger.publish()
    assert list(network.roots) == [size]
    assert await again.ask(po.LedgerRequest, at_most=size)
    again.database.close()


async def test_a_checkpoint_the_witness_did_not_cosign_is_not_believed(
    portal: RunningPortal,
) -> None:
    """A cosigned checkpoint with a spoilt or missing cosignature gives no root."""
    network = portal.network
    network.directory_entry()
    network.witness()
    await portal.catch_up()
    network.cosigned = network.checkpoint()
    with pytest.raises(WireError, match="cosigned"):
        await portal.ledger.publish()
    assert network.roots == {}


async def test_openings_show_that_a_line_is_its_accounts(portal: RunningPortal) -> None:
    """What the portal opens fits the record in the log and stands in the ledger at its place."""
    network = portal.network
    base, code = await portal.person()
    network.exchange(base)
    network.exchange(base, lie=Lie(other_seed=True))
    network.exchange(base)
    size = await portal.state()
    ledger = await portal.ask(po.LedgerRequest, at_most=size)
    answer = await portal.ask(po.OpeningRequest, log_size=size, leaves=[2, 0, 1])
    signed = portal.network.parties["oversight"].read_inside(
        answer.standings, (po.Standings,), aud="oversight"
    )
    assert (signed.message.sender, signed.message.log_size) == ("portal", size)
    for opening, standing in zip(answer.openings, signed.message.standings, strict=True):
        assert standing.leaf == opening.leaf
        if opening.code is None:
            assert opening.leaf == 1
            place = UNASSIGNED_PLACE
        else:
            record = read_entry(network.entries[opening.leaf].record, ExchangeRecord)
            assert suite.commit_matches(record.commitment, "city-a", record.tx, opening.blind)
            point = suite.blind(opening.blind, opening.code)
            assert element_digest(point) == record.portal_digest
            place = sum_tree.position(opening.code)
            assert opening.code == code
        assert standing.place == place
        found = sum_tree.verify(_root(ledger), place, decode_path(standing.path))
        entry = network.entries[opening.leaf].hash
        line = account_tree.line_hash(standing.number, standing.leaf, entry)
        head = TreeHead(found.count, found.head)
        account_tree.verify_line(line, standing.number, head, standing.inclusion)
    with pytest.raises(WireError, match="answer-unknown"):
        await portal.ask(po.OpeningRequest, log_size=size, leaves=[900])


async def test_sampled_accounts_are_those_asked_for_and_some_more(portal: RunningPortal) -> None:
    """Places asked for come back, empty ones as absent, with others up to the number wanted."""
    network = portal.network
    for _ in range(4):
        base, code = await portal.person()
        network.exchange(base)
    size = await portal.state()
    ledger = await portal.ask(po.LedgerRequest, at_most=size)
    asked = [sum_tree.position(code), bytes(32)]
    places = [po.KnownPlace(place=one, count=0) for one in asked]
    answer = await portal.ask(po.AccountsRequest, log_size=size, places=places, more=2)
    places = [one.place for one in answer.accounts]
    assert places[:2] == asked
    assert len(set(places)) == 4
    found = [
        sum_tree.verify(_root(ledger), one.place, decode_path(one.path)) for one in answer.accounts
    ]
    assert [one.count if one else 0 for one in found] == [1, 0, 1, 1]


async def test_an_account_shows_that_it_extends_what_it_was(portal: RunningPortal) -> None:
    """Asked with the count it had, an account proves that it holds those lines at those numbers."""
    network = portal.network
    base, code = await portal.person()
    place = sum_tree.position(code)
    heads = {}
    for _ in range(7):
        network.exchange(base)
        network.exchange(base)
        size = await portal.state()
        tree = await portal.ledger.tree(size)
        account, _ = tree.prove(place)
        heads[account.count] = account.head
    for count, head in heads.items():
        known = po.KnownPlace(place=place, count=count)
        answer = await portal.ask(po.AccountsRequest, log_size=size, places=[known], more=0)
        newest = TreeHead(14, heads[14])
        merkle.verify_consistency(TreeHead(count, head), newest, answer.accounts[0].growth)


async def test_a_statement_about_another_root_or_by_another_party_is_refused(
    portal: RunningPortal,
) -> None:
    """The portal keeps a statement only with the Commission's signature and its own root."""
    network = portal.network
    base, _ = await portal.person()
    network.exchange(base)
    size = network.witness()
    await portal.catch_up()
    await portal.ledger.publish()
    ledger = await portal.ask(po.LedgerRequest, at_most=size)
    good = network.state(size, ledger.root, ledger.exchange_entries)
    for bad in (
        network.state(size, bytes(32), ledger.exchange_entries),
        network.state(size, ledger.root, ledger.exchange_entries + 1),
        network.state(size + 1, ledger.root, ledger.exchange_entries),
        good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB"),
    ):
        with pytest.raises(WireError):
            await portal.ask(po.StatementHandover, statement=bad)
    assert portal.rows("SELECT statement FROM root") == [(None,)]
    await portal.ask(po.StatementHandover, statement=good)
    assert portal.rows("SELECT statement FROM root") == [(good,)]
