"""The closed list of reasons that an answer can have (理由一覧).

A refusal by law has an article and a reason of `law.REASONS`; a technical one has no article and a
reason of `TECHNICAL_REASONS`. `Refusal`, `Answer` and `DeskExchange` carry no other code.
"""

from typing import Final

from renkei.law import REASONS
from renkei.wire.errors import ERRORS

_OF_EXCHANGES: Final = {
    "stale": "the request was not asked within the time in which it is fresh",
    "provider-unknown": "the directory lists no institution of that name to be asked",
    "office-unknown": "the directory lists no such office of the body that asks",
    "affair-not-of-office": "the office that asks does not handle this affair",
    "case-not-open": "the question names no open case of this body, or a question for one",
    "case-of-another-office": "the case is one of another office",
    "affair-not-of-case": "the case is about another affair",
    "consent-not-on-file": "no consent statement kept with the case covers what is asked",
    "content-too-large": "what is held does not fit into one answer; ask for fewer items",
    "code-stopped": "a code on file may be another person's: it has to be acquired anew first",
    "commitment": "the seed in the box does not open the commitment of the request",
    "portal-box": "the box for the portal is not the one of the seed: the person could not see it",
    "record-differs": "the network promised another record than that of what was asked",
    "no-code": "the body that was asked could not find the person in its file",
    "epoch": "the request or the permit is of a code epoch that is not in force",
}

TECHNICAL_REASONS: Final[dict[str, str]] = {
    **{code: row.advice for code, row in ERRORS.items()},
    **_OF_EXCHANGES,
}
"""Reasons that rest on no article: those of an exchange, then every error a peer can answer with,
because a request that ended with an error shows the desk its code."""


def reason_known(code: str) -> bool:
    """Whether a code may stand as the reason of a refusal."""
    return code in REASONS or code in TECHNICAL_REASONS


def reason_text(code: str) -> str:
    """What a reason means, in English; raises KeyError for a code that is not in the lists."""
    return REASONS[code] if code in REASONS else TECHNICAL_REASONS[code]
