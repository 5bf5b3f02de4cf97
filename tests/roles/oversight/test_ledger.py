"""The ledger: stated only where log, portal and count agree; sampled so that nothing vanishes."""

import base64
import dataclasses
import re
from typing import Any

import msgspec
import pytest
from looking import stored_bytes
from overseen import EXCHANGE, World, code_of, encode

from renkei.crypto import jws, sum_tree
from renkei.crypto.sum_tree import Account
from renkei.roles.oversight.service import ledger as service
from renkei.roles.oversight.store import ledger as store
from renkei.wire.errors import WireError
from renkei.wire.history import UNASSIGNED_PLACE
from renkei.wire.names import EVERYONE
from renkei.wire.portal.messages import LedgerStatement

PEOPLE = ("hanako", "taro", "hanako", "jiro", "hanako")


@pytest.fixture
def busy(world: World) -> World:
    """Five exchanges about three people, and the ledger's root in the log."""
    for person in PEOPLE:
        world.exchange(person)
    world.portal.log_root()
    return world


async def test_an_honest_ledger_is_stated(busy, commission) -> None:
    """The Commission signs size, count and root once, hands it over, and has nothing to say."""
    for _ in range(3):
        await commission.check_ledger()
    (raw,) = busy.portal.statements
    statement = busy.party.read(
        raw.encode(), (LedgerStatement,), peer="oversight", aud=EVERYONE
    ).message
    root = sum_tree.root(busy.portal.tree(5).get)
    assert (statement.log_size, statement.exchange_entries) == (5, 5)
    assert statement.ledger_root == root.hash
    assert await commission.found() == []


async def test_each_new_size_is_stated(busy, commission) -> None:
    """As the ledger grows every new root is stated, also when several came in between."""
    await commission.check_ledger()
    for person in ("shiro", "hanako"):
        busy.exchange(person)
        busy.portal.log_root()
    await commission.check_ledger()
    await commission.check_ledger()
    sizes = [_payload(raw)["log_size"] for raw in busy.portal.statements]
    assert sizes == [5, busy.portal.roots[-1]]
    assert await commission.found() == []


def _payload(raw: str) -> dict:
    return msgspec.json.decode(jws.parse(raw.encode(), max_bytes=10**6).payload)


async def test_nothing_is_stated_before_it_is_in_the_log(busy, commission) -> None:
    """A root that stands in no cosigned part of the log is not stated."""
    busy.log.cut(5)
    await commission.check_ledger()
    assert busy.portal.statements == []


def cut_last_line(accounts: dict[bytes, Account], _size: int) -> None:
    place = sum_tree.position(code_of("hanako"))
    accounts[place] = Account(accounts[place].head, accounts[place].count - 1)


def ghost_account(accounts: dict[bytes, Account], _size: int) -> None:
    accounts[sum_tree.position(code_of("nobody"))] = Account(b"g" * 32, 1)


@pytest.mark.parametrize("lie", [cut_last_line, ghost_account])
async def test_a_ledger_with_another_count_is_found(world, commission, lie) -> None:
    """A ledger that counts fewer or more lines than the log has entries is found, never stated."""
    world.portal.alter = lie
    for person in PEOPLE:
        world.exchange(person)
    world.portal.log_root()
    await commission.check_ledger()
    assert await commission.kinds() == ["ledger-count"]
    assert world.portal.statements == []
    (found,) = await commission.found()
    assert found.possible == ["linkage", "portal"], "the portal files what it is handed"
    assert len(found.evidence) == 1


async def test_a_sum_that_is_only_claimed_is_found_by_samples(world, commission) -> None:
    """A ledger whose root claims the right sum over a cut tree fails at the first sample."""
    for person in PEOPLE:
        world.exchange(person)
    world.portal.alter = cut_last_line
    world.portal.log_root(exchange_entries=5)
    world.portal.say = lambda ledger: msgspec.structs.replace(ledger, exchange_entries=5)
    await commission.check_ledger()
    kinds = await commission.kinds()
    assert "count-fell" in kinds
    assert "opening-failed" in kinds


async def test_a_root_for_each_asker_is_found(busy, commission) -> None:
    """A portal that gives the Commission another root than the log holds is found."""
    busy.portal.say = lambda ledger: msgspec.structs.replace(ledger, root=b"o" * 32)
    await commission.check_ledger()
    (found,) = await commission.found()
    assert (found.kind, len(found.evidence)) == ("ledger-fork", 2)
    assert busy.portal.statements == []


