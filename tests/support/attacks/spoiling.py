"""Changing one byte of one part of a history file."""

import random
from collections.abc import Callable
from typing import Any

import msgspec

from renkei.wire.history import HistoryFile
from renkei.wire.verifying import Report

Spoil = Callable[[HistoryFile, random.Random], HistoryFile]


def other_byte(data: bytes, draw: random.Random) -> bytes:
    """The same bytes with one of them changed."""
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ draw.randrange(1, 256)]) + data[at + 1 :]


def other_letter(text: str, draw: random.Random, start: int = 0) -> str:
    """The same text with one character changed to another printable one."""
    at = draw.randrange(start, len(text))
    letters = [chr(code) for code in range(33, 127) if chr(code) != text[at]]
    return text[:at] + draw.choice(letters) + text[at + 1 :]


def _part(name: str) -> Spoil:
    def spoil(file: HistoryFile, draw: random.Random) -> HistoryFile:
        value: Any = getattr(file, name)
        new = other_byte(value, draw) if isinstance(value, bytes) else other_letter(value, draw)
        return msgspec.structs.replace(file, **{name: new})

    return spoil


def _number(name: str) -> Spoil:
    def spoil(file: HistoryFile, draw: random.Random) -> HistoryFile:
        value = getattr(file, name) + draw.choice([-1, 1])
        return msgspec.structs.replace(file, **{name: max(value, 0)})

    return spoil


def _inside(listed: str, name: str) -> Spoil:
    def spoil(file: HistoryFile, draw: random.Random) -> HistoryFile:
        rows = list(getattr(file, listed))
        at = draw.randrange(len(rows))
        value = getattr(rows[at], name)
        if isinstance(value, list):
            hash_at = draw.randrange(len(value))
            value = [*value]
            value[hash_at] = other_byte(value[hash_at], draw)
        elif isinstance(value, int):
            value = max(value + draw.choice([-1, 1]), 1 if name != "leaf" else 0)
            if value == getattr(rows[at], name):
                value += 1
        elif isinstance(value, str):
            value = other_letter(value, draw)
        else:
            value = other_byte(value, draw)
        rows[at] = msgspec.structs.replace(rows[at], **{name: value})
        return msgspec.structs.replace(file, **{listed: rows})

    return spoil


def _checkpoint_line(number: int) -> Spoil:
    """Spoil one line of the note: 0 to 2 the text, 4 the log's signature, 5 the witness's."""

    def spoil(file: HistoryFile, draw: random.Random) -> HistoryFile:
        rows = file.checkpoint.split("\n")
        rows[number] = other_letter(rows[number], draw)
        return msgspec.structs.replace(file, checkpoint="\n".join(rows))

    return spoil


SPOILT: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "record": (_inside("lines", "record"), ("lines-in-log: line", "records: line")),
    "salt": (_inside("lines", "salt"), ("lines-in-log: line",)),
    "log's hashes": (_part("log_hashes"), ("lines-in-log: line", "receipts: receipt")),
    "leaf": (_inside("lines", "leaf"), ("lines-in-log",)),
    "number": (_inside("lines", "number"), ("line-numbers: line",)),
    "r": (_inside("lines", "blind"), ("lines-yours: line",)),
    "code": (_part("code"), ("lines-yours: line",)),
    "what was signed": (_inside("lines", "signed"), ("lines-as-signed: line",)),
    "path of nobody's lines": (_part("unassigned_path"), ("unassigned",)),
    "receipt record": (_inside("receipts", "record"), ("receipts: receipt",)),
    "receipt salt": (_inside("receipts", "salt"), ("receipts: receipt",)),
    "receipt leaf": (_inside("receipts", "leaf"), ("receipts: receipt", "lines-in-log")),
    "receipt line": (_inside("receipts", "line"), ("receipts: receipt",)),
    "path": (_part("ledger_path"), ("ledger",)),
    "part": (_number("part"), ("line-numbers: line", "ledger")),
    "total": (_number("total"), ("ledger",)),
    "nobody's path": (_part("unassigned_path"), ("unassigned",)),
    "ledger root": (_part("ledger_root"), ("ledger",)),
    "count": (_number("exchange_entries"), ("ledger",)),
    "size": (_number("log_size"), ("checkpoint",)),
    "statement": (_part("statement"), ("statement",)),
    "origin": (_checkpoint_line(0), ("checkpoint",)),
    "checkpoint size": (_checkpoint_line(1), ("checkpoint",)),
    "checkpoint root": (_checkpoint_line(2), ("checkpoint",)),
    "log's signature": (_checkpoint_line(4), ("checkpoint",)),
    "cosignature": (_checkpoint_line(5), ("cosignature", "checkpoint")),
}
"""What is spoilt, how, and which check names it."""


def failing(report: Report) -> list[str]:
    """Names of the checks that do not hold."""
    return [check.name for check in report.checks if check.holds is False]
