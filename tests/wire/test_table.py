"""The table: every message once, every call from known roles to the folder of its receiver."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei import wire
from renkei.crypto import jws
from renkei.run.roles import ROLES as DESCRIBED
from renkei.wire import values
from renkei.wire.boxes import BoxPurpose
from renkei.wire.call import Call
from renkei.wire.fields import Message
from renkei.wire.institution.desk_codes import DeskAcquire, DeskAcquisitions
from renkei.wire.linkage.acquisition import AcquisitionNumbers
from renkei.wire.linkage.directory import DirectoryAnswer, DirectoryVersion
from renkei.wire.linkage.permit import Permit, Receipts, ReceiptsNoted
from renkei.wire.problem import ProblemReport
from renkei.wire.table import CALLS, KIND_BY_TYP, KIND_OF, TITLES, call_for, calls_to

ROLES = {*DESCRIBED, "desk"}
every_call = pytest.mark.parametrize("call", CALLS, ids=[call.path for call in CALLS])
Letters = Any


def test_every_kind_once() -> None:
    """No struct, name or `typ` stands twice in the table."""
    assert len(KIND_OF) == len(KIND_BY_TYP) == len({kind.name for kind in KIND_OF.values()})


def test_every_typ_fits_a_header() -> None:
    """Every `typ` is `renkei.<message>.v<n>` and can stand in a protected header."""
    for kind in KIND_OF.values():
        assert re.fullmatch(r"renkei\.[a-z]+(-[a-z]+)*\.v[1-9]", kind.typ)
        assert jws.frame("linkage:sign:1", kind.typ, b"{}")


@every_call
def test_every_struct_of_a_call_is_listed(call: Call[Any, Any]) -> None:
    """What a call takes and gives are messages of the table; there is at least one answer."""
    assert call.answers
    assert {call.request, *call.answers} <= KIND_OF.keys()


def test_every_message_is_used() -> None:
    """Every message belongs to a call, travels inside one, or is the answer to a failed one."""
    used = {message for call in CALLS for message in (call.request, *call.answers)}
    inside = {message.__name__ for message in KIND_OF.keys() - used}
    assert inside == {
        "DirectoryVersion",
        "DirectoryCountersignature",
        "LedgerStatement",
        "ProblemReport",
        "Standings",
    }


@every_call
def test_roles_of_a_call_are_known(call: Call[Any, Any]) -> None:
    """Sender and receiver are roles of the directory, or a body's own desk as sender."""
    assert {call.receiver, *call.senders} <= ROLES
    assert call.receiver != "desk"
    assert call.senders
    assert len(set(call.senders)) == len(call.senders)


def test_nobody_is_called_by_linkage() -> None:
    """The network sends no request, and no role calls upwards (design: run-time arrows)."""
    arrows = {(sender, call.receiver) for call in CALLS for sender in call.senders}
    assert arrows == {
        ("desk", "institution"),
        ("institution", "institution"),
        ("institution", "individual-number"),
        ("institution", "linkage"),
        ("individual-number", "linkage"),
        ("portal", "linkage"),
        ("oversight", "linkage"),
        ("portal", "individual-number"),
        ("oversight", "individual-number"),
        ("oversight", "institution"),
        ("oversight", "portal"),
    }


@every_call
def test_every_call_names_its_authentication(call: Call[Any, Any]) -> None:
    """Every call says how its sender is known: certificate, signature, and one party for all."""
    assert "mutual TLS" in call.authentication
    assert "JWS" in call.authentication


def test_paths_are_unique() -> None:
    """A role answers one call per path, a request goes to one path, and paths are plain."""
    places = [(call.receiver, call.path) for call in CALLS]
    assert len(set(places)) == len(places)
    assert len({call.request for call in CALLS}) == len(CALLS)
    for call in CALLS:
        assert re.fullmatch(r"(/[a-z]+(-[a-z]+)*)+", call.path)
        assert call_for(call.request) is call
        assert call in calls_to(call.receiver)


