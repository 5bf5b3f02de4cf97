"""Kill a small country's processes again and again while it works, then count whether all is there.

    make soak MINUTES=30 SEED=7 KILLS=500
    make soak KILLS=300 REPLICAS=2

Progress on stderr, the result on stdout; exits 1 where anything is lost, doubled or different, and
keeps the country's folder then. The seed fixes who is killed in which order after which pauses and
what desks ask; where in its work a process is hit, only the machine decides.
"""

import argparse
import asyncio
import json
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from books import EXCHANGE, RECEIPT, Books, not_compared, still_open
from books_agree import exchanges_agree, told_is_there
from books_sum import codes_fit, commission_is_content, files_sound, ledger_sums, log_extends
from killer import Killer
from load import Load
from log_watch import LogWatch
from mortal import MortalCountry
from replicated import on_files, served

from renkei.wire.errors import WireError

MINUTES = 10.0
KILLS_LIMIT = 100_000
DESKS = 6
ACQUIRERS = 1
COLD_EVERY = 20
"""Every so many kills the restart is a cold `renkei serve`."""
QUIET_SECONDS = 60
"""The three records agree within a minute of everyone being back."""
COMPARED_SECONDS = 120
LOOK_SECONDS = 0.25
TELL_SECONDS = 5.0
SHOWN = 40
"""How many wrongs are printed; all are counted."""


@dataclass(slots=True)
class Result:
    """What a run did and found."""

    seed: str
    folder: str
    seconds: dict[str, float] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def say(words: str) -> None:
    """One line of progress."""
    print(f"soak: {words}", file=sys.stderr, flush=True)


