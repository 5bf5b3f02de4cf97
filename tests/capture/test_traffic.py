"""What travels between parties, every layer opened, and what may travel where."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest
from capturing import CITY, EXCHANGES, FORMER_CITY, Message, Told, titles
from country_secrets import Seeds, blinding, codes, own_words, people, roots_of_codes
from needles import Index, Needle, Reader

from renkei.wire.boxes import BoxPurpose

OPENINGS = "renkei.openings.v1"
ALLOWED = {
    # An institution's own desk speaks its own institution's words, and shows what was provided.
    ("person-id", "desk"),
    ("case-number", "desk"),
    ("name", "desk-case"),
    # The Commission has entries opened at random, in memory (opening_failed is its finding).
    ("code", "openings"),
    ("blind", "openings"),
    # A person takes away their own code and what opens their own lines.
    ("code", "download"),
    ("blind", "download"),
}
"""Kinds of secrets, and the only places where they may stand outside a box."""


@pytest.fixture(scope="module")
def reader(told: Told, seeds: dict[str, Seeds]) -> Reader:
    """Everything secret of the country, ready to be searched for."""
    country = told.country
    return Reader(
        Index(
            [
                *people(country),
                *codes(country),
                *roots_of_codes(country),
                *own_words(country),
                *blinding(seeds.values()),
            ]
        )
    )


def places(one: Message, needle: Needle) -> set[str]:
    """As which of the allowed places a message counts for a secret."""
    found = set()
    desks = {f"{one.listener}-desk", f"{one.speaker}-desk"}
    if {one.speaker, one.listener} & desks and needle.place in ("", one.speaker, one.listener):
        found |= {"desk", one.typ.removeprefix("renkei.").removesuffix(".v1")}
    opening = (one.speaker, one.listener, one.typ) == ("portal", "oversight", OPENINGS)
    if opening and (needle.kind == "blind" or needle.place == "portal"):
        found.add("openings")
    if (one.speaker, one.listener) == ("portal", "people") and b"attachment" in one.lines:
        found.add("download")
    return found


def strangers(said: Iterable[Message], reader: Reader) -> list[str]:
    """Every secret that stands where it must not, and how it was wrapped."""
    wrong = []
    for one in said:
        for part, data in (("first line", one.first.encode()), ("header", one.lines)):
            wrong += [
                f"{needle.kind} of {needle.owner} in the {part} {one.speaker} -> {one.listener}"
                for needle, _ in reader.found(data)
            ]
        for needle, way in reader.found(one.body):
            if not any((needle.kind, place) in ALLOWED for place in places(one, needle)):
                wrong.append(
                    f"{needle.kind} of {needle.owner}: {one.speaker} -> {one.listener} "
                    f"{one.typ or one.first} by {way!r}"
                )
    return wrong


def test_the_story_was_recorded_whole(said: list[Message], seeds: dict[str, Seeds]) -> None:
    """Every kind of message of the story was seen, from first issue to the portal's feed."""
    seen = Counter(re.sub(r"\.v[0-9]+$", "", one.typ.removeprefix("renkei.")) for one in said)
    wanted = (
        *("acquisition-numbers", "acquire-batch", "acquire-batch-answer", "fill-batch"),
        *("collect-batch-answer", "domicile-request", "portal-batch", "persona-sign-in"),
        *("permit-request", "permit", "refusal", "presentation", "answer", "interim", "received"),
        *("attributes-offer", "receipts", "feed", "feed-acknowledge", "cosignature", "entries"),
        *("records", "ledger-root", "openings", "desk-procedure", "desk-case", "desk-decide"),
    )
    assert [name for name in wanted if not seen[name]] == []
    assert len(seeds) >= EXCHANGES
    assert any(one.first.startswith("GET /log/tile/") for one in said)


def test_nothing_travels_that_must_not(said: list[Message], reader: Reader) -> None:
    """No number, name, address, code, seed or scalar leaves its holder but in a box."""
    assert strangers(said, reader) == []


def test_the_boxes_do_hold_people(told: Told, said: list[Message], reader: Reader) -> None:
    """The search is not blind: what J-LIS's boxes hold is found once they are opened."""
    import base64

    from renkei.wire.fields import Box

    j_lis = told.captured.party("individual-number")
    asked = next(one for one in said if one.typ == "renkei.acquire-batch.v1").payload
    subject = asked["people"][0]
    box = Box(**{**subject["subject"], "data": base64.b64decode(subject["subject"]["data"])})
    plain = j_lis.unseal(asked["sender"], BoxPurpose.ACQUIRE, subject["number"], box)
    assert {"name", "address"} <= {needle.kind for needle, _ in reader.found(plain)}


def test_the_download_holds_its_own_person_only(
    told: Told, said: list[Message], reader: Reader
) -> None:
    """Every code in a download is the one code of whoever is signed in."""
    files = [
        one
        for one in said
        if (one.speaker, one.listener) == ("portal", "people") and b"attachment" in one.lines
    ]
    assert len(files) >= 2
    held = [needle for one in files for needle, _ in reader.found(one.body)]
    assert len({needle.owner for needle in held if needle.kind == "code"}) == 1
    assert {needle.kind for needle in held} == {"code", "blind"}


def test_addresses_and_titles_name_nobody(told: Told, said: list[Message], reader: Reader) -> None:
    """No address that was asked for and no page title tells of a person, a case or an officer."""
    asked = [one.first for one in said if not one.first.startswith("HTTP/")]
    shown = [title for _, page in told.pages for title in titles(page)]
    assert len({one.split(" ")[1] for one in asked}) > 30
    assert len(shown) >= 3
    words = "\n".join([*asked, *shown])
    assert reader.found(words.encode()) == set()
    assert "officer-" not in words
    assert "CAPTURE-" not in words


def test_a_plant_in_the_traffic_is_reported(said: list[Message], reader: Reader) -> None:
    """One code of the former city in a message to the network would fail this test's search."""
    request = next(one for one in said if one.typ.startswith("renkei.permit-request."))
    number = next(one for one in reader.index.needles if one.kind == "individual-number")
    code = next(one for one in reader.index.needles if one.place == FORMER_CITY)
    assert isinstance(code.value, bytes)
    for body in (request.body + code.value, str(number.value).encode()):
        planted = Message(CITY, "linkage", request.first, request.lines, body)
        (report,) = strangers([planted], reader)
        assert "-> linkage" in report
    url = Message(CITY, "linkage", f"GET /tile/{number.value} HTTP/1.1", b"", b"")
    assert len(strangers([url], reader)) == 1
