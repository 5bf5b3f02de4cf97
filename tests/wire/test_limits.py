"""Every limit against what it must carry: full lists, messages inside messages, boxes."""

import msgspec
import pytest
from msgspec import inspect as shape

from renkei.crypto import boxes
from renkei.law import items_of, procedures, tables
from renkei.law.permitted_items_and_persons import conditions_of
from renkei.roles.institution.rules import conditions_wanted
from renkei.roles.linkage.service import feed
from renkei.values.forms import FORMS
from renkei.wire import limits
from renkei.wire.call import Kind, kind_of
from renkei.wire.fields import Box, Message, Record
from renkei.wire.individual_number.messages import AcquireSubject, FourAttributes
from renkei.wire.institution.desk import DeskCase
from renkei.wire.institution.messages import Content, DomicileSubject, Missing, ProvidedItem
from renkei.wire.linkage.directory import DirectoryVersion
from renkei.wire.linkage.log import Feed
from renkei.wire.table import KIND_OF

FRAME_BYTES = 200
"""Header and signature of a message, dots included."""
LONGEST = {
    r"^[a-z][a-z0-9-]{1,62}\Z": 63,
    r"^[a-z][a-z0-9-]{1,62}:[a-z]{1,16}:[0-9]{1,6}\Z": 87,
    r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z": 36,
    r"^[A-Za-z0-9_-]{22}\Z": 22,
    r"^[a-z0-9][a-z0-9:.-]{0,79}\Z": 80,
    r"^[0-9]{1,3}(-[0-9]{1,2})?\Z": 6,
    r"^([0-9]{1,3}(-[0-9]{1,2})?|family-register)\Z": 15,
    r"^([0-9]{1,3}(-[0-9]{1,2})?|o-[a-z0-9-]{1,60})\Z": 62,
    r"^[0-9A-Za-z][0-9A-Za-z-]{0,39}\Z": 40,
    r"^[a-z0-9-]{1,40}\Z": 40,
}
"""Characters of the longest text that fits a pattern."""
SEALED = {
    "subject": limits.SUBJECT_BYTES,
    "attributes": limits.SUBJECT_BYTES,
    "content": limits.PLAIN_BYTES,
}
"""What boxes hold, by field; the others hold a point, a seed or a scalar of 32 bytes."""
ELSEWHERE = {
    DirectoryVersion: "tests/roles/linkage_log/test_whole_country.py builds it",
    Feed: "cut by the network where it would grow too long",
}
"""Messages whose limit is of a whole, not of the longest of each part."""
every_kind = pytest.mark.parametrize("kind", KIND_OF.values(), ids=lambda kind: kind.name)


