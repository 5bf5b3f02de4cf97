"""The OpenAPI documents: made from the table, complete, and never out of step with it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openapi as tool
from renkei.crypto import tiles
from renkei.wire import openapi
from renkei.wire.errors import EDGE_ERRORS, ERRORS
from renkei.wire.health import HEALTH_PATH
from renkei.wire.table import FILES, KIND_OF, calls_to

API = Path(__file__).resolve().parents[2] / "api"
ROLES = openapi.roles()
every_role = pytest.mark.parametrize("role", ROLES)


def test_no_drift() -> None:
    """`api/` holds exactly what the table gives; to mend it run tools/openapi.py."""
    assert tool.drift(API) == []


def test_drift_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing, changed or foreign document fails the check by name; writing mends all three."""
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    assert len(tool.drift(tmp_path)) == len(tool.documents()) == len(ROLES) + 3
    assert tool.main(["--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert tool.main([]) == 0
    (tmp_path / "nobody.json").write_text("{}")
    changed = tmp_path / "linkage.json"
    changed.write_text(changed.read_text().replace("/permit", "/permits", 1))
    assert tool.drift(tmp_path) == [
        "nobody.json is of no role",
        "linkage.json differs from the table",
    ]
    assert tool.main(["--check"]) == 1
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0
    assert tool.main(["--chekc"]) == 2


@every_role
def test_written_form(role: str) -> None:
    """A document is sorted, indented by two and ends with one line feed."""
    text = (API / f"{role}.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@every_role
def test_every_call_is_documented(role: str) -> None:
    """Every call of a role is a POST path with its senders, authentication and message types."""
    document = openapi.document(role)
    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{"mutualTLS": []}]
    assert document["components"]["securitySchemes"]["mutualTLS"]["type"] == "mutualTLS"
    files = {f"{one.path}/{form.path}" for one in FILES for form in one.forms}
    read = {HEALTH_PATH, *(files if role == "linkage" else ())}
    assert document["paths"].keys() == {call.path for call in calls_to(role)} | read
    for path in read:
        assert document["paths"][path].keys() == {"get"}
        assert "mutual TLS" in document["paths"][path]["get"]["x-renkei-authentication"]
    for call in calls_to(role):
        assert document["paths"][call.path].keys() == {"post"}
        operation = document["paths"][call.path]["post"]
        assert operation["x-renkei-senders"] == sorted(call.senders)
        assert operation["x-renkei-authentication"] == call.authentication
        assert ("x-renkei-fresh-seconds" in operation) is call.fresh
        request = signed_names(operation["requestBody"]["content"])
        assert request == [f"Signed{call.request.__name__}"]
        answers = signed_names(operation["responses"]["200"]["content"])
        assert answers == [f"Signed{answer.__name__}" for answer in call.answers]


def signed_names(content: dict[str, Any]) -> list[str]:
    """The signed messages a body may be."""
    assert content.keys() == {"application/jose"}
    schema = content["application/jose"]["schema"]
    return [one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [schema])]


@every_role
def test_every_error_is_documented(role: str) -> None:
    """Every error of the closed lists stands at every call under its HTTP status."""
    document = openapi.document(role)
    for call in calls_to(role):
        found = {}
        for status, response in document["paths"][call.path]["post"]["responses"].items():
            if status != "200":
                resolved = follow(document, response["$ref"])
                rows = resolved["x-renkei-errors"]
                found |= {row["code"]: int(status) for row in rows}
                assert "application/json" in resolved["content"]
                signed = any(row["code"] in ERRORS for row in rows)
                assert ("application/jose" in resolved["content"]) is signed
                again = any(row["again"] for row in rows)
                assert ("Retry-After" in resolved.get("headers", {})) is again
        assert found == {code: row.status for code, row in (ERRORS | EDGE_ERRORS).items()}


@every_role
def test_signed_messages(role: str) -> None:
    """Each signed form states `typ`, key and limit, and its pattern fits what `write` makes."""
    schemas = openapi.document(role)["components"]["schemas"]
    by_name = {f"Signed{struct.__name__}": kind for struct, kind in KIND_OF.items()}
    signed = {name: schema for name, schema in schemas.items() if name in by_name}
    assert bool(signed) == bool(calls_to(role))
    for name, schema in signed.items():
        kind = by_name[name]
        assert schema["x-renkei-typ"] == kind.typ
        assert schema["x-renkei-key-use"] == kind.key_use
        assert schema["maxLength"] == schema["x-renkei-max-bytes"] == kind.max_bytes
        header, payload = schema["contentSchema"]["prefixItems"]
        assert header["properties"]["typ"] == {"const": kind.typ}
        signed_part = kind.struct.STRIPPED or kind.struct
        assert payload["$ref"].rpartition("/")[2] == signed_part.__name__


def test_pattern_of_a_signed_message(country: Any, letter_of: Any) -> None:
    """The pattern of a compact JWS fits a real one, and no unsigned or padded text."""
    schema = openapi.document("institution")["components"]["schemas"]["SignedReceived"]
    raw = country.write(letter_of("received")).decode()
    assert re.fullmatch(schema["pattern"], raw)
    for bad in (raw.rpartition(".")[0], raw.rpartition(".")[0] + ".", raw + "=", "{}"):
        assert not re.fullmatch(schema["pattern"], bad)


@every_role
def test_references_and_names(role: str) -> None:
    """Every reference leads somewhere, nothing is left unreferenced, every operation has a name."""
    document = openapi.document(role)
    used = set(references(document))
    for ref in used:
        assert follow(document, ref)
    held = {
        f"#/components/{part}/{name}"
        for part in ("schemas", "responses")
        for name in document["components"][part]
    }
    assert held == used
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)


