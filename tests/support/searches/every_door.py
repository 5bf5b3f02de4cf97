"""Every door of a country, and a walk through those that the story itself does not need."""

import asyncio
import time
from collections.abc import Iterable

import aiohttp
from behind_proxies import CapturedCountry
from page_asking import form_token
from page_site import Site

from renkei.kit.database import reading
from renkei.run.health import ask
from renkei.run.roles.linkage import propose_directory, start_epoch
from renkei.sandbox.publishing import newest_version
from renkei.wire.call import Call
from renkei.wire.fields import Message
from renkei.wire.health import HEALTH_PATH
from renkei.wire.institution.calls import SHOW
from renkei.wire.institution.messages import ShowRequest
from renkei.wire.linkage.calls import EPOCH_COLLECT, EPOCH_CONFIRM, LOCATE
from renkei.wire.linkage.epoch import EpochCollect, EpochConfirm
from renkei.wire.linkage.log import LocateRequest
from renkei.wire.table import CALLS, FILES

Door = tuple[str, str, str]
"""Role, method and path."""
PUBLISHED_SECONDS = 60
PERSONA = {"persona": "parent"}


def doors(roles: Iterable[str]) -> set[Door]:
    """Every address that parties of some roles have: calls, public files, health, pages."""
    found = {(call.receiver, "POST", call.path) for call in CALLS}
    found |= {(files.receiver, "GET", files.path) for files in FILES}
    found |= {(role, "GET", HEALTH_PATH) for role in roles}
    return found | {("portal", route.method, route.path) for route in Site().door.routes}


async def walk_pages(door: str) -> list[tuple[str, str]]:
    """Open every page, press every button; gives what was shown, by path."""
    shown = []
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, trust_env=False) as session:
        async with session.post(f"{door}/api/session", json=PERSONA) as answer:
            assert answer.status == 200
        routes = Site().door.routes
        for path in [route.path for route in routes if route.method == "GET"]:
            query = "?place=1" if path.endswith("/line") else ""
            async with session.get(door + path + query) as answer:
                shown.append((path, await answer.text()))
        token = form_token(dict(shown)["/history"])
        pressed = [route.path for route in routes if route.method == "POST"]
        for path in sorted(pressed, key="/session/end".__eq__):  # leaving comes last
            if not path.startswith("/api/"):
                form = {"form-token": token, "back": "/history"} | PERSONA
                async with session.post(door + path, data=form, allow_redirects=False) as answer:
                    assert answer.status < 500, path
                    shown.append((path, await answer.text()))
    return shown


async def say(
    country: CapturedCountry, sender: str, call: Call[Message, Message], message: Message
) -> None:
    """A party's message to another, by hand."""
    raw = country.party(sender).write(message)
    answer = await country.post(sender, message.aud, call.path, raw)
    assert answer.status == 200, (call.path, answer.body[:200])


async def say_the_rest(country: CapturedCountry, quiet: str) -> None:
    """What parties and operators say seldom; `quiet` is an institution that has nothing to do."""
    held = country.country
    for plan in held.plans:
        assert (await ask(held.config(plan.party))).role == plan.role
    version = propose_directory(held.config("linkage"))
    until = time.monotonic() + PUBLISHED_SECONDS
    while newest_version(held.database("linkage"), held.roots()).version < version:
        assert time.monotonic() < until, "the Commission signs no directory"
        await asyncio.sleep(0.2)
    epoch = start_epoch(held.config("linkage"), quiet)
    envelope = country.party(quiet).envelope("linkage")
    await say(country, quiet, EPOCH_COLLECT, EpochCollect(**envelope))
    await say(country, quiet, EPOCH_CONFIRM, EpochConfirm(**envelope, epoch=epoch))
    envelope = country.party("oversight").envelope("linkage")
    await say(country, "oversight", LOCATE, LocateRequest(**envelope, entry_hashes=[bytes(32)]))
    inquirer = held.cities()[0].party
    with reading(held.database(inquirer)) as connection:
        (tx,) = connection.exec_driver_sql("SELECT tx FROM asked WHERE signed IS NOT NULL").first()
    envelope = country.party("oversight").envelope(inquirer)
    await say(country, "oversight", SHOW, ShowRequest(**envelope, tx=tx, seed=False))
