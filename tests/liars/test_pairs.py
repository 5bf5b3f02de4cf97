"""Two that lie together: what they can do, and who catches it; each row of docs/security.md shown.

Where nobody catches it the test says so too: the day somebody does, it fails, and the docs change.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from game_books import EXCHANGE, Books, key_of
from game_country import TAX, GameRound, known
from own_pen import message_of
from weathering import OFFICE, USE_ROWS, template

from renkei.crypto import codes
from renkei.roles.institution.service.asking.ask import seed_of
from renkei.sandbox.country import ANCHORS
from renkei.wire.comparing import verify_all
from renkei.wire.history import Anchors, HistoryFile
from renkei.wire.institution.desk_codes import DeskAcquire
from renkei.wire.linkage.permit import PermitRequest

pytestmark = pytest.mark.sqlite_only("a liar changes the rows of files; the lies are the same")
A, B = "chofu-city", "ichikawa-city"


@pytest.fixture
def played() -> Iterator[GameRound]:
    """A country in which nobody lies yet."""
    country = GameRound()
    try:
        yield country
    finally:
        country.close()


def rows(played: GameRound, party: str, statement: str, *values: Any) -> int:
    """Somebody with the database in hand changes rows of it; gives how many."""
    path = played.world.country.database(party).path
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        return connection.execute(statement, values).rowcount


def ends(played: GameRound) -> None:
    """Everything that goes on by itself, long enough for whatever is found to be found."""
    for step in played.steps()[10:]:
        step()


def found(played: GameRound) -> list[tuple[str, list[str]]]:
    """The Commission's findings: kind and parties."""
    finding = Books(played.world.country.folder).of("oversight", "finding")
    return [(row["kind"], json.loads(row["possible"])) for row in finding]


def lines_of(played: GameRound, tag: str) -> list[str]:
    """Transactions in the file that somebody takes home, which must verify."""
    file = played.files[tag]
    assert isinstance(file, HistoryFile)
    anchors = (played.world.country.folder / ANCHORS).read_bytes()
    report = verify_all([known().files[tag], file], msgspec.json.decode(anchors, type=Anchors))
    assert report.witnessed, [one for one in report.checks if one.holds is False]
    return [json.loads(line.record)["tx"] for line in file.lines]


def newest(played: GameRound, city: str = A) -> str:
    """The transaction of a city's newest request."""
    books = Books(played.world.country.folder)
    return str(max(books.of(city, "asked"), key=lambda row: row["asked_at"])["tx"])


class OtherPoint:
    """The network's keys, and what it makes of one request's point for the portal: somebody else's.

    It needs r, which the requester tells it.
    """

    def __init__(self, keys: Any, blind: Callable[[], bytes], code: bytes) -> None:
        self._keys, self._blind, self._code = keys, blind, code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    def scalar(self, name: str) -> Any:
        """A scalar; the requester's is a liar's."""
        handle = self._keys.scalar(name)
        return _Asking(handle, self) if name.startswith(f"scalar-{A}-") else handle

    def portal_point(self) -> bytes:
        """r times the portal's code of somebody else."""
        return codes.blind(self._blind(), self._code)


class _Asking:
    """The requester's scalar, towards that of the portal."""

    def __init__(self, handle: Any, keys: OtherPoint) -> None:
        self._handle, self._keys = handle, keys

    def ratio_multiply(self, other: Any, element: bytes) -> bytes:
        """As asked, but for the portal."""
        point = template().accounts["parent"]
        if other.multiply(point) == self._keys.scalar("scalar-portal-1").multiply(point):
            return self._keys.portal_point()
        converted: bytes = self._handle.ratio_multiply(other, element)
        return converted


