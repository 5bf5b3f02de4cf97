"""The judge is no ornament: one fault of the product for each promise, and it is found.

Each test breaks the product on purpose, plays a short day, and expects the promise by name.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allowed import QUESTIONS
from looking import said
from promises import Judge, PromiseBroken
from weathering import Weathering

from renkei.kit.counterparty import Counterparty
from renkei.kit.database import connect
from renkei.law import Decision, judging_exchanges
from renkei.roles.institution.service.asking import ask as asking
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.codes.book import CodeBook
from renkei.roles.institution.service.providing import provide as providing
from renkei.roles.institution.service.providing.answers import Answerer
from renkei.roles.linkage import rules as network_rules
from renkei.roles.linkage.store import permits
from renkei.roles.portal.store import lines
from renkei.values.reveal import Purpose
from renkei.wire.linkage.calls import RECEIPTS
from renkei.wire.linkage.permit import ReceiptsNoted

TAX, SPOUSES_TAX = QUESTIONS[0], QUESTIONS[6]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
A, B = "chofu-city", "ichikawa-city"


@pytest.fixture
def weather() -> Iterator[Weathering]:
    """A country of one test's own."""
    weather = Weathering()
    try:
        yield weather
    finally:
        weather.close()


def day(weather: Weathering, judge: Judge, *, rest: bool = True) -> None:
    """One lawful exchange, one replay of everything, one judgement."""
    weather.ask(TAX, "parent")
    weather.wait(2.0)
    for place in range(len(weather.world.carried)):
        weather.again(place)
    judge.travelled()
    if rest:
        weather.rest()
        judge.ended()


def found(weather: Weathering, promise: str, play: Callable[[Judge], None]) -> None:
    """The judge names this promise."""
    judge = Judge(weather)
    with pytest.raises(PromiseBroken, match=promise):
        play(judge)


def test_nothing_is_found_where_nothing_is_wrong(weather: Weathering) -> None:
    """The same day without a plant passes, so that what the others find is their plant."""
    day(weather, Judge(weather))


