"""The people's door: sign in, read one's history, take it away (本人向けの窓口).

Plain HTTP on this machine, in the sandbox only. No page names a person: who is signed in is a
random token in a cookie.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
from markupsafe import Markup

from renkei.crypto import account_tree
from renkei.kit.pages import showcase
from renkei.kit.pages.asking import (
    JSON,
    Answer,
    Asked,
    PageError,
    download,
    for_program,
    leading,
    page,
)
from renkei.kit.pages.door import Door
from renkei.kit.pages.frame import address
from renkei.kit.pages.routes import PUBLIC, SIGNED_IN, PageRoute, get, post
from renkei.kit.pages.sessions import Sessions
from renkei.kit.pages.texts import Texts
from renkei.kit.party import Party
from renkei.roles.portal.pages import addresses, whole_pages
from renkei.roles.portal.service.history import Person
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryFile, HistoryView, write_file

FILE_NAME: Final = "renkei-history.json"
PART_NAME: Final = "renkei-history-{log}-{part}-of-{of}.json"
_LINE_UNKNOWN: Final = PageError("line-unknown", 404)


class Reader(Protocol):
    """What the pages need of the portal's service (閲覧)."""

    async def person(self, persona: str) -> Person:
        """SANDBOX: who a persona is; WireError where there is none."""

    async def view(self, code: bytes, start: int | None) -> HistoryView:
        """A code's lines from one down, or from the newest; WireError where there is none."""


class Keeper(Protocol):
    """Makes the file a person takes away (開示ファイル)."""

    async def file(self, code: bytes, part: int, log_size: int | None) -> HistoryFile:
        """One part of a person's history with its proofs."""


class SignIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """SANDBOX: what a program sends to sign in (試験用の本人指定)."""

    persona: str


def people(reader: Reader, keeper: Keeper, personas: Sequence[str], party: Party) -> Door[Person]:
    """The people's door; `personas` are offered on the sandbox's page to sign in."""
    sessions: Sessions[Person] = Sessions(party.now, party.randomness)
    routes = [*_history(reader), *_programs(reader, keeper), *_sandbox(reader, personas)]
    return Door(
        addresses.SITE,
        [*routes, *showcase.routes(addresses.SITE, addresses.SHOWCASE)],
        sessions,
        label=label,
        randomness=party.randomness,
    )


def label(person: Person, t: Texts) -> Markup:
    """SANDBOX: as whom somebody is signed in."""
    return whole_pages.persona_label(person.persona, t)


def _history(reader: Reader) -> list[PageRoute]:
    """The pages of a person's own history."""

    async def history(asked: Asked[Person]) -> Answer:
        """The history, newest first: `?from=180` is line 180 and those before it."""
        start = _start(asked)
        view = await reader.view(asked.who.code, start)
        return page(whole_pages.history_page(view, asked.visit, start=start))

    async def line(asked: Asked[Person]) -> Answer:
        """One line, by its place in the person's own history: `?place=3`."""
        place = asked.number("place")
        view = await reader.view(asked.who.code, place)
        if not view.lines or view.lines[0].number != place:
            raise _LINE_UNKNOWN
        return page(whole_pages.line_page(view, view.lines[0], asked.visit))

    async def save(asked: Asked[Person]) -> Answer:
        """The file behind its warning."""
        return page(whole_pages.save_page(await reader.view(asked.who.code, None), asked.visit))

    async def wrong(asked: Asked[Person]) -> Answer:
        """What to do if something looks wrong."""
        return page(whole_pages.wrong_page(asked.visit))

    return [
        get(addresses.HISTORY, SIGNED_IN, history),
        get(addresses.LINE, SIGNED_IN, line),
        get(addresses.SAVE, SIGNED_IN, save),
        get(addresses.WRONG, PUBLIC, wrong),
    ]


def _programs(reader: Reader, keeper: Keeper) -> list[PageRoute]:
    """What programs read, and the file."""

    async def view(asked: Asked[Person]) -> Answer:
        """20 lines of the signed-in person's history, newest first: `?from=180` and down."""
        return for_program(await reader.view(asked.who.code, _start(asked)))

    async def file(asked: Asked[Person]) -> Answer:
        """The signed-in person's history as a file that `renkei verify` checks.

        A long one has parts: `?part=2&log=1234` is the second one of those at log size 1234.
        """
        part, size = asked.number("part"), asked.number("log")
        if part is None or size is None:
            raise WireError("malformed", "A part is named by two numbers, e.g. ?part=2&log=1234.")
        made = await keeper.file(asked.who.code, part, size if "log" in asked.query else None)
        count = account_tree.parts(made.total)
        name = FILE_NAME if count == 1 else PART_NAME.format(part=part, of=count, log=made.log_size)
        return download(write_file(made), name)

    async def sign_in(asked: Asked[Person]) -> Answer:
        """SANDBOX: sign a persona in by a real acquisition."""
        try:
            wanted = msgspec.json.decode(asked.body, type=SignIn)
        except msgspec.DecodeError:
            raise WireError("malformed", 'Send {"persona": "parent"}.') from None
        asked.sign_in(await reader.person(wanted.persona))
        return for_program({"sandbox": True, "persona": wanted.persona})

    return [
        get(addresses.VIEW, SIGNED_IN, view, JSON),
        get(addresses.FILE, SIGNED_IN, file, JSON),
        post(addresses.SESSION, PUBLIC, sign_in, JSON),
    ]


def _sandbox(reader: Reader, personas: Sequence[str]) -> list[PageRoute]:
    """SANDBOX: whom to look as."""

    async def offer(asked: Asked[Person]) -> Answer:
        """The personas, a button each."""
        return page(whole_pages.sign_in_page(personas, asked.visit))

    async def choose(asked: Asked[Person]) -> Answer:
        """Sign the chosen one in by a real acquisition."""
        asked.sign_in(await reader.person(asked.form.text("persona")))
        return leading(address(addresses.HISTORY, asked.language))

    return [get(addresses.SIGN_IN, PUBLIC, offer), post(addresses.SIGN_IN, PUBLIC, choose)]


def _start(asked: Asked[Any]) -> int | None:
    """The line a page begins with, None for the newest; WireError for what is no number."""
    if "from" not in asked.query:
        return None
    number = asked.number("from")
    if number is None:
        raise WireError("malformed", "A page begins with a line's number, e.g. ?from=180.")
    return number
