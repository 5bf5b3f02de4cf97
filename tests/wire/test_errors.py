"""The closed lists: errors that cross a border, and reasons a refusal can have."""

import re
from http import HTTPStatus

import pytest

from renkei.law import REASONS
from renkei.wire import errors, reasons
from renkei.wire.errors import EDGE_ERRORS, ERRORS, ErrorKind, WireError

ROWS = (*errors.ROWS, *errors.EDGE_ROWS)
every_row = pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])


def test_every_code_once() -> None:
    """No code stands twice, in one list or in both."""
    codes = [row.code for row in ROWS]
    assert sorted(codes) == sorted(set(codes))
    assert ERRORS.keys() | EDGE_ERRORS.keys() == set(codes)
    assert all(code == row.code for code, row in (ERRORS | EDGE_ERRORS).items())


@every_row
def test_row(row: ErrorKind) -> None:
    """Every error has a code that fits a message, a status that fits who failed, and advice."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row.code)
    assert HTTPStatus(row.status)
    assert (row.status < 500) is (row.who == "sender")
    assert row.advice.endswith(".")
    assert 10 <= len(row.advice) <= 200


@every_row
def test_what_can_be_sent_again(row: ErrorKind) -> None:
    """Sending again can help only under a status clients retry, a conflict, or a bug's."""
    retried = {408, 409, 429, 500, 503}
    assert row.status in retried or not row.again
    assert row.again or row.status not in {408, 429, 503}


def test_error_without_detail_gives_advice() -> None:
    """An error raised without words says what the list advises, and keeps its article."""
    error = WireError("not-holder")
    assert error.detail == ERRORS["not-holder"].advice
    assert (error.article, error.retry_after_seconds) == (None, None)
    cited = WireError("not-allowed", "No.", article="法第9条第1項", retry_after_seconds=3)
    assert (cited.article, cited.retry_after_seconds) == ("法第9条第1項", 3)
    assert str(cited) == "not-allowed: No."


def test_no_error_outside_the_list() -> None:
    """An error whose code is not in the list cannot be made."""
    for code in ("", "no-such-error", *EDGE_ERRORS):
        with pytest.raises(KeyError):
            WireError(code)


def test_reasons_of_law_and_technique_are_apart() -> None:
    """A reason is either the law's or technical: no code is both."""
    assert reasons.TECHNICAL_REASONS.keys() & REASONS.keys() == set()


def test_every_error_is_a_reason() -> None:
    """A request that ends with an error can show its code: all are reasons, and some more."""
    more = {
        *("stale", "provider-unknown", "office-unknown", "commitment", "epoch"),
        *("content-too-large", "no-code", "portal-box", "record-differs"),
        *("affair-not-of-office", "case-not-open", "case-of-another-office"),
        *("affair-not-of-case", "consent-not-on-file", "code-stopped"),
    }
    assert reasons.TECHNICAL_REASONS.keys() == ERRORS.keys() | more


def test_reason_known() -> None:
    """Known are exactly the law's and the technical reasons, each with a text."""
    for code in (*REASONS, *reasons.TECHNICAL_REASONS):
        assert reasons.reason_known(code)
        assert len(reasons.reason_text(code)) >= 10
    for code in ("", "no-such-reason", "Stale", "stale\n", *EDGE_ERRORS):
        assert not reasons.reason_known(code)
        with pytest.raises(KeyError):
            reasons.reason_text(code)
