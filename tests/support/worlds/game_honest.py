"""What is known of the round in which nobody lies, and rounds beside it (正直な一局)."""

from collections import Counter
from dataclasses import dataclass

from altering import Pool
from game_books import Books
from game_bus import Spoken
from game_country import GameRound, heard_in
from game_ends import End, gathered, judged
from game_files import Files
from game_looking import Looked
from lies import Lie

NOBODY = "nobody"


@dataclass(frozen=True)
class Honest:
    """What everybody says and writes where nobody lies; `wrong` must be empty."""

    spoken: dict[str, Counter[Spoken]]
    pool: Pool
    told: Books
    steps: int
    wrong: list[str]

    @classmethod
    def played(cls) -> "Honest":
        """Play it."""
        played = GameRound()
        try:
            played.play(None, Pool())
            told = Books(played.world.country.folder)
            looked = Looked(played, NOBODY, told)
            taken = Files(looked, played).taken()
            found = gathered(played, looked, NOBODY)
            wrong = [*map(str, looked.found()), *map(str, taken.wrong), *taken.failed]
            wrong += [*taken.unknown, *found.framed, *found.refused, *found.stopped, *found.bugs]
            return cls(played.bus.spoken, heard_in(played), told, len(played.steps()), wrong)
        finally:
            played.close()

    def beside(self, lie: Lie, kind: type[GameRound] = GameRound) -> End:
        """A round with a lie in it, judged."""
        played = kind()
        try:
            played.play(lie, self.pool)
            return judged(played, lie, self.told)
        except Exception as error:
            error.add_note(f"seed {lie.seed}: {lie}")
            raise
        finally:
            played.close()
