"""How much a message may hold and weigh, from a few counts of the country (電文の大きさ).

Counts first; sizes are worked out from them, so that a list as long as its message allows still
fits it, and the directory of the whole country fits wherever it travels.
"""

from typing import Final

BODIES: Final = 1_800
"""Parties of the whole country: some 1,740 municipalities, 47 prefectures, and the others."""
ENTRY_BYTES: Final = 12_288
"""JSON of one party's directory entry on average, offices and filings included; each alone may be
longer."""
BATCH: Final = 100
"""People in one message of a first issue."""
ITEMS: Final = 20
"""Items of one request."""
PROVIDED_ITEMS: Final = 200
"""Items of one answer: what an ordinance affair names can be several of the table's items."""
CASE_EXCHANGES: Final = 200
"""Requests of one case."""
CASE_REQUESTS: Final = CASE_EXCHANGES // 2
"""Requests a plan may make: each of them may be asked anew once."""
CASE_QUESTIONS: Final = 100
"""Questions by hand that are bound to one case."""
CASE_CONSENTS: Final = 10
"""Consent statements of one case; all of them fit one answer."""
CASE_LINES: Final = 2_000
"""Items of one case, each about one person; a larger household is asked about by hand."""
CASE_PAPERS: Final = 3_000
"""Papers of one case, each about one person."""
CASE_WORDS: Final = 8
"""Conditions of one line, or facts that are missing for it."""
CONDITIONS: Final = 20
"""Conditions that one request states to be met."""
CASE_CONDITIONS: Final = 100
"""Conditions that one order of a desk states to be met."""
CASE_ANSWERS: Final = 40
"""Questions of a case that one order of a desk answers."""
ANSWER_PERSONS: Final = 20
"""Persons whom one answer names."""
CASE_OPEN: Final = 500
"""Open questions that a case shows at once; the rest are shown as these are answered."""
CASE_STATEMENTS: Final = 20
"""Statements of officers in one case; all of them fit one answer."""
CONFIRMED: Final = 500
"""Answers that one message says to be received."""
PENDING: Final = 200
"""Requests in one list of what waits for an officer."""

PLAIN_BYTES: Final = 65_536
"""What one box may hold; longer contents are refused as too large."""
BOX_DATA_BYTES: Final = PLAIN_BYTES + 28
"""Its nonce of 12 bytes and its tag of 16 with it."""
SUBJECT_BYTES: Final = 2_304
"""JSON of one person's attributes at their longest: two labels of 200 characters, 4 bytes each."""

_FRAME_BYTES: Final = 1_024
"""Header, signature, envelope and what else stands once in a message, generously."""


def _text(data: int) -> int:
    """Characters of base64 for so many bytes, as JSON carries them and as JWS carries JSON."""
    return -(-data // 3) * 4


def _signed(json_bytes: int) -> int:
    """The signed form of a message with so much JSON besides what stands in every message."""
    return _text(json_bytes + _FRAME_BYTES)


STATEMENT_BYTES: Final = 4_096
"""A few words that travel signed inside another message: a countersignature, a statement."""
SMALL_BYTES: Final = 16_384
STATED_BYTES: Final = _signed(CASE_ANSWERS * (ANSWER_PERSONS * 36 + 512) + 2 * CASE_CONDITIONS * 83)
"""An order that states and answers as much as it may."""
LARGE_BYTES: Final = 262_144
DIRECTORY_BYTES: Final = _signed(BODIES * ENTRY_BYTES)
"""A directory version: some 29.5 million bytes."""
CARRIED_DIRECTORY_BYTES: Final = _signed(DIRECTORY_BYTES + STATEMENT_BYTES)
"""A directory version inside another message, with its countersignature."""
KEPT_DIRECTORY_BYTES: Final = DIRECTORY_BYTES + STATEMENT_BYTES + _FRAME_BYTES
"""The file in which a party keeps the newest version, with its countersignature."""
PEOPLE_BYTES: Final = _signed(BATCH * (_text(SUBJECT_BYTES + 28) + 128))
"""A box with one person's attributes for each of `BATCH` people."""
CASE_BYTES: Final = _signed(
    CASE_EXCHANGES * (PLAIN_BYTES + 8_192)
    + CASE_LINES * 3_584
    + CASE_PAPERS * 2_048
    + CASE_OPEN * 1_024
    + CASE_STATEMENTS * (2 * STATED_BYTES + 10_240)
)
"""A case in which every request was answered as fully as an answer can be."""
PENDING_BYTES: Final = _signed(PENDING * (ITEMS * 83 + 1_024))
"""A full list of requests of `ITEMS` items each."""
COUNTS_BYTES: Final = _signed(BODIES * 512)
"""A few counts about each body of the country."""
BULK_BYTES: Final = 33_554_432
"""Answers whose count the asker chooses: records, openings, findings, the feed."""
LEDGER_PATH_BYTES: Final = 2 + 256 * 40 + 1 + 72
"""A path of the ledger at its longest: 256 siblings and a leaf."""
OPENED_AT_ONCE: Final = 50
"""Leaves that the Commission has opened in one message."""
STANDINGS_BYTES: Final = _signed(OPENED_AT_ONCE * (_text(LEDGER_PATH_BYTES) + 64 * 48 + 256))
"""Where as many leaves stand, each with its proofs at their longest."""
PUBLIC_FILE_BYTES: Final = 4_194_304
"""A public file of the log; an entry bundle of 256 entries is far smaller."""