def test_requester_and_network_can_show_a_request_to_somebody_else(played: GameRound) -> None:
    """Not caught: the parent's tax was given, the line stands with the child, all proofs hold.

    With r the network can make the portal's point of any code; the portal and the Commission can
    check only that the line fits the code it stands under.
    """
    blinds: list[bytes] = []
    party = played.world.party(A)

    def told(sender: str, _receiver: str, path: str, body: bytes) -> None:
        if (sender, path) == (A, "/permit"):
            request = message_of(body)
            assert isinstance(request, PermitRequest)
            blinds.append(codes.derive_blind(seed_of(party, request.tx), A, request.tx))

    played.world.intercepts.append(told)
    network = played.world.nodes["linkage"].party
    child = template().accounts["child"]
    network.keys = OtherPoint(network.keys, lambda: blinds[-1], child)
    played.ask(TAX, "parent")
    played.wait(2.0)
    tx = newest(played)
    ends(played)
    assert found(played) == []
    assert tx not in lines_of(played, "parent")
    assert tx in lines_of(played, "child"), "somebody reads it: not whom it was about"


def test_requester_and_provider_cannot_forget_together(played: GameRound) -> None:
    """Caught: both delete the record, and the log still has it; each is named."""
    played.ask(TAX, "parent")
    played.wait(2.0)
    tx = newest(played)
    played.books(31.0)
    assert rows(played, A, "DELETE FROM asked WHERE tx = ?", tx) == 1
    assert rows(played, B, "DELETE FROM provided WHERE tx = ?", tx) == 1
    ends(played)
    vanished = [parties for kind, parties in found(played) if kind == "record-vanished"]
    assert sorted(vanished) == [[A], [B]]
    assert tx in lines_of(played, "parent")


def test_network_and_commission_can_leave_a_request_out(
    played: GameRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not caught: promised, provided, in no log, and nobody compares the promise."""
    played.ask(TAX, "parent")
    played.wait(2.0)
    tx = newest(played)
    assert rows(played, "linkage", "DELETE FROM leaf WHERE kind = 1 AND position IS NULL") == 1
    monkeypatch.setattr(GameRound, "blind", frozenset({"locate", "reread"}))
    ends(played)
    assert found(played) == []
    books = Books(played.world.country.folder)
    assert [row["outcome"] for row in books.of(A, "asked") if row["tx"] == tx] == ["provided"]
    assert (A, tx) not in {key_of(one) for one in books.logged(EXCHANGE)}
    assert tx not in lines_of(played, "parent")


def test_institution_and_j_lis_can_compare_unseen(played: GameRound) -> None:
    """Not caught: a code was acquired, J-LIS tells nobody, the person reads of no comparison."""
    played.ask(TAX, "spouse")
    played.wait(2.0)
    told = "DELETE FROM notice WHERE institution = ? AND told < count"
    assert rows(played, "individual-number", told, B)
    ends(played)
    code = template().accounts["spouse"]
    seen = Books(played.world.country.folder).of("portal", "comparison")
    assert [one for one in seen if one["code"] == code and B.encode() in one["names"]] == []
    assert found(played) == []


def test_j_lis_alone_can_have_a_line_stand_with_somebody_else(played: GameRound) -> None:
    """Not caught: codes are issued from the child's seed to who asks for the spouse's."""
    register = Books(played.world.country.folder).of("individual-number", "resident")
    seeds = {row["persona"]: row["link_seed"] for row in register}
    exchange = "UPDATE resident SET link_seed = ? WHERE persona = ?"
    for city in (A, B):
        rows(played, city, "DELETE FROM code")
    for persona, other in (("spouse", "child"), ("child", "spouse")):
        rows(played, "individual-number", exchange, seeds[other], persona)
    acquire = {"affair": USE_ROWS[A], "office": OFFICE, "officer": "officer-1"}
    spouse = played.world.person("spouse", A)
    played.do(played.world.desk(A, DeskAcquire, persons=[spouse], **acquire))
    assert played.ask(TAX, "spouse")
    played.wait(2.0)
    tx = newest(played)
    for persona in ("spouse", "child"):  # whoever signs in is shown their own account
        rows(played, "individual-number", exchange, seeds[persona], persona)
    ends(played)
    assert found(played) == []
    assert tx not in lines_of(played, "spouse")
    assert tx in lines_of(played, "child")