async def test_another_root_after_the_statement_is_found(busy, commission) -> None:
    """A portal that later gives another root for a stated size is found by its two letters."""
    await commission.check_ledger()
    busy.portal.say = lambda ledger: msgspec.structs.replace(ledger, root=b"o" * 32)
    await commission.check_ledger()
    (found,) = await commission.found()
    assert found.kind == "ledger-fork"
    letters = [_payload(raw) for raw in found.evidence]
    assert letters[0]["log_size"] == letters[1]["log_size"]
    assert letters[0]["root"] != letters[1]["root"]
    assert len(busy.portal.statements) == 1


async def test_two_roots_in_the_log_for_one_size_are_found(busy, commission) -> None:
    """A second, other root for a size that the log holds already is found; the first stands."""
    busy.portal.log_root(5, root=b"o" * 32)
    await commission.check_ledger()
    assert "ledger-fork" in await commission.kinds()
    assert [_payload(raw)["log_size"] for raw in busy.portal.statements] == [5]


async def test_an_old_root_is_found(busy, commission) -> None:
    """A portal that goes back behind a stated size is found."""
    busy.portal.roots.insert(0, 2)
    await commission.check_ledger()
    honest = busy.portal.ledger

    async def old(letter: bytes) -> bytes:
        busy.portal.roots[:] = [2]
        return await honest(letter)

    busy.portal.ledger = old
    await commission.stating.step(50)
    assert await commission.kinds() == ["ledger-old"]


async def test_a_root_from_beyond_its_leaf_is_found(busy, commission) -> None:
    """A root in the log for a size that the log had not reached then is found."""
    busy.log.append(4, {"log_size": 100, "root": b"r" * 32, "exchange_entries": 5})
    await commission.check_ledger()
    assert "ledger-count" in await commission.kinds()


async def test_a_record_swapped_under_a_root_is_found(busy, commission) -> None:
    """A network that shows another ledger root than it logged is found; nothing is stated."""
    leaf = len(busy.log.entries) - 1
    shown = busy.log.shown[leaf]
    record = encode({"log_size": 5, "root": b"x" * 32, "exchange_entries": 5})
    busy.log.shown[leaf] = msgspec.structs.replace(shown, record=record)
    await commission.check_ledger()
    (found,) = await commission.found()
    assert (found.kind, found.possible) == ("records-differ", ["linkage"])
    assert busy.portal.statements == []


async def test_the_root_is_fixed_before_it_is_signed(busy, commission, monkeypatch) -> None:
    """Killed between deciding and signing, it signs the same root later and no other."""
    await commission.see()
    with monkeypatch.context() as killing:
        killing.setattr(service, "LedgerStatement", _killed)
        with pytest.raises(_Killed):
            await commission.stating.step(50)
    commission.database.close()
    again = type(commission)(busy)
    busy.portal.say = lambda ledger: msgspec.structs.replace(ledger, root=b"o" * 32)
    await again.stating.step(50)
    assert await again.kinds() == ["ledger-fork"]
    (raw,) = busy.portal.statements
    stated = await again.database.read(lambda c: store.statement(c, 5))
    assert stated.ledger.root == sum_tree.root(busy.portal.tree(5).get).hash
    assert _payload(raw)["exchange_entries"] == 5
    again.database.close()


class _Killed(Exception):
    pass


def _killed(**_facts: Any) -> LedgerStatement:
    raise _Killed


async def test_a_statement_is_handed_over_until_it_is_noted(busy, commission) -> None:
    """While the portal is away the statement waits; the same bytes go once it is back."""
    honest = busy.portal.statement

    async def away(_letter: bytes) -> bytes:
        raise WireError("unavailable", "away")

    busy.portal.statement = away
    await commission.check_ledger()
    assert busy.portal.statements == []
    signed = (await commission.database.read(lambda c: store.statement(c, 5))).signed
    busy.portal.statement = honest
    await commission.check_ledger()
    assert busy.portal.statements == [signed.decode()]


# -- samples ---------------------------------------------------------------------------------------


def move_a_line(accounts: dict[bytes, Account], size: int) -> None:
    """Take a line from one person and give it to another: the sum stays right."""
    if size <= 6:
        return
    hanako, taro = (sum_tree.position(code_of(name)) for name in ("hanako", "taro"))
    accounts[hanako] = Account(b"h" * 32, accounts[hanako].count - 2)
    accounts[taro] = Account(b"t" * 32, accounts[taro].count + 2)


async def test_a_count_that_falls_is_found(busy, commission) -> None:
    """An account seen before that has fewer lines later is found with both signed letters."""
    await commission.check_ledger()
    busy.portal.alter = move_a_line
    busy.exchange("hanako")
    busy.portal.log_root()
    await commission.check_ledger()
    fell = [one for one in await commission.found() if one.kind == "count-fell"]
    assert fell
    assert any("fell from 3 to 2" in one.detail for one in fell)
    assert all(len(one.evidence) == 3 for one in fell)


