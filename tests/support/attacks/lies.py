"""A lie drawn from a seed, and how it is told: by one party, of any of its words or rows (嘘).

Which message or row, which thing in it and what stands there instead are drawn; only the manners of
lying are written down here.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from altering import Alter, NothingToAlter, Pool
from game_bus import Spoken
from own_pen import Pen, differing, message_of, seen_in
from row_lies import Clerk

from renkei.crypto.checkpoint import Checkpoint, parse_checkpoint_text, sign_checkpoint
from renkei.crypto.errors import CryptoError
from renkei.crypto.jws import digest_of
from renkei.crypto.merkle import TreeHead
from renkei.crypto.note import Note, NoteKey, parse_note
from renkei.kit.http_client import Answer
from renkei.kit.party import Party
from renkei.roles.linkage.service.sequencer import CHECKPOINT_KEY
from renkei.wire.errors import ERRORS, WireError
from renkei.wire.history import HistoryFile
from renkei.wire.problem import ProblemReport

LIARS = {
    "network": "linkage",
    "portal": "portal",
    "Commission": "oversight",
    "J-LIS": "individual-number",
    "asking institution": "chofu-city",
    "providing institution": "ichikawa-city",
}
"""Who lies, by role; either institution asks and provides, the first asks more."""
ROW_CHANCE = 0.3
FILE_CHANCE = 0.12
"""How often a portal lies in the file that it hands to a person."""
EVER_CHANCE = 0.25
"""How often a lie goes on for as long as the story does."""
AT_ONCE = (1, 1, 1, 2, 3)
"""How many lies a liar tells in a round."""
ASKING = ("change",) * 9 + ("scrawl", "drop", "drop", "replay", "repeat", "double")
ANSWERING = ("change",) * 10 + ("scrawl", "drop", "replay", "repeat", "refuse")
SHOWING = ("change",) * 4 + ("drop", "replay")


@dataclass(frozen=True)
class Lie:
    """Who lies about what, and in which manner; all that is left to draw follows from the seed.

    `change`: one thing is changed and signed again; `scrawl`: under the old signature; `replay`:
    the bytes of an earlier one; `repeat`: an earlier one signed anew; `refuse`: an error instead.
    """

    seed: str
    role: str
    kind: str
    """`asks`, `answers`, `shows`, `row` or `file`."""
    path: str = ""
    nth: int = 1
    does: str = "change"
    ever: bool = False
    step: int = 0
    """Before which step of the story a row is changed."""
    restart: bool = False
    """Whether its process starts again on the changed rows."""
    also: tuple["Lie", ...] = ()
    """What else the same liar does in the same round."""

    @property
    def party(self) -> str:
        """The liar's name in the directory."""
        return LIARS[self.role]

    def __str__(self) -> str:
        return f"{self.role}: {'; '.join(one.words for one in (self, *self.also))}"

    @property
    def words(self) -> str:
        """This lie alone."""
        if self.kind == "row":
            again = ", started again" if self.restart else ""
            return f"a row before step {self.step}{again}"
        often = "ever after" if self.ever else "once"
        return f"{self.kind} {self.path} no. {self.nth}: {self.does}, {often}"


def drawn(seed: str, spoken: dict[str, Counter[Spoken]], steps: int) -> Lie:
    """The lies of a seed, of one liar; `spoken` is what each party says when nobody lies."""
    draw = random.Random(f"lie {seed}")
    role, count = draw.choice(list(LIARS)), draw.choice(AT_ONCE)
    first, *others = (_one(f"{seed}/{at}", role, spoken, steps) for at in range(count))
    return replace(first, seed=seed, also=tuple(others))


def _one(seed: str, role: str, spoken: dict[str, Counter[Spoken]], steps: int) -> Lie:
    draw, party = random.Random(f"lie {seed}"), LIARS[role]
    if role == "portal" and draw.random() < FILE_CHANCE:
        return Lie(seed, role, "file")
    if draw.random() < ROW_CHANCE:
        step, restart = draw.randrange(1, steps), draw.random() < 0.5
        return Lie(seed, role, "row", step=step, restart=restart)
    said = spoken[party]
    kind, path = draw.choice(sorted(said))
    does = draw.choice({"asks": ASKING, "answers": ANSWERING, "shows": SHOWING}[kind])
    count, ever = said[kind, path], draw.random() < EVER_CHANCE
    if does in ("replay", "repeat") and count == 1:
        does = "change"
    first = 2 if does in ("replay", "repeat") else 1
    return Lie(seed, role, kind, path, nth=draw.randint(first, count), does=does, ever=ever)


