"""Kills prove that nothing is written by half; here: that nothing is answered before it is on disk."""

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
from syscalls import STRACE, answers, events, serve_command, traced

from renkei.kit.database import connect
from renkei.kit.party import Party
from renkei.kit.sqlite import open_driver
from renkei.roles.institution.service.ask import Asker, Question
from renkei.roles.institution.store import persons
from renkei.sandbox.desk import Desk
from renkei.wire.fields import Message
from renkei.wire.messages.exchange import Permit, Presentation
from renkei.wire.table import call_for

A, B = "chofu-city", "ichikawa-city"
ROUNDS = 3
SLOW_SYNC_SECONDS = 0.5
ENDED_SECONDS = 15
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


class Asking:
    """What A would send, made by A's own code with A's own keys."""

    def __init__(self, country: MortalCountry) -> None:
        self._country = country
        self.party: Party = country.party(A)
        with connect(country.country.database(A)) as connection:
            person = country.country.manifest.persons["parent"][A]
            self._code = persons.code_of(connection, person, 1)
        self._person = person

    def question(self, number: str) -> Question:
        """The parent's tax, from the former city."""
        return Question(
            case_number=number,
            office="tax",
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
        made = Asker(self.party).prepare(self.question("TRACED"), self._code).request
        assert made is not None
        return made

    def presentation(self, permit: bytes) -> bytes:
        """A permit, as shown to the provider."""
        message = Presentation(**self.party.envelope(B), permit=permit.decode("ascii"))
        return self.party.write(message)

    def line(self, receiver: str) -> OneLine:
        """A's connection to another party."""
        tls = self._country.country.config(A).tls
        return OneLine((tls.certificate, tls.key, tls.authority), self._country.peer(receiver))


def path_of(request: type[Message]) -> str:
    """Where a message is posted."""
    return call_for(request).path


def test_a_permit_leaves_after_its_sync(survivors: MortalCountry, tmp_path: Path) -> None:
    """Each new permit leaves `linkage` after a sync that covers it; the same bytes again need none."""
    from renkei.wire.messages.exchange import PermitRequest

    asking, out = Asking(survivors), tmp_path / "linkage.trace"
    requests = [asking.permit_request() for _ in range(ROUNDS)]
    with under_strace(survivors, "linkage", out), asking.line("linkage") as line:
        said = [line.post(path_of(PermitRequest), one) for one in requests]
        again = [line.post(path_of(PermitRequest), one) for one in requests]
    assert [status for status, _ in said] == [200] * ROUNDS
    assert again == said, "a stored permit is given again byte for byte"
    answered = answers(events(out), line.port)[-2 * ROUNDS :]
    assert len(answered) == 2 * ROUNDS
    for one in answered[:ROUNDS]:
        assert one.written >= 1, "a permit left although nothing was written"
        assert one.synced >= 1, "a permit left before it was on disk"