def text(data: int) -> int:
    """Characters of base64 for so many bytes."""
    return -(-data // 3) * 4


def longest(type_: shape.Type, field: str, inside: list[int]) -> int:
    """Bytes of JSON that a value of a type can have at most.

    `inside` are the limits of the signed messages that travel in it, in the order of its fields.
    """
    if field == "provided":  # what came out of one box
        return limits.PLAIN_BYTES
    match type_:
        case shape.StructType(cls=cls, fields=fields):
            if cls is Box:
                return 80 + text(SEALED.get(field, 32) + 28)
            parts = (
                len(one.encode_name) + 4 + longest(one.type, one.name, inside) for one in fields
            )
            return 2 + sum(parts)
        case shape.ListType(item_type=item, max_length=int(length)):
            return 2 + length * (1 + longest(item, field, inside))
        case shape.UnionType(types=types):
            return max(longest(one, field, inside) for one in types)
        case shape.LiteralType(values=values):
            return 2 + max(len(str(value)) for value in values)
        case shape.StrType(max_length=int(length), pattern=str()):
            return 2 + 4 * length
        case shape.StrType(max_length=int(length)) if length >= limits.SMALL_BYTES:
            return 2 + (inside.pop(0) if inside else limits.SMALL_BYTES)
        case shape.StrType(max_length=int(length)):
            return 2 + length
        case shape.StrType(pattern=str(pattern)):
            return 2 + LONGEST.get(pattern, 10)
        case shape.BytesType(max_length=int(length)):
            return 2 + text(length)
        case shape.CustomType(cls=cls):
            return 2 + FORMS[cls].characters
        case shape.IntType() | shape.DateTimeType() | shape.BoolType() | shape.NoneType():
            return 34
        case _:
            raise AssertionError(f"{field}: {type_} has no longest form")


def most(message: type[Record]) -> int:
    """Bytes of JSON that a record can have at most."""
    inside = [kind_of(one).max_bytes for one in getattr(message, "INSIDE", ())]
    return longest(shape.type_info(message), "", inside)


@every_kind
def test_a_full_message_fits(kind: Kind) -> None:
    """Every list full, every text as long as it may be: a message still fits its own limit."""
    if kind.struct in ELSEWHERE:
        pytest.skip(ELSEWHERE[kind.struct])
    assert text(most(kind.struct)) + FRAME_BYTES <= kind.max_bytes


@every_kind
def test_a_field_takes_the_whole_message_inside(kind: Kind) -> None:
    """A field that carries a signed message is as long as that message may be."""
    for inner in kind.struct.INSIDE:
        limit = kind_of(inner).max_bytes
        sizes = [
            one.max_length
            for field in msgspec.structs.fields(kind.struct)
            for one in _texts(shape.type_info(field.type))
            if one.pattern is None and one.max_length is not None
        ]
        if kind.struct is not Feed:  # there it stands in the lines
            assert sizes, kind.name
            assert any(size >= limit for size in sizes), f"{kind.name} cannot carry {inner}"


def _texts(type_: shape.Type) -> list[shape.StrType]:
    if isinstance(type_, shape.UnionType):
        return [found for one in type_.types for found in _texts(one)]
    return [type_] if isinstance(type_, shape.StrType) else []


@pytest.mark.parametrize("held", [AcquireSubject, FourAttributes, DomicileSubject])
def test_a_person_fits_its_box(held: type[Record]) -> None:
    """The longest attributes of a person are not longer than a batch of boxes was sized for."""
    assert most(held) <= limits.SUBJECT_BYTES


def test_a_box_holds_what_the_wire_says() -> None:
    """The wire's limit of a box is what can be sealed."""
    assert limits.PLAIN_BYTES == boxes.PLAINTEXT_LIMIT_BYTES
    data = next(one for one in msgspec.structs.fields(Box) if one.name == "data")
    assert shape.type_info(data.type).max_length == limits.BOX_DATA_BYTES


def test_every_item_an_answer_may_have_can_be_read() -> None:
    """As many items as a provider may put into an answer are read out of its box."""
    every = sorted(set().union(*(items_of(kind) for kind in tables.categories())))
    assert len(every) > 50
    items = [ProvidedItem(item=one, as_of="2026-01-01", fields=[]) for one in every]
    missing = [Missing(item=one, reason="no-data") for one in every]
    content = Content(items=items, missing=missing)
    assert msgspec.json.decode(msgspec.json.encode(content), type=Content) == content


def test_every_line_and_order_has_room_for_its_conditions() -> None:
    """What the law wants stated for an item fits a case's line, and for a procedure an order."""
    for sub in tables.sub_affairs().values():
        for item in sub.items:
            assert len(conditions_of(sub, item)) <= limits.CASE_WORDS, (sub.id, item.item)
    assert limits.CASE_WORDS <= limits.CONDITIONS
    for procedure in procedures().values():
        wanted = conditions_wanted(procedure.affairs, procedure.valid_from)
        assert len(wanted) <= limits.CASE_CONDITIONS, procedure.id


def test_the_feed_is_cut_below_its_limit() -> None:
    """What the network puts into one answer, coded twice, fits the answer with the longest line."""
    line = limits.LARGE_BYTES
    assert text(text(feed.FEED_BYTES_LIMIT + line)) + FRAME_BYTES <= Feed.MAX_BYTES


SAME = ("affair", "sub_affair", "items", "subject", "person", "tx", "requester", "provider")


def test_a_word_of_an_exchange_has_one_form_everywhere() -> None:
    """What one message may say of an exchange, the next may repeat: no type is narrower."""
    forms: dict[str, dict[str, list[str]]] = {name: {} for name in SAME}
    for message in KIND_OF:
        for struct in _structs(shape.type_info(message)):
            names = {one.name for one in struct.fields}
            for field in struct.fields:
                about_exchange = {"sub_affair", "tx", "requester"} & names
                if field.name in SAME and about_exchange:
                    forms[field.name].setdefault(repr(_there(field.type)), []).append(
                        struct.cls.__name__
                    )
    assert {name: sorted(found.values()) for name, found in forms.items() if len(found) != 1} == {}


def _there(type_: shape.Type) -> shape.Type:
    """The type of a field where it has a value: leaving a word away says nothing narrower."""
    if not isinstance(type_, shape.UnionType):
        return type_
    (there,) = (one for one in type_.types if not isinstance(one, shape.NoneType))
    return there


def _structs(type_: shape.Type) -> list[shape.StructType]:
    match type_:
        case shape.StructType(fields=fields):
            return [type_, *(one for field in fields for one in _structs(field.type))]
        case shape.ListType(item_type=item):
            return _structs(item)
        case shape.UnionType(types=types):
            return [found for one in types for found in _structs(one)]
        case _:
            return []


def test_only_messages_have_limits() -> None:
    """A message states its own limit; between parties a directory is the longest there is."""
    between_parties = [one.max_bytes for one in KIND_OF.values() if one.struct is not DeskCase]
    assert max(between_parties) == limits.CARRIED_DIRECTORY_BYTES
    assert kind_of(DeskCase).max_bytes == limits.CASE_BYTES  # inside one body
    assert all(issubclass(struct, Message) for struct in KIND_OF)