@dataclass
class LieTeller:
    """Tells one lie; `told` says what was really done."""

    lie: Lie
    world_party: Party
    pool: Pool
    told: list[str] = field(default_factory=list)
    _count: int = 0
    _earlier: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = random.Random(f"telling {self.lie.seed}")

    def _turn(self, kind: str, path: str) -> bool:
        """Whether this is what the lie is about."""
        if (kind, path) != (self.lie.kind, self.lie.path):
            return False
        self._count += 1
        return self._count == self.lie.nth or (self.lie.ever and self._count > self.lie.nth)

    def _pen(self) -> Pen:
        return Pen(self.world_party, self._draw, self.pool)

    # -- messages --------------------------------------------------------------------------------

    def asks(self, path: str, body: bytes) -> list[bytes]:
        """A message of its own: changed, kept back, sent twice, an earlier one."""
        turn, earlier = self._turn("asks", path), list(self._earlier)
        if (self.lie.kind, self.lie.path) == ("asks", path):
            self._earlier.append(body)
        if not turn:
            return [body]
        if self.lie.does == "double":
            self._note("sent twice")
            return [body, body]
        said = self._said(body, earlier)
        return [] if said is None else [said]

    def answers(self, path: str, asked: bytes, answer: Answer) -> Answer | None:
        """An answer of its own: changed, kept back, an earlier one, an error."""
        turn, earlier = self._turn("answers", path), list(self._earlier)
        if (self.lie.kind, self.lie.path) == ("answers", path):
            self._earlier.append(answer.body)
        if not turn:
            return answer
        if self.lie.does == "refuse":
            return self._refusal(asked)
        said = self._said(answer.body, earlier)
        return None if said is None else Answer(answer.status, said)

    def shows(self, path: str, body: bytes) -> bytes | None:
        """A public file of its own: changed, kept back, an earlier one."""
        turn, earlier = self._turn("shows", path), list(self._earlier)
        if (self.lie.kind, self.lie.path) == ("shows", path):
            self._earlier.append(body)
        if not turn:
            return body
        if self.lie.does == "change":
            return self._other_file(path, body)
        return self._said(body, earlier)

    def file(self, file: HistoryFile) -> HistoryFile:
        """The file a person takes away, with one thing in it changed."""
        if self.lie.kind != "file":
            return file
        try:
            changed: HistoryFile = Alter(self._draw, self.pool).struct(file)
        except NothingToAlter:
            return file
        self._note(" ".join(differing(file, changed)))
        return changed

    def _said(self, body: bytes, earlier: list[bytes]) -> bytes | None:
        """What is said in place of a message; None: nothing."""
        does = self.lie.does
        try:
            if does == "drop":
                self._note("kept back")
                return None
            if does in ("replay", "repeat"):
                others = [one for one in earlier if one != body]
                if not others:
                    return body
                other = self._draw.choice(others)
                said = other if does == "replay" else self._pen().anew(other, body)
                self._note("an earlier one" + ("" if does == "replay" else ", signed anew"))
                return said
            said, where = self._pen().changed(body, signed=does == "change")
        except (NothingToAlter, WireError):
            return body
        self._note(where)
        return said

    def _refusal(self, asked: bytes) -> Answer:
        """An error of the closed list, signed, in place of an answer."""
        code = self._draw.choice(sorted(ERRORS))
        report = ProblemReport(
            **self.world_party.envelope(message_of(asked).sender),
            code=code,
            detail="a lie",
            article=None,
            request_digest=digest_of(asked),
            retry_after_seconds=None,
        )
        self._note(f"refused: {code}")
        return Answer(ERRORS[code].status, self._pen().write(report))

    def _other_file(self, path: str, body: bytes) -> bytes:
        """A public file of the log with one thing changed; a note is signed again."""
        alter = Alter(self._draw, self.pool)
        if path in ("tile", "entries"):
            self._note("one hash or entry changed")
            return alter.bytes(body)
        try:
            note = parse_note(body)
            head = parse_checkpoint_text(note.text).head
            keys = self.world_party.keys
            key = NoteKey(note.text.split("\n")[0], keys.public(CHECKPOINT_KEY))
            size = head.size + self._draw.choice((-1, 0, 0, 1))
            root = head.root if size != head.size else alter.bytes(head.root)
            signed = sign_checkpoint(
                Checkpoint(key.name, TreeHead(size, root)),
                key,
                lambda data: keys.sign_note(CHECKPOINT_KEY, data),
            )
        except CryptoError:
            return body
        others = tuple(one for one in note.signatures if one.key_id != key.key_id)
        self._note(f"size {head.size} -> {size}, root {'kept' if root == head.root else 'other'}")
        return bytes(Note(signed.text, (*signed.signatures, *others)))

    def _note(self, text: str) -> None:
        if len(self.told) < 4:
            self.told.append(text)

    # -- rows ------------------------------------------------------------------------------------

    def row(self, place: Any) -> None:
        """Change one row of its own database."""
        try:
            self.told.append(Clerk(place, self._draw).lie())
        except NothingToAlter:
            return


class Liar:
    """One party with all its lies of a round; what it says goes through each of them."""

    def __init__(
        self, lie: Lie, party: Party, pool: Pool, tells: type[LieTeller] = LieTeller
    ) -> None:
        self.party = lie.party
        self._pool = Pool(pool)
        self._tellers = [tells(one, party, self._pool) for one in (lie, *lie.also)]

    @property
    def told(self) -> list[str]:
        """What was really done."""
        return [text for one in self._tellers for text in one.told]

    def sees(self, raw: bytes) -> None:
        """A message that came to the liar or left it."""
        seen_in(raw, self._pool)

    def asks(self, path: str, body: bytes) -> list[bytes]:
        """What is sent in place of a message."""
        sent = [body]
        for one in self._tellers:
            sent = [told for each in sent for told in one.asks(path, each)]
        return sent

    def answers(self, path: str, asked: bytes, answer: Answer) -> Answer | None:
        """What is answered in place of an answer."""
        said: Answer | None = answer
        for one in self._tellers:
            said = one.answers(path, asked, said) if said is not None else None
        return said

    def shows(self, path: str, body: bytes) -> bytes | None:
        """What is shown in place of a public file."""
        shown: bytes | None = body
        for one in self._tellers:
            shown = one.shows(path, shown) if shown is not None else None
        return shown

    def file(self, file: HistoryFile) -> HistoryFile:
        """What a person takes away in place of a file."""
        for one in self._tellers:
            file = one.file(file)
        return file

    def before(self, step: int, place: Any) -> bool:
        """Change rows before a step; gives whether its process is to start again."""
        due = [one for one in self._tellers if (one.lie.kind, one.lie.step) == ("row", step)]
        for one in due:
            one.row(place)
        return any(one.lie.restart for one in due)

    def started(self, party: Party) -> None:
        """Its process has started again."""
        for one in self._tellers:
            one.world_party = party
