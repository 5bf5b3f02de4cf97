"""Days that do not exist, characters that do not show, numbers no reader holds: refused by name."""

import calendar
import json
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from doors import Doors
from signed_cases import Pen, call_of, problem

from renkei.kit.pages.names import neutral
from renkei.roles.institution.store.persons import COPY_BYTES_LIMIT, Copy, add_copies
from renkei.wire import fields
from renkei.wire.errors import WireError
from renkei.wire.framing import decode
from renkei.wire.individual_number.messages import FourAttributes
from renkei.wire.institution.messages import Content, Field

HIDDEN = {
    "NUL": "\x00",
    "escape": "\x1b",
    "line feed": "\n",
    "delete": "\x7f",
    "next line": "\x85",
    "soft hyphen": "\u00ad",
    "Arabic letter mark": "\u061c",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "right-to-left mark": "\u200f",
    "line separator": "\u2028",
    "right-to-left override": "\u202e",
    "word joiner": "\u2060",
    "first strong isolate": "\u2068",
    "byte order mark": "\ufeff",
    "annotation": "\ufff9",
}
NAMES = ("架空 太郎", "葛\U000e0100飾", "辻\ufe00", "Ünïcödé O'Nëil", "ﾊﾝｶｸ", "𠮷野", "が")
DAY = msgspec.json.Decoder(fields.Day)


def is_day(text: str) -> bool:
    """Whether the field type for days takes a text."""
    try:
        return DAY.decode(json.dumps(text).encode()) == text
    except msgspec.ValidationError:
        return False


def test_every_day_and_no_other() -> None:
    """Of all writings YYYY-MM-DD from 1800 to 2199 exactly the days of the calendar are taken."""
    first, last = date(1800, 1, 1), date(2199, 12, 31)
    for offset in range(0, (last - first).days + 1, 7):
        assert is_day((first + timedelta(days=offset)).isoformat())
    for year in range(1800, 2200):
        assert is_day(f"{year}-02-29") == calendar.isleap(year)
        assert is_day(f"{year}-12-31")
    for month in range(14):
        for number in range(33):
            there = 1 <= month <= 12 and 1 <= number <= calendar.monthrange(2026, month)[1]
            assert is_day(f"2026-{month:02}-{number:02}") == there


@pytest.mark.parametrize(
    "text",
    [
        *("0000-01-01", "0001-01-01", "1799-12-31", "2200-01-01", "9999-12-31", "10000-01-01"),
        *("2026-1-1", "2026-01-01\n", "２０２６-01-01", "2026-01-01T00:00:00Z", "-026-01-01", ""),
    ],
)
def test_what_is_no_day(text: str) -> None:
    """Other years, other digits, and more or less than a day are refused."""
    assert not is_day(text)


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("field", ["name", "address"])
def test_hidden_characters_in_attributes(name: str, field: str) -> None:
    """A name or address with a character that does not show is refused before it is compared."""
    good = {"name": "架空 太郎", "address": "架空市1-1", "birth_date": "1990-01-01", "sex": "male"}
    assert decode(json.dumps(good).encode(), FourAttributes).name == good["name"]
    bad = {**good, field: f"架空{HIDDEN[name]}太郎"}
    with pytest.raises(WireError) as refused:
        decode(json.dumps(bad).encode(), FourAttributes)
    assert refused.value.code == "malformed"


@pytest.mark.parametrize("name", NAMES)
def test_names_as_they_are_written(name: str) -> None:
    """Variation selectors, half-width letters, rare characters and combining marks are names."""
    data = {"name": name, "address": name, "birth_date": "1990-01-01", "sex": "unknown"}
    assert decode(json.dumps(data).encode(), FourAttributes).name == name


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_characters_never_reach_a_page(name: str) -> None:
    """What is shown has a mark in the place of a character that would not show."""
    assert neutral(f"a{HIDDEN[name]}b") == "a\N{REPLACEMENT CHARACTER}b"


