"""Kills show that nothing is written by half; here: nothing is answered before it is on disk."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mortal import MortalCountry
from one_line import OneLine
from own_case import SAME
from syscalls import STRACE, Answered, answers, events, serve_command, traced

from renkei.clients.desk import desk_party
from renkei.kit.database import connect
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store import codes
from renkei.sandbox.blueprint import desk_dns
from renkei.sandbox.country import Country, quiet_keys
from renkei.sandbox.desk import desk_config
from renkei.wire.errors import WireError
from renkei.wire.institution.desk import DeskAsk, DeskOpen
from renkei.wire.institution.messages import Answer, Presentation
from renkei.wire.linkage.permit import Permit, PermitRequest
from renkei.wire.table import call_for

A, B = "chofu-city", "ichikawa-city"
OPENED = "OPENED-1"
ROUNDS = 3
SEQUENCED_SECONDS = 0.4
"""After a permit the sequencer writes, too; then nobody does until the next permit."""
HELD_SECONDS = 1.0
ENDED_SECONDS = 15
SYNCS = pytest.mark.sqlite_only("the process syncs by itself; a server's syncs are its own")
pytestmark = pytest.mark.strace


@pytest.fixture(scope="module", autouse=True)
def _strace_works() -> None:
    """A machine that has strace but lets it trace nothing cannot run these tests."""
    if subprocess.run([STRACE, "-o", os.devnull, "true"], check=False).returncode:
        assert not os.environ.get("CI"), "in CI strace must work"
        pytest.skip("strace is there, but may not trace here")


@contextmanager
def under_strace(country: MortalCountry, party: str, out: Path, *more: str) -> Iterator[None]:
    """One process of a running country, replaced by one under strace for the length of a block."""
    country.kill(party)
    command = serve_command(country.country.config(party).role, country.country.config_path(party))
    process = traced(command, out, *more)
    assert process.stderr is not None
    try:
        assert any(b" listens on " in line for line in process.stderr), f"{party} did not start"
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(ENDED_SECONDS)
        process.stderr.close()
        until = time.monotonic() + ENDED_SECONDS
        while "killed by SIGKILL" not in out.read_text(errors="replace")[-400:]:
            assert time.monotonic() < until, "strace did not end"
            time.sleep(0.05)
        country.restart(party)


def writing_desk(country: Country, institution: str) -> Party:
    """A desk with its own key, to write its messages."""
    config = desk_config(country, institution)
    return desk_party(config, quiet_keys(config.keys))


class Asking:
    """What A would send, made by A's own code with A's own keys."""

    def __init__(self, country: MortalCountry) -> None:
        self._country = country
        self.party: Party = country.party(A)
        with connect(country.country.database(A)) as connection:
            person = country.country.manifest.persons["parent"][A]
            row = codes.row_of(connection, person, 1)
        assert row is not None
        self._code = row.code
        self._person = person

    def question(self, number: str) -> Question:
        """The parent's tax, from the former city."""
        return Question(
            case_number=number,
            office="child-support",
            officer="officer-1",
            affair="106",
            sub_affair="108-1",
            items=("municipal-tax",),
            subject="claimant",
            person=self._person,
            provider=B,
        )

    def permit_request(self) -> bytes:
        """A new request, signed."""
        made = Asker(self.party).ask(self.question("TRACED"), self._code).request
        assert made is not None
        return made

    def presentation(self, permit: bytes) -> bytes:
        """A permit, as shown to the provider."""
        message = Presentation(**self.party.envelope(B), permit=permit.decode("ascii"))
        return self.party.write(message)

    def opening(self) -> bytes:
        """A desk's word that the case is opened which the orders belong to."""
        desk, one = writing_desk(self._country.country, A), self.question(OPENED)
        facts = {name: getattr(one, name) for name in SAME}
        return desk.write(DeskOpen(**desk.envelope(A), case_number=OPENED, **facts))

    def order(self, number: str) -> bytes:
        """A desk's order for the same, signed by the desk."""
        desk = writing_desk(self._country.country, A)
        one = self.question(number)
        facts = {name: getattr(one, name) for name in Question.__slots__ if name != "procedure"}
        facts["in_case"] = OPENED
        return desk.write(DeskAsk(**desk.envelope(A), **(facts | {"items": [*one.items]})))

    def desk_line(self) -> OneLine:
        """The desk's connection to its city."""
        country = self._country.country
        home, name = country.home(A) / "desk" / "tls", desk_dns(f"{A}-desk")
        authority = country.folder / "authority" / "ca.crt"
        return OneLine(
            (home / f"{name}.crt", home / f"{name}.key", authority), self._country.peer(A)
        )

    def line(self, receiver: str) -> OneLine:
        """A's connection to another party."""
        tls = self._country.country.config(A).tls
        return OneLine((tls.certificate, tls.key, tls.authority), self._country.peer(receiver))


@contextmanager
def away(country: MortalCountry, *parties: str) -> Iterator[None]:
    """Parties that are not there for the length of a block, so that only one writes meanwhile."""
    for party in parties:
        country.kill(party)
    yield
    for party in parties:
        country.begin(party)
    for party in parties:
        assert country.await_ready(party)


