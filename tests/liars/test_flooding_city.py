"""A city that asks about one person without end is found; the person reads and proves it all."""

from by_hand import A, ByHand
from lying import LyingCountry, Reader

from renkei.roles.portal.rules import FLOOD_LINES
from renkei.wire.comparing import verify_all
from renkei.wire.linkage.permit import StrippedRequest


async def test_a_flood_about_one_person_is_found_within_a_minute(lying: LyingCountry) -> None:
    """The Commission has a request of the flood, signed by the city; nothing of it is left out."""
    city = ByHand(lying, A)
    asked = [city.request(subject="spouse") for _ in range(FLOOD_LINES)]
    for request in asked:
        await city.refusal(request)
    (found,) = await lying.until(lambda: lying.findings("flood"), "the flood is not found")
    assert found["possible"] == sorted([A, "linkage", "portal"]), "the portal alone counts"
    party = lying.party("ichikawa-city")
    evidence = party.read_inside(found["evidence"][0].decode(), (StrippedRequest,), aud="linkage")
    assert evidence.message.sender == A
    assert evidence.message.tx in {one.tx for one in asked}
    async with Reader(lying) as reader:
        file = await reader.stated(asked[-1].tx)
        status, oldest = await reader.get("/api/history?from=1")
    report = verify_all([file], lying.anchors)
    assert report.witnessed
    assert report.total == FLOOD_LINES
    assert status == 200
    assert b'"number":1,' in oldest
