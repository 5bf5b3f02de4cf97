"""Every door of every role: named in the table, opened by one function, shut to the unsigned."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from running import RunningCountry

from renkei.kit.doorway import Doorway
from renkei.kit.http_client import HttpClient
from renkei.kit.http_server import Route
from renkei.kit.tls import client_context
from renkei.roles.individual_number import api as individual_number_api
from renkei.roles.institution import api as institution_api
from renkei.roles.linkage import api as linkage_api
from renkei.roles.portal import api as portal_api
from renkei.run.health import ask
from renkei.wire.health import HEALTH_PATH
from renkei.wire.table import CALLS, KIND_OF, calls_to

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "renkei"
AUTHENTICATION = "mutual TLS, JWS, and one party for certificate, kid, sender"


class _Anything:
    """Stands where a service would; its methods are handed over and never called here."""

    def __getattr__(self, name: str) -> Any:
        return _Anything()


def routes_of(role: str) -> list[Route]:
    """The routes a role opens."""
    services: Any = _Anything()
    doorway = Doorway(party=services)
    made: dict[str, Any] = {
        "linkage": linkage_api.routes,
        "individual-number": individual_number_api.routes,
        "institution": institution_api.routes,
        "portal": portal_api.routes,
    }
    routes: list[Route] = made[role](services, doorway)
    return routes


ROLES = sorted({call.receiver for call in CALLS})


def test_every_call_names_its_authentication() -> None:
    """Each call says how its sender is known, and which roles may send it."""
    for call in CALLS:
        assert call.authentication == AUTHENTICATION, call.path
        assert call.senders, call.path
        assert call.receiver not in call.senders or call.receiver == "institution"


def test_every_role_has_its_calls() -> None:
    """The roles that serve are the roles of the table, a message and a path each."""
    assert ROLES == ["individual-number", "institution", "linkage", "portal"]
    assert len({(call.receiver, call.path) for call in CALLS}) == len(CALLS)
    assert len({call.request for call in CALLS}) == len(CALLS)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_made_by_the_doorway(role: str) -> None:
    """A role opens exactly the paths of the table, all by the doorway, with the table's limits."""
    routes = {route.path: route for route in routes_of(role) if route.method == "POST"}
    assert sorted(routes) == sorted(call.path for call in calls_to(role))
    for call in calls_to(role):
        route = routes[call.path]
        assert route.handler.__module__ == "renkei.kit.doorway"
        assert route.handler.__qualname__ == "Doorway.route.<locals>.answer"
        assert route.max_body_bytes == KIND_OF[call.request].max_bytes


def _calls(name: str) -> list[tuple[str, ast.Call]]:
    """Every place in the package that calls a function or class of this name."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                called = getattr(function, "id", None) or getattr(function, "attr", None)
                if called == name:
                    found.append((path.relative_to(PACKAGE).as_posix(), node))
    return found


def test_nothing_else_makes_a_route() -> None:
    """Only the doorway makes routes: no other module of the package calls `Route`."""
    assert {path for path, _ in _calls("Route")} == {"kit/doorway.py"}


@pytest.mark.parametrize("role", ROLES)
def test_only_the_log_has_files(role: str) -> None:
    """What can be read without a message are the log's public files, and nothing of a person."""
    files = [route for route in routes_of(role) if route.method != "POST"]
    assert [route.path for route in files] == (["/log"] if role == "linkage" else [])
    assert all("mutual TLS" in route.authentication for route in files)


def test_every_pattern_of_the_wire_covers_the_whole_text() -> None:
    """Python lets `$` fit before a final line break, which would be part of a word: `\\Z` ends."""
    patterns = [
        keyword.value.value
        for _, call in _calls("Meta")
        for keyword in call.keywords
        if keyword.arg == "pattern" and isinstance(keyword.value, ast.Constant)
    ]
    assert len(patterns) > 10
    assert [pattern for pattern in patterns if not str(pattern).endswith("\\Z")] == []


def test_no_role_serves_anything_beside_its_routes() -> None:
    """Applications are built in one place; only the people's door takes pages, on its own port."""
    calls = _calls("build_app")
    assert {path for path, _ in calls} == {"run/process.py"}
    with_more = [call for _, call in calls if call.keywords]
    assert [len(call.args) for _, call in calls] == [1, 1, 1]
    never_served = [call for _, call in calls if ast.unparse(call).endswith("build_app([])")]
    assert len(never_served) == 1, "made before forking, for what it imports"
    assert [keyword.arg for call in with_more for keyword in call.keywords] == ["extra", "tell"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.receiver}{call.path}")
async def test_every_open_door_wants_a_signed_message(country: RunningCountry, call: Any) -> None:
    """In running processes: a right certificate without signature gets nothing from any door."""
    receiver = "ichikawa-city" if call.receiver == "institution" else call.receiver
    answer = await country.post("chofu-city", receiver, call.path, b'{"sender":"chofu-city"}')
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "malformed")
    config = country.country.config("chofu-city").tls
    context = client_context(config.certificate, config.key, config.authority)
    async with HttpClient(context) as http:
        got = await http.get(
            country.peer(receiver), call.path, deadline_seconds=10, max_answer_bytes=10_000
        )
    assert (got.status, json.loads(got.body)["error"]) == (405, "method-not-allowed")


@pytest.mark.parametrize("receiver", ["linkage", "individual-number", "ichikawa-city"])
async def test_no_other_door_is_open(country: RunningCountry, receiver: str) -> None:
    """Paths outside the table, documentation and metrics among them, do not exist."""
    own = {call.path for call in CALLS if call.receiver == country.country.config(receiver).role}
    others = {call.path for call in CALLS} - own
    for path in sorted(others | {"/", "/schema", "/openapi.json", "/docs", "/metrics"}):
        answer = await country.post("chofu-city", receiver, path, b"x")
        assert (answer.status, json.loads(answer.body)["error"]) == (404, "not-found"), path


@pytest.mark.parametrize("party", ["linkage", "oversight", "portal", "ichikawa-city"])
async def test_health_is_told_to_its_own_operator_only(country: RunningCountry, party: str) -> None:
    """Every process says how it is to whoever has its certificate, and to no other party."""
    health = await ask(country.country.config(party))
    assert (health.party, health.role) == (party, country.country.config(party).role)
    for asker, path, status in (
        ("chofu-city", HEALTH_PATH, 403),
        (party, f"{HEALTH_PATH}/more", 404),
    ):
        async with country.http(asker) as http:
            got = await http.get(
                country.peer(party), path, deadline_seconds=10, max_answer_bytes=10_000
            )
        assert got.status == status
        assert b"alarms" not in got.body
