"""The table: every message once, every call from known roles to a method of a Protocol."""

import inspect
import re
from typing import Any, get_args

import msgspec
import pytest

from renkei.crypto import jws
from renkei.wire import protocols
from renkei.wire.fields import Message
from renkei.wire.messages.acquisition import AcquisitionNumbers
from renkei.wire.messages.desk import DeskAcquire, DeskAcquisitions
from renkei.wire.messages.directory import DirectoryAnswer, DirectoryVersion, Role
from renkei.wire.messages.exchange import Permit, ProblemReport, Receipts, ReceiptsNoted
from renkei.wire.openapi import operation_id
from renkei.wire.table import _KINDS, CALLS, KIND_BY_TYP, KIND_OF, Call, call_for, calls_to

ROLES = {*get_args(Role), "desk"}
PROTOCOLS = {
    "linkage": (protocols.LinkageProtocol,),
    "individual-number": (protocols.IndividualNumberProtocol,),
    "institution": (protocols.ProviderProtocol, protocols.DeskProtocol),
    "portal": (protocols.PortalProtocol,),
}
every_call = pytest.mark.parametrize("call", CALLS, ids=[call.path for call in CALLS])
Letters = Any


def methods(protocol: type) -> dict[str, Any]:
    """The methods a Protocol names."""
    return {
        name: member
        for name, member in vars(protocol).items()
        if inspect.isfunction(member) and not name.startswith("_") and name != "public_file"
    }


def test_every_kind_once() -> None:
    """No struct, name or `typ` stands twice in the table."""
    assert len(KIND_OF) == len(KIND_BY_TYP) == len(_KINDS) == len({kind.name for kind in _KINDS})


def test_every_typ_fits_a_header() -> None:
    """Every `typ` is `renkei.<message>.v<n>` and can stand in a protected header."""
    for kind in _KINDS:
        assert re.fullmatch(r"renkei\.[a-z]+(-[a-z]+)*\.v[1-9]", kind.typ)
        assert jws.frame("linkage:sign:1", kind.typ, b"{}")


@every_call
def test_every_struct_of_a_call_is_listed(call: Call) -> None:
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
    }


@every_call
def test_roles_of_a_call_are_known(call: Call) -> None:
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
        ("oversight", "institution"),
        ("oversight", "portal"),
    }


@every_call
def test_every_call_names_its_authentication(call: Call) -> None:
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


def test_every_protocol_method_is_a_call() -> None:
    """The methods of a role's Protocols are exactly its calls, by name: nothing else is offered."""
    assert PROTOCOLS.keys() == {call.receiver for call in CALLS}
    for role, offered in PROTOCOLS.items():
        names = [name for protocol in offered for name in methods(protocol)]
        assert sorted(names) == sorted(operation_id(call) for call in calls_to(role))


def test_desk_calls_are_the_desk_protocol() -> None:
    """What desks may send is in `DeskProtocol`, and what peers may send is not."""
    desk = {operation_id(call) for call in CALLS if call.senders == ("desk",)}
    assert desk == methods(protocols.DeskProtocol).keys()


def test_every_protocol_method_has_one_form() -> None:
    """Every method takes one signed letter and gives signed bytes, without waiting in a thread."""
    listed = {one for offered in PROTOCOLS.values() for one in offered}
    declared = {
        member
        for name, member in vars(protocols).items()
        if name.endswith("Protocol") and name != "Protocol"
    }
    assert declared == listed
    for protocol in listed:
        for method in methods(protocol).values():
            assert inspect.iscoroutinefunction(method)
            assert list(inspect.signature(method).parameters) == ["self", "letter"]
            assert inspect.get_annotations(method) == {"letter": bytes, "return": bytes}


def test_golden_messages_fit(country: Any, letter_of: Letters) -> None:
    """Every golden message, signed, is far below the limit of its kind."""
    for kind in _KINDS:
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
    for kind in _KINDS:
        uses.setdefault(kind.key_use, set()).add(kind.name)
    assert uses["permit"] == {"permit", "refusal"}
    assert uses["directory"] == {"directory-version"}
    assert uses.keys() == {"sign", "permit", "directory"}
    assert KIND_OF[Permit].key_use != KIND_OF[ProblemReport].key_use