class Soak:
    """One run over one country."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._options = options
        self._folder = folder
        self.result = Result(options.seed, str(folder))
        self._told_at = 0.0

    def run(self) -> Result:
        """Start, kill, let everything end, stop, look at the books."""
        began = time.monotonic()
        with served(self._folder, self._options) as country:
            heads, load = self._killed(country, began)
            checked = time.monotonic()
            # The rows of several processes' server are read from a copy in files, which the move
            # compares row by row.
            held = on_files(self._folder) if self._options.replicas else self._folder
            self._look(Books.read(held), heads, load)
        self.result.seconds["books"] = time.monotonic() - checked
        self.result.seconds["total"] = time.monotonic() - began
        return self.result

    def _killed(self, country: MortalCountry, began: float) -> tuple[dict[int, bytes], Load]:
        try:
            say(f"seed {self.result.seed}; starting a country in {self._folder}")
            country.start(opened=False)
            self.result.seconds["start"] = time.monotonic() - began
            return asyncio.run(self._work(country))
        finally:
            country.stop()

    async def _work(self, country: MortalCountry) -> tuple[dict[int, bytes], Load]:
        result, options = self.result, self._options
        killer = Killer(country, result.seed, cold_every=options.cold_every)
        async with Load(country.country, result.seed) as load, LogWatch(country) as watch:
            began = time.monotonic()
            await load.prepare()
            result.seconds["first codes"] = time.monotonic() - began
            working = asyncio.create_task(load.run(options.desks, ACQUIRERS))
            began = time.monotonic()
            await killer.run(options.kills, options.minutes * 60, lambda: self._tell(killer, load))
            result.seconds["kills"] = time.monotonic() - began
            began = time.monotonic()
            say("everybody is back; waiting for what was begun to end")
            load.end()
            await working
            await self._quiet(still_open, QUIET_SECONDS)
            result.seconds["all ended after"] = time.monotonic() - began
            if options.compare:
                await self._quiet(not_compared, COMPARED_SECONDS)
                result.seconds["all compared after"] = time.monotonic() - began
            with suppress(WireError):
                await watch.look()
            result.wrong += watch.wrong + country.died
            result.counts["signed heads seen"] = len(watch.heads)
        deaths = killer.deaths
        result.kills = {one.name: deaths.kills[one.name] for one in country.country.services()}
        result.counts |= {
            "kills": deaths.kills.total(),
            "kills while starting": deaths.while_starting,
            "kills while another was away": deaths.overlapping,
            "cold restarts": deaths.cold,
            "starts repeated, port taken": country.ports_taken,
        }
        return watch.heads, load

    async def _quiet(self, left: Callable[[Path], dict[str, int]], seconds: float) -> None:
        """Wait until nothing is left to do; what stays is a wrong."""
        until = time.monotonic() + seconds
        while open_now := await asyncio.to_thread(left, self._folder):
            if time.monotonic() >= until:
                self.result.wrong += [
                    f"still open {seconds:.0f} seconds after everybody was back: {what}: {number}"
                    for what, number in open_now.items()
                ]
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, killer: Killer, load: Load) -> None:
        if time.monotonic() - self._told_at < TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        kills = killer.deaths.kills.total()
        say(
            f"{kills} kills, {load.told.settled()} cases settled, "
            f"{load.told.exchanges()} exchanges, {len(load.told.bound)} codes acquired"
        )

    def _look(self, books: Books, heads: dict[int, bytes], load: Load) -> None:
        result, told = self.result, load.told
        result.repeated = dict(told.repeated)
        result.wrong += told.wrong
        result.wrong += [f"{n}: did not settle" for n, one in told.cases.items() if not one.settled]
        cases = {number: one.exchanges for number, one in told.cases.items()}
        result.wrong += told_is_there(books, cases)
        held = {(one["institution"], one["person"]) for one in books.codes}
        result.wrong += [
            f"{one}: told that a code is bound; there is none" for one in told.bound - held
        ]
        result.wrong += exchanges_agree(books)
        result.wrong += log_extends(books, heads)
        result.wrong += ledger_sums(books)
        result.wrong += commission_is_content(books)
        result.wrong += codes_fit(books)
        files = books.country.folder
        result.wrong += files_sound(files, [plan.party for plan in books.country.plans])
        sent = books.sent()
        result.outcomes = {
            end: sum(one["outcome"] == end for one in sent)
            for end in sorted({str(one["outcome"]) for one in sent})
        }
        result.counts |= {
            "cases": len(books.cases),
            "exchanges": len(sent),
            "permits": len(books.permits),
            "records at providers": len(books.provided),
            "exchange entries in the log": len(books.leaves_of(EXCHANGE)),
            "receipt entries in the log": len(books.leaves_of(RECEIPT)),
            "history lines at the portal": len(books.lines),
            "codes acquired meanwhile": len(told.bound),
            "wrong": len(result.wrong),
        }


def print_result(result: Result) -> None:
    """The result for people."""
    for title, values in (
        ("killed", result.kills),
        ("counts", result.counts),
        ("outcomes", result.outcomes),
        ("calls repeated by desks", result.repeated),
        ("seconds", {name: round(value, 1) for name, value in result.seconds.items()}),
    ):
        print(f"{title}:")
        for name, value in values.items():
            print(f"  {name:<32} {value:>8}")
    for sentence in result.wrong[:SHOWN]:
        print(f"WRONG: {sentence}")
    print(f"seed: {result.seed}")
    if result.wrong:
        print(f"verdict: {len(result.wrong)} WRONG; the country is kept in {result.folder}")
    else:
        print("verdict: every exchange ended exactly once, and all records agree")


def arguments() -> argparse.Namespace:
    """What the caller wants."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of killing, at the most")
    parser.add_argument("--kills", type=int, default=KILLS_LIMIT, help="stop after so many")
    parser.add_argument("--seed", default="", help="printed at the end; the same order of kills")
    parser.add_argument("--desks", type=int, default=DESKS, help="cases in flight")
    parser.add_argument("--replicas", type=int, default=0,
                        help="processes of each party, on PostgreSQL, behind HAProxy")  # fmt: skip
    parser.add_argument("--cold-every", type=int, default=COLD_EVERY, help="0: never")
    parser.add_argument("--folder", type=Path, help="for the country and its logs; kept")
    parser.add_argument("--no-compare", dest="compare", action="store_false",
                        help="do not wait for the Commission to compare every record")  # fmt: skip
    parser.add_argument("--database", help="an administrator's place on a server, or @FILE with it")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    options.seed = options.seed or secrets.token_hex(4)
    return options


def main() -> int:
    """Run, print, and say by the exit status whether all was well."""
    options = arguments()
    home = options.folder or Path(tempfile.mkdtemp(prefix="renkei-soak-"))
    result = Soak(home.absolute() / "country", options).run()
    if options.json:
        shown: dict[str, Any] = {name: getattr(result, name) for name in Result.__slots__}
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print_result(result)
    if options.folder is None and not result.wrong:
        shutil.rmtree(home, ignore_errors=True)
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
