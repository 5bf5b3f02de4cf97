"""On what grounds something is found, and who can have done it: one table (指摘の根拠).

A row for every ground, with the reason beside it. A part stands in `possible` if that party alone,
honest others around it, can bring about what was seen; it stands in `excluded` if it cannot. So
nobody can make a finding that names others only; where two would have to lie together, the reason
says so. Pure.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

FindingKind = Literal[
    "fork",
    "entries-differ",
    "withheld-leaf",
    "records-differ",
    "ledger-count",
    "ledger-fork",
    "ledger-old",
    "count-fell",
    "opening-failed",
    "unassigned",
    "record-departs",
    "record-changed",
    "record-vanished",
    "unconfirmed-code",
    "lines-lost",
    "flood",
    "false-evidence",
    "directory-refused",
    "guessing",
]
Part = Literal[
    "the-network",
    "the-portal",
    "j-lis",
    "requester",
    "provider",
    "both",
    "speaker",
    "other",
    "tellers",
]
"""A part in the matter. `speaker`: whose word is looked at, `other`: the other side of an exchange,
`both`: the two of them, `tellers`: who told of somebody."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: which parts can have done it, which cannot, and why."""

    kind: FindingKind
    possible: tuple[Part, ...]
    excluded: tuple[Part, ...]
    why: str