def references(node: Any) -> Iterator[str]:
    """Every reference inside a document; ours that no tool follows too."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"$ref", "x-renkei-boxed"}:
                yield value
            elif key == "x-renkei-inside":
                yield from value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def follow(document: dict[str, Any], ref: str) -> Any:
    """What a reference leads to; KeyError where it leads nowhere."""
    assert ref.startswith("#/")
    node: Any = document
    for part in ref[2:].split("/"):
        node = node[part]
    return node


@every_role
def test_payloads_are_closed(role: str) -> None:
    """Every object of a payload refuses unknown members, and patterns are ECMA 262's."""
    document = openapi.document(role)
    for name, schema in document["components"]["schemas"].items():
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, name
    found = patterns(document["components"])
    assert bool(found) == bool(calls_to(role))
    assert [one for one in found if r"\Z" in one or not one.endswith("$")] == []


def patterns(node: Any) -> list[str]:
    """Every pattern inside a document."""
    if isinstance(node, dict):
        own = [node["pattern"]] if isinstance(node.get("pattern"), str) else []
        return own + [one for value in node.values() for one in patterns(value)]
    return [one for value in node for one in patterns(value)] if isinstance(node, list) else []


def test_text_of_no_python() -> None:
    """Docstrings lose their indentation: the text is one on every version of Python."""
    schemas = openapi.document("linkage")["components"]["schemas"]
    described = schemas["StrippedRequest"]["description"]
    assert "\n\nThis is kept" in described


def test_what_each_role_asks() -> None:
    """A document says what its role asks of the others; the Commission answers nothing itself."""
    commission = openapi.document("oversight")
    asked = {(one["role"], one["path"]) for one in commission["x-renkei-asks"]}
    assert {("linkage", "/cosignature"), ("portal", "/statement")} < asked
    assert list(commission["paths"]) == [HEALTH_PATH]
    assert openapi.document("linkage")["x-renkei-asks"] == []


def test_the_logs_paths() -> None:
    """The documented paths of tiles and entries take what the code makes, and nothing else."""
    (log,) = FILES
    forms = {form.name: form for form in log.forms}
    rules = {name: {p[0]: p[1] for p in form.parameters} for name, form in forms.items()}
    for index in (0, 7, 1_000, 999_999_999, 1_234_067):
        for width in (1, 8, 256):
            tile, bundle = tiles.Tile(3, index, width).path, tiles.Bundle(index, width).path
            _, level, rest = tile.split("/", 2)
            assert re.search(rules["tile"]["level"], level), tile
            assert re.search(rules["tile"]["index"], rest), tile
            assert re.search(rules["entries"]["index"], bundle.removeprefix("tile/entries/"))
    for bad in ("7", "x007", "007.p/0", "007.p/1000", "007/008", "../007"):
        assert not re.search(rules["entries"]["index"], bad)
    assert {form.path.split("/")[0] for form in log.forms} == {"checkpoint", "cosigned", "tile"}
