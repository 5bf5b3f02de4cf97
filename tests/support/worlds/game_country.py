"""One round of the game: a country with a history, a short story in it, and one liar (一局).

The country is built once in a run, tells one exchange, and has its ledger stated and its people's
files taken home. Each round is a copy of it, told the same story, with a lie of its own in it.
"""

import contextlib
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from allowed import QUESTIONS
from altering import Pool
from built_once import once
from game_bus import LyingWorld
from inprocess import Died
from lies import Liar, Lie, LieTeller
from own_pen import seen_in
from stormy import CENTRE, StormyWorld
from weathering import CITIES, KEPT_SECONDS, NODES, PERMIT_SECONDS, Weathering, template

from renkei.kit.http_client import PeerError
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryFile, read_file, write_file

A, B = CITIES
TAX, RESIDENT, _, LOCAL_TAX, WITHHELD, _, SPOUSES_TAX = QUESTIONS[:7]
TAGS = ("parent", "spouse", "child", "protected")
READER = "parent"
"""Who signs in at the portal; the files of the others are looked at all the same."""
BOOKS = (
    *(("linkage", "sequencer"), (A, "receipts"), (B, "receipts"), ("linkage", "sequencer")),
    *(("oversight", "witness"), ("oversight", "count"), ("portal", "comparisons")),
    *(("portal", "feed"), ("portal", "ledger"), ("linkage", "sequencer")),
    *(("oversight", "witness"), ("oversight", "count"), ("oversight", "gather")),
    *(("oversight", "collect"), ("oversight", "locate"), ("oversight", "compare")),
    *(("oversight", "ledger"), ("portal", "feed")),
)
"""What goes on by itself, in the order in which one thing leads to the next."""
LOOKS = (("oversight", "sample"), ("oversight", "reread"), ("oversight", "guesses"))
A_DAY = timedelta(hours=25)
"""After the history: codes are sampled once a day."""
UNREADABLE = "it is no file"
"""How the words begin that stand in place of a file that nobody can read."""
SETTLED_SECONDS, OTHER_SIDE_SECONDS = 31.0, 61.0


class Known(msgspec.Struct, frozen=True):
    """Where the country of the game lies, when it goes on, and the files taken home before."""

    folder: Path
    ends_at: datetime
    files: dict[str, HistoryFile]