def lose_an_account(accounts: dict[bytes, Account], size: int) -> None:
    """Drop a person and give her lines to somebody new."""
    if size > 6:
        lost = accounts.pop(sum_tree.position(code_of("hanako")))
        accounts[sum_tree.position(code_of("nobody"))] = lost


async def test_an_account_that_vanishes_is_found(busy, commission) -> None:
    """An account seen before that the ledger no longer has is found."""
    await commission.check_ledger()
    busy.portal.alter = lose_an_account
    busy.exchange("taro")
    busy.portal.log_root()
    await commission.check_ledger()
    details = [one.detail for one in await commission.found() if one.kind == "count-fell"]
    assert any("does not show" in detail for detail in details)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"blind": b"\x01" + bytes(31)}, "commitment"),
        ({"blind": bytes(32)}, "canonical"),
        ({"blind": None}, "no opening"),
        ({"code": code_of("taro-too")}, "does not fit"),
        ({"code": bytes(32)}, "canonical"),
    ],
)
async def test_a_false_opening_is_found(busy, commission, changes, words) -> None:
    """An opening with any one part wrong is found and says which."""
    busy.portal.open = lambda opening: msgspec.structs.replace(opening, **changes)
    await commission.check_ledger()
    failed = [one for one in await commission.found() if one.kind == "opening-failed"]
    assert failed
    assert all(words in one.detail for one in failed)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": 99}, "not in the account"),
        ({"inclusion": [bytes(32)]}, "not in the account"),
        ({"place": UNASSIGNED_PLACE}, "in the ledger|path"),
        ({"place": sum_tree.position(code_of("nobody"))}, "in the ledger|path"),
        ({"path": bytes(3)}, "path"),
    ],
)
async def test_a_false_standing_is_found(busy, commission, changes, words) -> None:
    """A leaf said to stand where it does not is found, with the portal's own words of that."""
    busy.portal.stand = lambda standing: msgspec.structs.replace(standing, **changes)
    await commission.check_ledger()
    failed = [one for one in await commission.found() if one.kind == "opening-failed"]
    assert failed
    assert all(re.search(words, one.detail) for one in failed)


async def test_a_line_that_is_not_filed_is_found(busy, commission) -> None:
    """A portal that gives no opening, or says that it has no such line, is found."""
    busy.portal.open = lambda opening: None
    await commission.check_ledger()
    assert "opening-failed" in await commission.kinds()


async def test_evidence_of_an_opening_holds_no_code(busy, commission) -> None:
    """Neither r nor code_P of any sampled line is in the Commission's files afterwards."""
    busy.portal.stand = lambda standing: msgspec.structs.replace(standing, number=99)
    await commission.check_ledger()
    assert "opening-failed" in await commission.kinds()
    commission.database.close()
    held = stored_bytes(busy.where)
    for one in busy.exchanges:
        for secret in (one.blind, code_of(one.person)):
            for form in (secret, base64.b64encode(secret), secret.hex().encode()):
                assert form not in held
    root = sum_tree.root(busy.portal.tree(5).get).hash
    assert root in held, "the search finds what is there"


async def test_every_leaf_is_drawn_sooner_or_later(busy, commission) -> None:
    """Draws reach every exchange entry, and no entry of another kind."""
    await commission.see()
    await commission.stating.step(50)
    drawn: set[int] = set()
    busy.portal.open = lambda opening: (drawn.add(opening.leaf), opening)[1]
    for _ in range(30):
        await commission.sampler.step(5)
    kinds = [entry[0] for entry in busy.log.entries]
    assert drawn == {at for at, kind in enumerate(kinds) if kind == EXCHANGE}


async def test_lines_hidden_as_unassigned_are_found(busy, commission) -> None:
    """A portal that files good lines as unassigned, and does not report them, is found."""
    busy.portal.unassigned.update(one.leaf for one in busy.exchanges)
    busy.log.cut(5)
    busy.portal.roots.clear()
    busy.portal.log_root()
    await commission.check_ledger()
    failed = [one for one in await commission.found() if one.kind == "opening-failed"]
    assert failed
    assert all("has not reported" in one.detail for one in failed)


def test_exchange_fixture_is_what_it_says(busy) -> None:
    """The honest world's ledger counts exactly the exchanges of its log."""
    assert sum_tree.root(busy.portal.tree(5).get).count == len(PEOPLE)
    assert dataclasses.is_dataclass(busy.exchanges[0])
