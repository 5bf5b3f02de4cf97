"""Whether the lines of a downloaded file say what was signed (署名した照会との照合).

A line holds what its inquirer signed, boxes stripped. Its record must be the one that follows from
that; who signed is checked with keys from outside the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import UNSET

from renkei.crypto import jws
from renkei.wire.deriving import departures
from renkei.wire.entries import ExchangeRecord
from renkei.wire.errors import WireError
from renkei.wire.framing import Keys, parse, read
from renkei.wire.history import ProvenLine
from renkei.wire.linkage.directory import SigningKey
from renkei.wire.linkage.permit import StrippedRequest
from renkei.wire.names import LINKAGE


@dataclass(slots=True)
class Compared:
    """Lines that fail, by name and why; how many are older; of how many the key is not known."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    older: int = 0
    unknown: int = 0


def compared(
    lines: Sequence[ProvenLine], records: Mapping[int, ExchangeRecord], known: Sequence[SigningKey]
) -> Compared:
    """Compare each line's record with what was signed; `records` are by number of the line."""
    keys = Keys({one.kid: one.public for one in known})
    found = Compared()
    for place, line in enumerate(lines):
        record = records.get(line.number)
        if record is None:
            continue
        try:
            if record.portal_box is None:
                if line.signed is not UNSET or found.older < place:
                    raise WireError("malformed", "It is of the older form and follows the newer.")
                found.older += 1
            else:
                found.unknown += not _says_what_was_signed(line, record, keys)
        except WireError as error:
            found.failures.append((f"line {line.number}", error.detail))
    return found


def _says_what_was_signed(line: ProvenLine, record: ExchangeRecord, keys: Keys) -> bool:
    """Whether the signature could be checked too; raises WireError where record or it is wrong."""
    if line.signed is UNSET:
        raise WireError("malformed", "What its inquirer signed is missing.")
    raw = line.signed.encode()
    unverified, request = parse(raw, (StrippedRequest,))
    departs = departures(record, request, jws.digest(unverified))
    if departs:
        text = f"The network's record is not what was signed: {', '.join(departs)}."
        raise WireError("malformed", text)
    if not keys.known(unverified.kid):
        return False
    read(raw, (StrippedRequest,), keys, aud=LINKAGE)
    return True
