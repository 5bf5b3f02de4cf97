"""Every door that a party of the country has was walked through while the proxy recorded."""

from collections.abc import Iterable

import pytest
from capturing import Message, Told
from every_door import Door, doors
from recording_proxy import PEOPLE

from renkei.wire.health import HEALTH_PATH
from renkei.wire.table import FILES


@pytest.fixture(scope="module")
def roles(told: Told) -> dict[str, str]:
    """The role of each party."""
    return {plan.party: plan.role for plan in told.country.plans}


def walked(said: Iterable[Message], roles: dict[str, str]) -> set[Door]:
    """The doors at which somebody asked."""
    found = set()
    for one in said:
        if one.first.startswith("HTTP/"):
            continue
        method, target, _ = one.first.split(" ")
        path = target.partition("?")[0]
        public = [files.path for files in FILES if path.startswith(f"{files.path}/")]
        found.add((roles[one.listener], method, *(public or [path])))
    return found


def test_every_door_was_walked_through(said: list[Message], roles: dict[str, str]) -> None:
    """Each call, public file, health and page was asked for: what is searched is all there is."""
    wanted = doors(roles.values())
    assert len(wanted) > 50
    missed = sorted(wanted - walked(said, roles))
    assert missed == [], missed


def test_every_process_said_how_it_is(said: list[Message], roles: dict[str, str]) -> None:
    """The health of every single party is among what is searched."""
    asked = {one.listener for one in said if one.first.startswith(f"GET {HEALTH_PATH} ")}
    assert asked == set(roles)


def test_signing_in_was_seen(said: list[Message]) -> None:
    """So is the one door that takes a person's word without a signature, with what was sent."""
    asked = [one for one in said if one.first.startswith("POST /api/session ")]
    assert asked
    assert all(one.speaker == PEOPLE and b"persona" in one.body for one in asked)


def test_a_door_that_nobody_walked_through_is_named(
    said: list[Message], roles: dict[str, str]
) -> None:
    """Without the messages of one path exactly that door is missed."""
    for role, method, path in (("portal", "POST", "/api/session"), ("linkage", "GET", "/health")):
        parties = {party for party, its in roles.items() if its == role}
        without = [
            one
            for one in said
            if not (one.listener in parties and one.first.startswith(f"{method} {path} "))
        ]
        assert doors(roles.values()) - walked(without, roles) == {(role, method, path)}
