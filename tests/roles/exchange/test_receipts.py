"""Receipts by hand: whose receipts the network records, and how often."""

from typing import Any

import pytest

A, B, OTHER = "chofu-city", "ichikawa-city", "pension-service"


def recorded(country: Any, tx: str) -> list[str]:
    """Who has a receipt recorded for a transaction."""
    rows = country.rows("linkage", f"SELECT sender FROM receipt WHERE tx = '{tx}' ORDER BY sender")
    return [row[0] for row in rows]


async def test_a_receipt_is_recorded_once(by_hand: Any, country: Any) -> None:
    """The requester's receipt, sent twice and twice in a batch, is one log entry."""
    held = await by_hand.permit()
    receipt = by_hand.receipt(held.request, held.digest, outcome="lapsed")
    for _ in range(2):
        noted = await by_hand.receipts(receipt, receipt)
        assert (noted.count, noted.rejected) == (2, [])
    assert recorded(country, held.permit.tx) == [A]


async def test_both_sides_have_their_own_receipt(by_hand: Any, country: Any, books: Any) -> None:
    """A and B each have one receipt; B's comes from its outbox without anybody asking."""
    held = await by_hand.permit()
    letter = by_hand.answer(await by_hand.present(held.raw))
    await by_hand.receipts(by_hand.receipt(held.request, letter.digest))
    books.quiet()
    assert recorded(country, held.permit.tx) == [A, B]


@pytest.mark.usefixtures("nothing_written")
async def test_a_receipt_for_no_exchange(by_hand: Any) -> None:
    """A receipt for a transaction the network never judged is named back, nothing written."""
    request = by_hand.request()
    noted = await by_hand.receipts(by_hand.receipt(request, bytes(32)))
    assert noted.count == 0
    assert [(one.requester, one.tx) for one in noted.rejected] == [(A, request.tx)]


@pytest.mark.parametrize("who", ["outsider", "commitment", "other requester"])
async def test_a_receipt_of_somebody_elses_exchange(
    by_hand: Any, other_by_hand: Any, books: Any, who: str
) -> None:
    """A receipt for an exchange one is not part of, or with a foreign commitment, is rejected."""
    held = await by_hand.permit()
    before = books.quiet()
    hand, changes = {
        "outsider": (other_by_hand, {}),
        "commitment": (by_hand, {"commitment": bytes(32)}),
        "other requester": (by_hand, {"requester": OTHER}),
    }[who]
    receipt = hand.receipt(held.request, held.digest, **changes)
    noted = await hand.receipts(receipt)
    assert noted.count == 0
    assert [one.tx for one in noted.rejected] == [held.permit.tx]
    assert books.now() == before


@pytest.mark.usefixtures("nothing_written")
async def test_a_full_batch_of_strangers_is_answered(by_hand: Any) -> None:
    """500 receipts that fit nothing are all named back in an answer the sender can take."""
    request = by_hand.request()
    batch = [by_hand.receipt(request, bytes(32), tx=by_hand.tx()) for _ in range(500)]
    noted = await by_hand.receipts(*batch)
    assert (noted.count, len(noted.rejected)) == (0, 500)