@dataclass
class GameRound(Weathering):
    """A country of one round; nobody lies until `play` is given a lie."""

    kind: ClassVar[type[StormyWorld]] = LyingWorld
    number: ClassVar[int] = 2
    tells: ClassVar[type[LieTeller]] = LieTeller
    blind: ClassVar[frozenset[str]] = frozenset()
    """Background work that never happens: what is not looked at, nobody sees."""
    cases: int = 10
    """The history has its own."""
    liar: Liar | None = None
    files: dict[str, HistoryFile | str] = field(default_factory=dict)
    """What everybody got at the end: the file, or the error in its place."""
    reader: bytes | None = None
    """Under which code the one who signed in was shown a file."""

    @staticmethod
    def begun_from() -> tuple[Path, datetime]:
        """The country with a history."""
        return known().folder, known().ends_at

    @property
    def bus(self) -> LyingWorld:
        """The world, as what it is."""
        assert isinstance(self.world, LyingWorld)
        return self.world

    # -- the story -------------------------------------------------------------------------------

    def play(self, lie: Lie | None, pool: Pool) -> None:
        """Tell the whole story, with a lie in it."""
        if lie is not None:
            self.liar = Liar(lie, self.world.party(lie.party), pool, self.tells)
            self.bus.teller = self.liar
        for number, step in enumerate(self.steps()):
            if self.liar is not None:
                place = self.world.country.database(self.liar.party).path
                if self.liar.before(number, place):
                    self._start_again(self.liar)
            with contextlib.suppress(Died):
                step()

    def steps(self) -> tuple[Any, ...]:
        """The story, step by step."""
        return (
            lambda: self._asks(TAX, "parent"),
            lambda: self._asks(RESIDENT, "parent"),
            lambda: self._asks(TAX, "spouse"),
            lambda: self.ask_lawlessly(SPOUSES_TAX, "spouse"),
            lambda: self._asks(LOCAL_TAX, "child"),
            lambda: self._asks(WITHHELD, "child"),
            lambda: self._asks(TAX, "protected"),
            lambda: self.decide(B, "provide"),
            self._published,
            self._heard,
            lambda: self.books(SETTLED_SECONDS),
            lambda: self.books(OTHER_SIDE_SECONDS, looking=True),
            self._ended,
            lambda: self.books(OTHER_SIDE_SECONDS, looking=True),
            self._fetched,
        )

    def _asks(self, question: Any, tag: str) -> None:
        """A desk asks, and what follows at once follows."""
        with contextlib.suppress(WireError, PeerError):
            self.ask(question, tag)
        self.wait(1.5)

    def _published(self) -> None:
        """The operators publish a directory; one whose own book is spoilt cannot."""
        try:
            self.publish()
        except Exception:
            if not self.bus.lies("linkage"):
                raise

    def _heard(self) -> None:
        """Everybody fetches the newest directory; codes are sampled, numbers filled."""
        self.wait(40.0)
        for name in NODES:
            self.do(self.world.work(name, "directory"))
        for name in CITIES:
            self.do(self.world.work(name, "code-sample"))
        self.do(self.world.work("individual-number", "fills"))
        self.do(self.world.work("portal", "set"))

    def books(self, seconds: float, *, looking: bool = False) -> None:
        """What goes on by itself: records, log, ledger, comparing; then the looking round."""
        self.wait(seconds)
        for name, task in (*BOOKS, *(LOOKS if looking else ())):
            if task not in self.blind:
                self.do(self.world.work(name, task))

    def _ended(self) -> None:
        """Whatever still waits for a liar comes to its end."""
        if not self.still_open():
            return
        for seconds in (PERMIT_SECONDS, KEPT_SECONDS):
            self.world.clock.advance(seconds)  # type: ignore[attr-defined]
            self.wait(OTHER_SIDE_SECONDS)
            for city in CITIES:
                self.do(self.world.work(city, "sweep"))
        self.books(OTHER_SIDE_SECONDS)

    def still_open(self) -> list[Any]:
        """Requests of either city that have not ended."""
        query = "SELECT tx FROM asked WHERE state <> 'closed'"
        return [row for city in CITIES for row in self.world.rows(city, query)]

    def _fetched(self) -> None:
        """The people's part: one signs in, everybody's file is taken home."""
        services = self.world.nodes["portal"].running.services
        with contextlib.suppress(WireError, PeerError):
            self.reader = self.waits_for(services["codes"].of_persona(READER))
        for tag in TAGS:
            code = template().accounts[tag]
            try:
                file = self.waits_for(services["download"].file(code))
            except Exception as error:
                self.files[tag] = repr(error)
                continue
            told = self.liar.file(file) if self.liar is not None else file
            try:
                self.files[tag] = read_file(write_file(told))
            except WireError as error:
                self.files[tag] = f"{UNREADABLE}: {error.detail}"

    def _start_again(self, liar: Liar) -> None:
        """The liar's process starts on its changed rows; one that cannot stays away."""
        with contextlib.suppress(Exception):
            self.restart(liar.party)
        if liar.party in self.world.nodes:
            liar.started(self.world.party(liar.party))


class _Telling:
    """Tells what comes before every round, and leaves the country and the files behind."""

    def __init__(self, folder: Path) -> None:
        before = Weathering()
        try:
            before.ask(TAX, "parent")
            before.ask(RESIDENT, "parent")
            before.wait(2.0)
            for _ in range(2):
                before.round()
                before.wait(SETTLED_SECONDS)
            for name in (*CENTRE, *CENTRE):
                before.round(name)
            for name in CITIES:  # the first sample is due a day later
                before.do(before.world.work(name, "code-sample"))
            service = before.world.nodes["portal"].running.services["download"]
            for tag in TAGS:
                file = before.waits_for(service.file(template().accounts[tag]))
                assert file.statement is not None
                (folder / f"{tag}.json").write_bytes(write_file(file))
            assert not before.world.failed
            ends_at = before.world.clock.now() + A_DAY
            before.do(before.world.close())
            shutil.copytree(before.folder / "country", folder / "country")
            (folder / "ends_at.json").write_bytes(msgspec.json.encode(ends_at))
        finally:
            before.close()


@cache
def known() -> Known:
    """The one country of the game of this test run."""
    folder = once("told-country", _Telling)
    files = {tag: read_file((folder / f"{tag}.json").read_bytes()) for tag in TAGS}
    ends_at = msgspec.json.decode((folder / "ends_at.json").read_bytes(), type=datetime)
    return Known(folder / "country", ends_at, files)


def heard_in(played: GameRound) -> Pool:
    """Every value that was said in a round."""
    pool = Pool()
    for one in played.bus.carried:
        for raw in (one.letter, one.answer or b""):
            seen_in(raw, pool)
    return pool