class Ground(Enum):
    """Every ground on which something is found (指摘の根拠)."""

    FORK = Row(
        "fork",
        ("the-network",),
        ("the-portal",),
        "only the network has the key of the log and shows its files",
    )
    ENTRIES = Row(
        "entries-differ",
        ("the-network",),
        ("the-portal",),
        "only the network signs the tree and serves its entries",
    )
    DIRECTORY = Row(
        "directory-refused",
        ("the-network",),
        (),
        "only the network has the key under which a version of the directory is proposed",
    )
    WITHHELD = Row(
        "withheld-leaf",
        ("the-network", "speaker"),
        ("other",),
        "the promise is known by the word of one body: it was broken, or it never was",
    )
    WITHHELD_FROM_BOTH = Row(
        "withheld-leaf",
        ("the-network",),
        ("both",),
        "both bodies hold the same promise: to invent it they would have to lie together",
    )
    NOT_SHOWN = Row(
        "records-differ",
        ("the-network",),
        ("both", "the-portal"),
        "the entry stands in the log, and only the network can show the record behind it",
    )
    NO_EXCHANGE = Row(
        "records-differ",
        ("speaker",),
        ("the-network", "other"),
        "the body names an entry of the log as its exchange that is none, by the log itself",
    )
    FOREIGN = Row(
        "records-differ",
        ("speaker",),
        ("the-network", "other"),
        "a requester that was promised the entry of another exchange would dispute that",
    )
    REQUEST_UNKNOWN = Row(
        "records-differ",
        ("the-network", "requester"),
        ("provider",),
        "the network logged another request than the requester shows: one of them exchanged it",
    )
    DEPARTS = Row(
        "records-differ",
        ("the-network",),
        ("both",),
        "the requester's signature shows what was asked, and only the network writes the record",
    )
    REPLY_UNFIT = Row(
        "records-differ",
        ("the-network",),
        ("both",),
        "the network's own signature stands under a reply to this request that does not fit it",
    )
    REPLY_FITS = Row(
        "records-differ",
        ("requester",),
        ("the-network", "provider"),
        "the reply that the requester disputes is signed by the network and right",
    )
    REPLY_ELSEWHERE = Row(
        "records-differ",
        ("requester",),
        ("the-network", "provider"),
        "an honest requester takes no reply to another request for its own: it is as if none came",
    )
    DISPUTE_EMPTY = Row(
        "records-differ",
        ("requester",),
        ("the-network", "provider"),
        "who disputes a reply keeps it, and the requester shows none",
    )
    SPEAKER_DIFFERS = Row(
        "records-differ",
        ("speaker",),
        ("the-network", "other"),
        "what was signed, the record and the other side agree; only this word says otherwise",
    )
    NOT_ASKED = Row(
        "records-differ",
        ("the-network", "speaker"),
        (),
        "nobody has shown yet what was signed: the record is wrong, or the word of this body is",
    )
    BOTH_DIFFER = Row(
        "records-differ",
        ("the-network", "both"),
        (),
        "both bodies say otherwise than the record: two of the three lie together, or more",
    )
    TWO_ENTRIES = Row(
        "records-differ",
        ("the-network", "other"),
        ("speaker",),
        "the record fits the word of one body; the other one holds another entry of the log",
    )
    ACTED_ON_REFUSAL = Row(
        "records-differ",
        ("provider",),
        ("the-network", "requester"),
        "the requester was refused: nobody but the provider says that there was a permit",
    )
    ANSWER_TO_REFUSAL = Row(
        "records-differ",
        ("requester",),
        ("the-network", "provider"),
        "the entry that the requester was promised is that of the refusal",
    )
    REQUESTER_SILENT = Row(
        "records-differ",
        ("the-network", "requester"),
        ("provider",),
        "the requester hides its record, or the network logged what nobody asked; no provider logs",
    )
    PROVIDER_SILENT = Row(
        "records-differ",
        ("requester", "provider"),
        ("the-network",),
        "the requester speaks of an answer, the provider of none; the network takes no part in it",
    )
    OUTCOMES = Row(
        "records-differ",
        ("requester", "provider"),
        ("the-network",),
        "two bodies tell two ends of one exchange; the network takes no part in the answer",
    )
    WORD_CHANGED = Row(
        "records-differ",
        ("speaker",),
        ("the-network",),
        "two letters signed by this body contradict each other",
    )
    RECORD_CHANGED = Row(
        "record-changed",
        ("speaker",),
        ("the-network",),
        "two letters signed by this body contradict each other",
    )
    RECORD_GONE = Row(
        "record-vanished",
        ("speaker",),
        ("the-network",),
        "this body has signed that it had the record, and signs now that it has none",
    )
    RECORD_NEVER = Row(
        "record-vanished",
        ("the-network", "requester"),
        ("provider", "the-portal"),
        "the requester hides its record, or the network logged what nobody asked",
    )
    RECORD_NOT_SHOWN = Row(
        "record-vanished",
        ("the-network",),
        ("both", "the-portal"),
        "only the network can show the record behind its entry",
    )
    HANDED_OTHERWISE = Row(
        "unassigned",
        ("the-network",),
        ("requester", "the-portal"),
        "the network signed what it handed over, and that is not what was logged or asked",
    )
    RECORD_DEPARTS = Row(
        "record-departs",
        ("the-network",),
        ("requester", "the-portal"),
        "the requester's signature shows what was asked, and only the network writes the record",
    )
    KEY_GONE = Row(
        "unassigned",
        ("the-network", "requester", "the-portal"),
        (),
        "the key under a letter is not listed any more, so that nobody can tell who signed it",
    )
    BOX_SHUT = Row(
        "unassigned",
        ("requester", "the-portal"),
        ("the-network", "provider"),
        "the portal was handed the box that was signed; only the seed tells whether it opens",
    )
    SEED_WRONG = Row(
        "unassigned",
        ("requester",),
        ("the-network", "the-portal"),
        "the seed that the requester shows does not make the box or the commitment it signed",
    )
    SEED_HIDDEN = Row(
        "unassigned",
        ("requester",),
        ("the-network", "the-portal"),
        "an honest requester makes the seed again from its own key; this one shows none",
    )
    BOX_OPENS = Row(
        "false-evidence",
        ("the-portal",),
        ("the-network", "requester"),
        "the box made from the seed is the one that was signed and handed over: it opens",
    )
    AS_TOLD = Row(
        "unassigned",
        ("the-network", "requester", "the-portal"),
        ("provider",),
        "it rests on the portal's word: no letter of the network's shows what was handed over",
    )
    NOT_OPENED = Row(
        "unassigned",
        ("the-network", "the-portal"),
        ("requester", "provider"),
        "the requester's box is right: another one was handed over, or the portal says so falsely",
    )
    FORGED = Row(
        "false-evidence",
        ("the-portal",),
        ("the-network", "requester"),
        "the portal gives as evidence what nobody signed, or what is about something else",
    )
    UNPROVEN = Row(
        "false-evidence",
        ("the-network", "the-portal"),
        (),
        "the letter cannot be checked: its key is not listed any more, or the log is not seen yet",
    )
    CODE = Row(
        "unconfirmed-code",
        ("requester", "the-network", "the-portal", "j-lis"),
        ("provider",),
        "another code sent, falsely converted, not named by J-LIS, or not known to the portal",
    )
    LOST_STATED = Row(
        "lines-lost",
        ("the-portal",),
        ("the-network",),
        "the portal signed a ledger with these lines, and the Commission stated it",
    )
    LOST_UNSTATED = Row(
        "lines-lost",
        ("the-network", "the-portal"),
        (),
        "no ledger has these lines: the network deleted too early, or the portal says so falsely",
    )
    FLOOD = Row(
        "flood",
        ("requester", "the-network", "the-portal"),
        ("provider",),
        "the portal alone counts, and the network can log the request that is shown many times",
    )
    COUNT = Row(
        "ledger-count",
        ("the-portal", "the-network"),
        (),
        "the portal files what the network hands over: lines were not handed over, or not filed",
    )
    COUNT_LOGGED = Row(
        "ledger-count",
        ("the-network", "the-portal"),
        (),
        "the network wrote this root into the log, and no signature of the portal's stands by it",
    )
    TWO_LEDGERS = Row(
        "ledger-fork",
        ("the-portal",),
        ("the-network",),
        "the portal has signed two ledgers at one log size",
    )
    LEDGER_NOT_LOGGED = Row(
        "ledger-fork",
        ("the-portal", "the-network"),
        (),
        "the portal's word is not what the log holds, and only the network writes into the log",
    )
    LEDGER_OLD = Row(
        "ledger-old",
        ("the-portal",),
        ("the-network",),
        "the portal has signed a newer ledger, which the log holds, and gives another",
    )
    FELL = Row(
        "count-fell",
        ("the-portal",),
        ("the-network",),
        "the portal signed both what the account was and what it is",
    )
    UNOPENED = Row(
        "opening-failed",
        ("the-portal", "the-network"),
        (),
        "the portal has not this line: it was not handed over as one, or it is hidden",
    )
    OTHER_FILED = Row(
        "opening-failed",
        ("the-portal", "the-network"),
        (),
        "the portal filed another record at this leaf: it was handed over so, or made up",
    )
    NOT_FILED = Row(
        "opening-failed",
        ("the-portal",),
        ("the-network",),
        "the portal's own signed words contradict each other, whatever it was handed",
    )
    OPENING_WRONG = Row(
        "opening-failed",
        ("the-portal",),
        ("the-network", "requester"),
        "the line is filed with the record of the log, and does not belong where it stands",
    )
    OPENING_LOST = Row(
        "opening-failed",
        ("the-portal", "the-network"),
        (),
        "the portal said that it lost lines from an earlier leaf on: see whose loss that is",
    )
    GUESSING = Row(
        "guessing",
        ("speaker", "tellers"),
        (),
        "it rests on the word of who compared: that body tried, or the other says what is not",
    )
    GUESSING_EVERYWHERE = Row(
        "guessing",
        ("speaker", "tellers"),
        ("other",),
        "without the word of those named it would be none; of the others two would have to lie",
    )


ROWS: Final = {ground.name: ground.value for ground in Ground}
