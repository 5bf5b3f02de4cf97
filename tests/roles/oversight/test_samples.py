"""What is sampled before a ledger is stated: lines in their accounts, accounts that only grow."""

import msgspec
import pytest
from overseen import World, code_of

from renkei.crypto import jws, sum_tree
from renkei.crypto.account_tree import line_hash, verify_line
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import TreeHead
from renkei.crypto.sum_tree import Account, Sum
from renkei.roles.oversight.store import sampled
from renkei.wire.history import decode_path
from renkei.wire.portal.messages import Ledger, Standings

PEOPLE = ("hanako", "taro", "hanako", "jiro", "hanako")
GHOST = b"g" * 32


@pytest.fixture
def busy(world: World) -> World:
    """Five exchanges about three people; no root of the ledger is in the log yet."""
    for person in PEOPLE:
        world.exchange(person)
    return world


def payload(raw: str, kind: type) -> object:
    """What a signed message says."""
    return msgspec.json.decode(jws.parse(raw.encode(), max_bytes=10**7).payload, type=kind)


async def test_a_line_hidden_in_a_ghost_account_is_found(busy, commission) -> None:
    """A leaf filed elsewhere and opened truly is found by what the portal signed; none is stated.

    The sum is right, the opening fits the record, the account of its code is in the ledger: what is
    not to be had is a proof that the line is inside that account.
    """
    hidden = busy.exchanges[2]
    busy.portal.ghosts[hidden.leaf] = GHOST
    busy.portal.log_root()
    await commission.check_ledger()
    assert busy.portal.statements == []
    (found,) = await commission.found()
    assert (found.kind, found.possible, found.subject) == (
        "opening-failed", ["portal"], f"leaf {hidden.leaf}",
    )  # fmt: skip
    # A third party has the root and the standing as the portal signed them, and the record.
    ledger, standings = payload(found.evidence[0], Ledger), payload(found.evidence[1], Standings)
    standing = next(one for one in standings.standings if one.leaf == hidden.leaf)
    root = Sum(ledger.root, ledger.exchange_entries)
    account = sum_tree.verify(root, standing.place, decode_path(standing.path))
    line = line_hash(standing.number, hidden.leaf, hidden.entry_hash)
    head = TreeHead(account.count, account.head)
    with pytest.raises(ProofError):
        verify_line(line, standing.number, head, standing.inclusion)


async def test_a_ghost_among_many_lines_is_found_before_the_first_statement(
    busy, commission
) -> None:
    """Up to twenty leaves that came since the last statement are drawn: a few hide nowhere."""
    busy.portal.log_root()
    await commission.check_ledger()
    assert len(busy.portal.statements) == 1
    for _ in range(14):
        busy.exchange("hanako")
    busy.portal.ghosts[busy.exchange("taro").leaf] = GHOST
    busy.portal.log_root()
    await commission.check_ledger()
    assert len(busy.portal.statements) == 1
    assert "opening-failed" in await commission.kinds()


async def test_a_line_exchanged_for_another_of_the_same_account_is_found(busy, commission) -> None:
    """An account whose count grew and which lost a line does not extend what it was."""
    busy.portal.log_root()
    await commission.check_ledger()
    gone = busy.exchanges[0]
    for _ in range(2):
        busy.exchange("hanako")
    busy.portal.ghosts[gone.leaf] = GHOST
    busy.portal.log_root()
    await commission.check_ledger()
    fell = [one for one in await commission.found() if one.kind == "count-fell"]
    assert fell[0].subject == sum_tree.position(code_of("hanako")).hex()
    assert "all lines that it held" in fell[0].detail
    assert len(busy.portal.statements) == 1


async def test_nothing_is_stated_until_what_fell_is_back(busy, commission) -> None:
    """While an account fell no ledger is stated; once it is as it was the next one is."""
    busy.portal.log_root()
    await commission.check_ledger()
    lost = sum_tree.position(code_of("hanako"))

    def lose(accounts: dict[bytes, Account], size: int) -> None:
        if size > 5:
            accounts[GHOST] = accounts.pop(lost)

    busy.portal.alter = lose
    for _ in range(3):
        busy.exchange("taro")
        busy.portal.log_root()
        await commission.check_ledger()
    assert len(busy.portal.statements) == 1
    # The stated ledger still shows her: only one of a later size can show that she is back.
    await commission.sampler.step(5)
    fallen, _ = await commission.database.read(sampled.missing)
    assert fallen == 1
    assert [one.reason for one in commission.stating.alarms()] == ["statement-withheld"]
    busy.portal.alter = lambda _accounts, _size: None
    busy.exchange("taro")
    busy.portal.log_root()
    for _ in range(4):
        await commission.check_ledger()
    assert await commission.database.read(sampled.missing) == (0, 0)
    assert commission.stating.alarms() == []
    assert len(busy.portal.statements) == 2


async def test_one_account_that_fell_is_one_finding(busy, commission) -> None:
    """However often it is looked at, an account that fell stands in the list once."""
    busy.portal.log_root()
    await commission.check_ledger()
    lost = sum_tree.position(code_of("jiro"))
    busy.portal.alter = lambda accounts, size: accounts.pop(lost, None) if size > 5 else None
    for _ in range(3):
        busy.exchange("taro")
        busy.portal.log_root(exchange_entries=len(busy.exchanges))
        busy.portal.say = lambda one: msgspec.structs.replace(
            one, exchange_entries=len(busy.exchanges)
        )
        await commission.check_ledger()
    assert len(busy.portal.statements) == 1
    kinds = await commission.kinds()
    assert kinds.count("count-fell") <= len({"hanako", "taro", "jiro"})