def test_a_code_in_a_message(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P1: an inquirer that sends its code as the digest of its case."""
    real = Asker.prepare

    def planted(self: Asker, question: Any, decision: Any, code: Any) -> Any:
        monkeypatch.setattr(asking, "case_digest", lambda *_: code.reveal(Purpose.DERIVE))
        return real(self, question, decision, code)

    monkeypatch.setattr(Asker, "prepare", planted)
    found(weather, "^P1: a code travelled", lambda judge: day(weather, judge, rest=False))


def test_a_number_in_a_message(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P1: a provider that gives a person's individual number as the reason of its answer."""
    ((number,),) = weather.world.rows(
        A,
        "SELECT individual_number FROM person WHERE person = :p",
        p=weather.world.person("parent", A),
    )
    real = Answerer.ruling

    def planted(self: Answerer, key: Any, digest: bytes, verdict: Any) -> Any:
        return real(self, key, digest, type(verdict)(outcome="no-data", reason=f"n-{number}"))

    monkeypatch.setattr(Answerer, "ruling", planted)
    found(weather, "^P1: a number travelled", lambda judge: day(weather, judge, rest=False))


def test_a_code_in_two_databases(weather: Weathering) -> None:
    """P1: a code of one city that also stands in the other's database."""

    def play(judge: Judge) -> None:
        code = min(judge.codes()[A])
        person = weather.world.person("spouse", B)
        with connect(weather.world.country.database(B)) as connection:
            row = "INSERT INTO code (person, epoch, element) VALUES (:person, 9, :code)"
            said(connection, row, person=person, code=code)
        day(weather, judge, rest=False)

    found(weather, "^P1: one code stands at", play)


def test_a_permit_without_basis(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P2: a network that permits the spouse's tax."""
    allowed = Decision(True, "命令第108条第1号ロ", "106", "permitted")
    monkeypatch.setattr(network_rules, "judge", lambda *_, **__: allowed)

    def play(judge: Judge) -> None:
        weather.ask_lawlessly(SPOUSES_TAX, "spouse")
        day(weather, judge)

    found(weather, "^P2: .*without basis", play)


def test_a_suspension_nobody_heeds(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P2: parties whose law forgets about suspensions."""
    well = Decision(True, None, None, "permitted")
    monkeypatch.setattr(judging_exchanges, "network_conditions", lambda *_: well)

    def play(judge: Judge) -> None:
        weather.stand(A, suspended=True)
        weather.publish()
        weather.round()
        day(weather, judge)

    found(weather, "^P2: .*no standing", play)


def test_an_answer_about_somebody_else(
    weather: Weathering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2: a provider that takes the person asked about for another on its file."""
    other = weather.world.person("child", B)
    monkeypatch.setattr(CodeBook, "person_of", lambda *_: other)
    found(weather, "^P2: .*another person", lambda judge: day(weather, judge))


def test_a_network_that_judges_twice(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once and P3: a repeated request that is judged, answered and logged anew."""
    real = permits.add

    def planted(connection: Any, judged: Any) -> bool:
        said(connection, "DELETE FROM permit WHERE tx = :tx", tx=judged.tx)
        return real(connection, judged)

    monkeypatch.setattr(permits, "find", lambda *_: None)
    monkeypatch.setattr(permits, "add", planted)
    found(weather, "^once: linkage answered", lambda judge: day(weather, judge, rest=False))

    def at_rest(judge: Judge) -> None:
        judge.weather.world.carried.clear()
        weather.rest()
        judge.log()

    found(weather, "^P3: .*twice in the log", at_rest)


def test_a_provider_that_answers_in_two_ways(
    weather: Weathering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: the same answer under another signature is another answer to whoever keeps bytes."""
    real, times = providing.kept, iter(range(100))

    def planted(*given: Any, **named: Any) -> bytes:
        raw = real(*given, **named)
        return turned_over(raw) if next(times) % 2 else raw

    monkeypatch.setattr(providing, "kept", planted)

    def play(judge: Judge) -> None:
        weather.blow("lost", "/received", 100, 0.0)
        day(weather, judge, rest=False)

    found(weather, "^once: ichikawa-city answered", play)


def turned_over(raw: bytes) -> bytes:
    """The other signature over the same bytes: (r, n - s)."""
    head, body, tail = raw.split(b".")
    signature = base64.urlsafe_b64decode(tail + b"==")
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    changed = base64.urlsafe_b64encode(signature[:32] + s.to_bytes(32, "big"))
    return b".".join((head, body, changed.rstrip(b"=")))


def test_receipts_that_are_not_sent(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: an outbox that calls noted what it never sent."""

    real = Counterparty.ask

    async def planted(self: Counterparty, call: Any, message: Any) -> Any:
        if call is not RECEIPTS:
            return await real(self, call, message)
        at = {"sender": "linkage", "aud": message.sender, "at": message.at}
        return ReceiptsNoted(**at, count=len(message.receipts), rejected=[])

    monkeypatch.setattr(Counterparty, "ask", planted)
    for city in (A, B):
        weather.restart(city)
    found(weather, "^once: the network has 0 of 2", lambda judge: day(weather, judge))


def test_a_line_the_portal_drops(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: a judged request that reaches nobody's account."""
    real = lines.file

    def planted(connection: Any, seq: int, entries: Any, size: int, now: Any) -> Any:
        kept = [one for one in entries if not isinstance(one, lines.Exchange)]
        return real(connection, seq, kept, size, now)

    monkeypatch.setattr(lines, "file", planted)
    found(weather, "^P3: judged, and in nobody's account", lambda judge: day(weather, judge))


def test_boxes_that_are_kept(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P4: a network that forgets to forget."""
    monkeypatch.setattr(permits, "strip_expired", lambda *_: 0)
    found(weather, "^P4: the network keeps boxes", lambda judge: day(weather, judge))


def test_a_digest_that_links(weather: Weathering, monkeypatch: pytest.MonkeyPatch) -> None:
    """P4: a digest of the case that leaves the transaction out stands with two requests."""
    linking = hashlib.sha256(b"the parent's case").digest()
    monkeypatch.setattr(asking, "case_digest", lambda *_: linking)

    def play(judge: Judge) -> None:
        weather.ask(TAX, "parent")
        day(weather, judge)

    found(weather, "^P4: .*stands with 2 requests", play)
