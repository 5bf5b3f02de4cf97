"""What a peer's refusal says, read by whoever called it (異常応答)."""

import contextlib
from datetime import datetime

import msgspec

from renkei.crypto import jws
from renkei.kit.party import Party
from renkei.wire.clocks import OF_TIME, compared
from renkei.wire.errors import ERRORS, WireError
from renkei.wire.problem import ProblemReport


def problem_of(
    party: Party, answer: tuple[int, bytes], peer: str, sent: bytes, later: int | None = None
) -> WireError:
    """The error a peer answered with; one that cannot be believed becomes `unavailable`.

    `answer` is status and body. A signed report is believed only about what was `sent`. `later` is
    what the unsigned header says of when to come back; at worst it delays. Where time is the
    trouble the error compares the peer's clock with this party's.
    """
    status, body = answer
    with contextlib.suppress(WireError):
        report: ProblemReport = party.read(body, (ProblemReport,), peer=peer).message
        if report.code in ERRORS and report.request_digest == jws.digest_of(sent):
            words, apart = _clocks(party, report.code, peer, report.at)
            return WireError(
                report.code,
                f"{report.detail} ({words})" if words else report.detail,
                article=report.article,
                retry_after_seconds=report.retry_after_seconds,
                peer=peer,
                apart_seconds=apart,
            )
    with contextlib.suppress(msgspec.DecodeError):
        plain = msgspec.json.decode(body, type=_Plain)
        if plain.error in ERRORS:
            words, apart = _clocks(party, plain.error, peer, plain.at)
            return WireError(
                plain.error,
                f"{peer} said so, unsigned ({status}){': ' if words else ''}{words}.",
                signed=False,
                retry_after_seconds=later,
                peer=peer,
                apart_seconds=apart,
            )
    said = f"{peer} answered {status} without a known error."
    return WireError("unavailable", said, retry_after_seconds=later, peer=peer)


class _Plain(msgspec.Struct):
    """What is read of an error in the open; whatever else it says is not."""

    error: str
    at: datetime | None = None


def _clocks(
    party: Party, code: str, peer: str, theirs: datetime | None
) -> tuple[str, float | None]:
    """The comparison of two clocks and how far the peer's is ahead; nothing for other errors."""
    if code not in OF_TIME or theirs is None or theirs.tzinfo is None:
        return "", None
    ours = party.now()
    words = compared((peer, theirs), (party.name, ours))
    return words, round((theirs - ours).total_seconds(), 3)