NUMBERS = {
    "largest": (2**53 - 1, True),
    "one more": (2**53, False),
    "smallest": (-(2**53) + 1, True),
    "one less": (-(2**53), False),
    "signed 64 bits": (2**63, False),
    "unsigned 64 bits": (2**64, False),
    "hundred digits": (10**100, False),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_a_content(name: str) -> None:
    """A number that some reader of JSON would round is refused, and none becomes a float."""
    number, taken = NUMBERS[name]
    item = {
        "item": "municipal-tax",
        "as_of": "2026-06-01",
        "fields": [{"name": "income", "value": number}],
    }
    data = json.dumps({"items": [item]}).encode()
    if taken:
        assert decode(data, Content).items[0].fields[0].value == number
        return
    with pytest.raises(WireError):
        decode(data, Content)


PAYLOADS: dict[str, tuple[str, str]] = {
    "beyond floats": ('"count":1', '"count":1e400'),
    "negative": ('"count":1', '"count":-1'),
    "minus zero": ('"count":1', '"count":-0'),
    "a float": ('"count":1', '"count":1.0'),
    "100,000 digits": ('"count":1', '"count":' + "1" * 10_000),
    "2 to the 64": ('"count":1', f'"count":{2**64}'),
    "not a number": ('"count":1', '"count":NaN'),
    "infinite": ('"count":1', '"count":Infinity'),
    "true": ('"count":1', '"count":true'),
    "text": ('"count":1', '"count":"1"'),
    "twins": ('"count":1', '"count":1,"count":1'),
    "escaped twins": ('"count":1', '"count":1,"c\\u006funt":1'),
    "unknown field": ('"count":1', '"count":1,"__proto__":{}'),
    "deep lists": ('"count":1', '"count":' + "[" * 10_000),
    "deep objects": ('"count":1', '"count":' + '{"a":' * 2_000),
    "lone surrogate": ('"sender":"', '"sender":"\\ud800'),
    "paired wrongly": ('"sender":"', '"sender":"\\udc00\\ud800'),
    "byte order mark": ("{", "\ufeff{"),
    "comment": ("{", "{/**/"),
    "trailing comma": ("}", ",}"),
    "two values": ("}", "}{}"),
    "NUL at the end": ("}", "}\x00"),
    "another zone": ('Z"', '+09:00"'),
    "no zone": ('Z"', '"'),
    "an odd zone": ('Z"', '+23:59"'),
    "a leap second": ('"at":"', '"at":"2016-12-31T23:59:60Z","x":"'),
    "minus zero zone": ('Z"', '-00:00"'),
}
TAKEN = {"minus zero zone"}
"""RFC 3339 §4.3: the same instant, from a sender that does not tell its zone."""


@pytest.mark.parametrize("name", PAYLOADS)
def test_payloads_of_a_real_sender(doors: Doors, name: str) -> None:
    """JSON that readers disagree about is refused as malformed, though a real party signed it."""
    pen = Pen(doors, call_of("linkage", "/acquisition/numbers"))
    envelope = msgspec.json.encode({**pen.party.envelope("linkage"), "count": 1}).decode()
    payload = envelope.replace(*PAYLOADS[name])
    if name == "a leap second":
        payload = envelope.replace(
            envelope[envelope.index('"at":') :][:40], '"at":"2016-12-31T23:59:60Z"'
        )
    before = doors.versions()
    letter = pen.sign(pen.header(), payload)
    reply = doors.send("linkage", "/acquisition/numbers", letter, names=doors.names(pen.sender))
    if name in TAKEN:
        assert reply.status == 200
        return
    assert (reply.status, problem(reply)[0]) == (400, "malformed"), reply
    assert doors.versions() == before


# -- copies --------------------------------------------------------------------------------------


def copy(**changes: Any) -> Copy:
    """A copy that can be provided, with fields replaced."""
    facts = {
        "person": "P",
        "item": "municipal-tax",
        "as_of": "2026-06-01",
        "fields": [Field(name="income", value=1)],
    }
    return Copy(**{**facts, **changes})


BAD_COPIES = {
    "a day that is none": {"as_of": "2026-02-30"},
    "a hidden character": {"fields": [Field(name="place", value="a\u202eb")]},
    "too great a number": {"fields": [Field(name="income", value=2**53)]},
    "too much": {"fields": [Field(name=f"f{n}", value="字" * 300) for n in range(100)]},
    "too many fields": {"fields": [Field(name=f"f{n}", value=1) for n in range(101)]},
}


@pytest.mark.parametrize("name", BAD_COPIES)
def test_copies_that_could_not_leave(doors: Doors, name: str) -> None:
    """A copy that no answer can carry is refused when it is loaded, in words that name its item."""

    def load(connection: Any) -> None:
        add_copies(connection, [copy(**BAD_COPIES[name])])

    database = doors.world.nodes["ichikawa-city"].database
    with pytest.raises(ValueError, match="municipal-tax"):
        doors.loop.run_until_complete(database.write(load))
    assert COPY_BYTES_LIMIT < 64 * 1024


def test_more_than_an_answer_holds(doors: Doors, hand: Any) -> None:
    """Where the copies asked for do not fit one answer, the answer says so and is final."""
    items = ["municipal-tax", "resident-record"]
    large = [Field(name=f"f{n}", value="字" * 300) for n in range(45)]

    def grow(connection: Any) -> None:
        import sqlalchemy as sa

        person = doors.country.manifest.persons["parent"]["ichikawa-city"]
        connection.execute(
            sa.text("UPDATE copy SET fields = :f WHERE person = :p"),
            {"f": msgspec.json.encode(large * 2), "p": person},
        )

    node = doors.world.nodes["ichikawa-city"]
    kept = doors.rows("ichikawa-city", "SELECT person, item, fields FROM copy")
    try:
        doors.loop.run_until_complete(node.database.write(grow))
        held = doors.loop.run_until_complete(hand.permit())
        reply = doors.loop.run_until_complete(hand.present(held.raw))
        answer = hand.answer(reply).message
        assert (answer.outcome, answer.reason) == ("refused", "content-too-large"), items
        again = doors.loop.run_until_complete(hand.present(held.raw))
        assert again.body == reply.body
    finally:

        def restore(connection: Any) -> None:
            import sqlalchemy as sa

            for person, item, old in kept:
                connection.execute(
                    sa.text("UPDATE copy SET fields = :f WHERE person = :p AND item = :i"),
                    {"f": old, "p": person, "i": item},
                )

        doors.loop.run_until_complete(node.database.write(restore))