def test_every_receiver_is_a_folder_and_nothing_else() -> None:
    """A role is a receiver by its folder alone: each has calls of its own and no other role's."""
    folders = {one.parent.name for one in Path(wire.__file__).parent.glob("*/calls.py")}
    assert folders == {role.replace("-", "_") for role in TITLES}
    for folder in folders:
        listed = import_module(f"renkei.wire.{folder}.calls")
        named = [one for one in vars(listed).values() if isinstance(one, Call)]
        assert {call.receiver.replace("-", "_") for call in named} == (
            {folder} if listed.CALLS else set()
        )
        assert listed.CALLS or folder == "oversight", "only the Commission is asked nothing"
        assert sorted(map(id, named)) == sorted(map(id, listed.CALLS)), "each constant is listed"
        assert len({call.name for call in named}) == len(named)


def test_boxes_of_calls_are_all_purposes() -> None:
    """Every purpose of the closed list is carried by a call, and calls carry no other."""
    assert {box for call in CALLS for box in call.boxes} == set(BoxPurpose)


@every_call
def test_boxes_are_where_a_call_has_one(call: Call[Any, Any]) -> None:
    """A call names purposes if and only if its request or an answer has a box inside."""
    messages = (call.request, *call.answers)
    # What travels inside another message travels without the boxes beside it.
    within = [one.STRIPPED or one for message in messages for one in message.INSIDE]
    inside = [*messages, *within]
    components = msgspec.json.schema_components(inside, schema_hook=values.schema)[1]
    assert bool(call.boxes) == ("Box" in components)


@every_call
def test_echoes_stand_in_request_and_answers(call: Call[Any, Any]) -> None:
    """What an answer is to repeat is a field of the request and of every answer."""
    for message in (call.request, *call.answers):
        assert set(call.echoes) <= set(message.__struct_fields__)


def test_golden_messages_fit(country: Any, letter_of: Letters) -> None:
    """Every golden message, signed, is far below the limit of its kind."""
    for kind in KIND_OF.values():
        message = letter_of(kind.name)
        assert len(country.write(message, "linkage:sign:1")) * 2 < kind.max_bytes


LONG_PARTY = "p" * 63


def fullest(letter_of: Letters) -> list[Message]:
    """Messages of lists, each list as long as it may be and the names in it as long as they may."""
    receipt = letter_of("receipts").receipts[0]
    key = letter_of("receipts-noted").rejected[0]
    entry = letter_of("directory-version").entries[0]
    acquired = letter_of("desk-acquisitions").results[0]
    long = {"requester": LONG_PARTY}
    return [
        letter_of("receipts", receipts=[msgspec.structs.replace(receipt, **long)] * 500),
        letter_of("receipts-noted", rejected=[msgspec.structs.replace(key, **long)] * 500),
        letter_of("acquisition-numbers", numbers=["A" * 22] * 100),
        letter_of("desk-acquire", persons=["P" * 32] * 100),
        letter_of(
            "desk-acquisitions",
            results=[msgspec.structs.replace(acquired, fields=acquired.fields[:1] * 5)] * 100,
        ),
        letter_of("directory-version", entries=[entry] * 10_000),
    ]


def test_full_lists_fit(country: Any, letter_of: Letters) -> None:
    """A list as long as its message allows still fits the limit of that message's kind."""
    messages = fullest(letter_of)
    assert {type(message) for message in messages} == {
        Receipts,
        ReceiptsNoted,
        AcquisitionNumbers,
        DeskAcquire,
        DeskAcquisitions,
        DirectoryVersion,
    }
    for message in messages:
        raw = country.write(message, "linkage:sign:1")
        assert len(raw) <= KIND_OF[type(message)].max_bytes


def test_full_directory_fits_its_answer(country: Any, letter_of: Letters) -> None:
    """The longest directory version a node may sign can be handed out with its countersignature."""
    limit = KIND_OF[DirectoryVersion].max_bytes
    answer = letter_of("directory-answer", version="e" * limit)
    raw = country.write(answer, "linkage:sign:1")
    assert len(raw) <= KIND_OF[DirectoryAnswer].max_bytes
    assert msgspec.json.decode(msgspec.json.encode(answer), type=DirectoryAnswer) == answer


def test_permit_keys_are_three_keys() -> None:
    """Permits and refusals, directories, and letters are signed by a key each."""
    uses: dict[str, set[str]] = {}
    for kind in KIND_OF.values():
        uses.setdefault(kind.key_use, set()).add(kind.name)
    assert uses["permit"] == {"permit", "refusal"}
    assert uses["directory"] == {"directory-version"}
    assert uses.keys() == {"sign", "permit", "directory"}
    assert KIND_OF[Permit].key_use != KIND_OF[ProblemReport].key_use