def last_answers(out: Path, line: OneLine, count: int) -> list[Answered]:
    """What was seen of the last answers of a connection."""
    seen = answers(events(out), line.port)[-count:]
    assert len(seen) == count, "the trace does not show every answer"
    return seen


def assert_on_disk_first(seen: list[Answered]) -> None:
    """Each answer left after the write-ahead log was written to and then synced.

    Where the process wrote something else meanwhile, the others have to prove it.
    """
    for one in seen:
        assert one.written >= 1, "an answer left although nothing was written"
        synced = one.synced >= 1 or one.synced_before_more
        assert synced, "an answer left before what it says was on disk"
    assert any(one.synced for one in seen), "no answer was seen without writes of somebody else"


@SYNCS
def test_a_permit_leaves_after_its_sync(survivors: MortalCountry, tmp_path: Path) -> None:
    """A new permit leaves `linkage` after a sync that covers it; a repetition needs no other."""
    asking, out = Asking(survivors), tmp_path / "linkage.trace"
    path, requests = call_for(PermitRequest).path, [asking.permit_request() for _ in range(ROUNDS)]
    with (
        away(survivors, "portal", "oversight"),
        under_strace(survivors, "linkage", out),
        asking.line("linkage") as line,
    ):
        said = []
        for one in requests:
            time.sleep(SEQUENCED_SECONDS)
            said.append(line.post(path, one))
        time.sleep(SEQUENCED_SECONDS)
        again = [line.post(path, one) for one in requests]
    assert [status for status, _ in said] == [200] * ROUNDS
    assert again == said, "a stored permit is given again byte for byte"
    seen = last_answers(out, line, 2 * ROUNDS)
    assert_on_disk_first(seen[:ROUNDS])
    assert [one.written for one in seen[ROUNDS:]] == [0] * ROUNDS, "a repetition was written again"


@SYNCS
def test_an_answer_leaves_the_provider_after_its_sync(
    survivors: MortalCountry, tmp_path: Path
) -> None:
    """What a provider answers leaves after a sync of record, answer and receipt."""
    asking, out = Asking(survivors), tmp_path / "provider.trace"
    permits = []
    with asking.line("linkage") as line:
        for _ in range(ROUNDS):
            status, permit = line.post(call_for(PermitRequest).path, asking.permit_request())
            assert status == 200
            permits.append(permit)
    with (
        away(survivors, "linkage", "oversight"),
        under_strace(survivors, B, out),
        asking.line(B) as line,
    ):
        said = [line.post(call_for(Presentation).path, asking.presentation(p)) for p in permits]
    assert [status for status, _ in said] == [200] * ROUNDS
    answers_read = [asking.party.read(raw, (Answer,), peer=B).message for _, raw in said]
    assert {one.outcome for one in answers_read} == {"provided"}
    assert_on_disk_first(last_answers(out, line, ROUNDS))


@SYNCS
def test_an_order_is_confirmed_after_its_sync(survivors: MortalCountry, tmp_path: Path) -> None:
    """A desk hears that its order is taken after a sync of the case and every request."""
    asking, out = Asking(survivors), tmp_path / "requester.trace"
    with (
        away(survivors, "linkage", "oversight"),
        under_strace(survivors, A, out),
        asking.desk_line() as line,
    ):
        assert line.post(call_for(DeskOpen).path, asking.opening())[0] == 200
        orders = [asking.order(f"TRACED-{number}") for number in range(ROUNDS)]
        said = [line.post(call_for(DeskAsk).path, one) for one in orders]
    assert [status for status, _ in said] == [200] * ROUNDS
    assert_on_disk_first(last_answers(out, line, ROUNDS))
    taken = survivors.rows(A, "SELECT count(*) FROM desk_case WHERE case_number LIKE 'TRACED-%'")
    assert taken == [(ROUNDS,)]


@SYNCS
def test_no_permit_leaves_where_no_sync_succeeds(survivors: MortalCountry, tmp_path: Path) -> None:
    """Where syncs fail `linkage` gives no permit; once they work the same bytes get one."""
    asking, out = Asking(survivors), tmp_path / "failing.trace"
    path, request = call_for(PermitRequest).path, asking.permit_request()
    failing = ("-e", "inject=fdatasync,fsync:error=EIO")
    with under_strace(survivors, "linkage", out, *failing), asking.line("linkage") as line:
        status, said = line.post(path, request)
    assert status >= 500
    with pytest.raises(WireError):
        asking.party.read(said, (Permit,), peer="linkage")
    with asking.line("linkage") as line:
        status, said = line.post(path, request)
    assert status == 200
    assert asking.party.read(said, (Permit,), peer="linkage").message.requester == A


def test_no_permit_leaves_while_nothing_can_be_written(survivors: MortalCountry) -> None:
    """While somebody else holds the database, `linkage` says nothing; then the permit comes."""
    asking = Asking(survivors)
    with asking.line("linkage") as line:
        with connect(survivors.country.database("linkage")):
            line.send(call_for(PermitRequest).path, asking.permit_request())
            assert line.silent(HELD_SECONDS), "an answer left although nothing was written"
        status, said = line.answer()
    assert status == 200
    assert asking.party.read(said, (Permit,), peer="linkage").message.requester == A
