"""The game: one party lies, everybody else is honest; who is caught, and who is not (嘘つき当て).

Each round is a country of one process in virtual time, told one short story, with one liar and one
lie, both drawn from a seed. `RENKEI_LIAR_ROUNDS=500` plays so many, `RENKEI_LIAR_SEED` others, or,
with the number of a round as in `RENKEI_LIAR_SEED=7:31`, that one again. `make fuzz` plays on.
"""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import fuzzing
import pytest
from game_country import GameRound
from game_ends import End
from game_honest import Honest
from game_listed import LISTED
from lies import LIARS, Lie, LieTeller, drawn
from lying_roles import ghost_account

from renkei.roles.oversight.service.sampling import Sampler
from renkei.roles.portal.service import audit
from renkei.roles.portal.service.filing import FilingService

pytestmark = pytest.mark.sqlite_only("a liar changes the rows of files; the lies are the same")
ROUNDS_VARIABLE, SEED_VARIABLE = "RENKEI_LIAR_ROUNDS", "RENKEI_LIAR_SEED"
ROUNDS, DEFAULT_SEED = 60, "20260701"
LONG = bool(fuzzing.minutes()) or ROUNDS_VARIABLE in os.environ
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture(scope="module")
def honest() -> Honest:
    """A round in which nobody lies."""
    return Honest.played()


def seeds() -> Iterator[str]:
    """The rounds to be played: so many, or for as long as `make fuzz` gives."""
    seed, asked = os.environ.get(SEED_VARIABLE), os.environ.get(ROUNDS_VARIABLE)
    if seed and ":" in seed:
        yield seed
        return
    if fuzzing.minutes() and not asked:
        until, number = time.monotonic() + 60 * fuzzing.minutes(), 0
        while time.monotonic() < until:
            yield f"{seed or fuzzing.seed()}:{number}"
            number += 1
        return
    for number in range(int(asked or ROUNDS)):
        yield f"{seed or DEFAULT_SEED}:{number}"


def test_nothing_is_wrong_where_nobody_lies(honest: Honest) -> None:
    """All books agree, all files verify, nobody has found anything: what is found is the lie."""
    assert honest.wrong == []
    assert set(honest.spoken) >= set(LIARS.values())


@pytest.mark.timeout(0 if LONG else 900)
def test_every_lie_is_caught_harmless_or_on_the_list(
    honest: Honest, capsys: pytest.CaptureFixture[str]
) -> None:
    """A random liar among honest others, round after round: no other end, and nobody framed."""
    ends: Counter[str] = Counter()
    failed: list[End] = []
    for seed in seeds():
        end = honest.beside(drawn(seed, honest.spoken, honest.steps))
        ends[end.how if end.how != "listed" else f"listed: {end.by}"] += 1
        if end.how == "FAILED":
            failed.append(end)
    with capsys.disabled():
        print(f"\nthe game: {ends.total()} rounds, {dict(ends.most_common())}", flush=True)
    again = "\n".join(f"{SEED_VARIABLE}={one.lie.seed}" for one in failed)
    assert not failed, "\n\n".join([*map(str, failed), f"play again with\n{again}"])


def test_whatever_nobody_catches_stands_in_the_docs() -> None:
    """Each entry of the list has its sentence in docs/security.md, word for word."""
    text = " ".join(SECURITY.read_text(encoding="utf-8").split())
    assert [one.name for one in LISTED if one.sentence not in text] == []


# -- the judge fails a round that nobody catches -----------------------------------------------


class Withholding(LieTeller):
    """A network that takes out of its log what it has just promised."""

    def row(self, place: Any) -> None:
        """The pending entry of the first request is gone."""
        with closing(sqlite3.connect(place, timeout=10)) as connection, connection:
            gone = connection.execute("DELETE FROM leaf WHERE kind = 1 AND position IS NULL")
            assert gone.rowcount == 1
        self.told.append("a promised entry is not logged")


class Withheld(GameRound):
    """A round with such a network."""

    tells = Withholding


class NotCompared(Withheld):
    """The same, and the Commission compares no promise with the log."""

    blind = frozenset({"locate", "reread"})


WITHHOLDING = Lie("planted", "network", "row", step=1)


def test_a_leaf_withheld_is_caught_only_while_somebody_compares(honest: Honest) -> None:
    """With the comparing switched off the very same round fails."""
    caught = honest.beside(WITHHOLDING, Withheld)
    assert caught.how == "caught"
    assert caught.by.startswith("withheld-leaf")
    missed = honest.beside(WITHHOLDING, NotCompared)
    assert (missed.how, missed.evidence.findings) == ("FAILED", [])
    assert "judged, and in nobody's account" in missed.by


class Ghost(LieTeller):
    """A portal that hides lines in an account that is nobody's, the sum right."""

    def row(self, place: Any) -> None:
        """It begins."""
        ghost_account()
        self.told.append("lines go to a ghost account")


class Hiding(GameRound):
    """A round with such a portal."""

    tells = Ghost


HIDING = Lie("planted", "portal", "row", step=1)


@pytest.fixture
def own_portal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the lie does to the portal's code is undone afterwards."""
    monkeypatch.setattr(FilingService, "open_line", FilingService.open_line)
    monkeypatch.setattr(audit, "standing_of", audit.standing_of)
    return monkeypatch


def test_a_hidden_line_is_caught_only_while_somebody_draws(
    honest: Honest, own_portal: pytest.MonkeyPatch
) -> None:
    """With the sampling switched off the very same round fails: the file verifies and lacks it."""
    caught = honest.beside(HIDING, Hiding)
    assert caught.how == "caught"
    assert caught.by.startswith("opening-failed")
    own_portal.undo()

    async def nothing(self: Sampler, *_: Any) -> Any:
        return lambda connection: None

    own_portal.setattr(FilingService, "open_line", FilingService.open_line)
    own_portal.setattr(audit, "standing_of", audit.standing_of)
    own_portal.setattr(Sampler, "holds", nothing)
    blind = type("NotDrawn", (Hiding,), {"blind": frozenset({"sample"})})
    missed = honest.beside(HIDING, blind)
    assert (missed.how, missed.taken.failed, missed.evidence.findings) == ("FAILED", [], [])
    assert any("a line is missing in parent's file" in one.text for one in missed.wrong)


class Framing(LieTeller):
    """Nobody lies, and the Commission's book names somebody."""

    def row(self, place: Any) -> None:
        """A finding that names an honest city alone."""
        book = Path(place).parents[1] / "oversight" / "database.sqlite"
        row = ("guessing", '["chofu-city"]', "planted", "[]", "planted", "2026-07-01 00:00:00")
        with closing(sqlite3.connect(book, timeout=10)) as connection, connection:
            columns = "kind, possible, subject, evidence, detail, found_at"
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO finding ({columns}) VALUES ({marks})", row)


def test_a_finding_that_names_honest_parties_alone_fails_a_round(honest: Honest) -> None:
    """Whatever else there is in the round."""
    framed = type("Framed", (GameRound,), {"tells": Framing})
    end = honest.beside(replace(HIDING, step=12), framed)
    assert end.how == "FAILED"
    assert "honest parties alone are named" in end.by
