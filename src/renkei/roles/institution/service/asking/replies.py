"""What the network replied to a request, and whether that is about it (ネットワークの回答).

The inquirer makes the promised record itself from what it signed and the reply: a permit that
promises any other record, or says other terms to the provider, goes no further.
"""

from typing import Final

from renkei.kit.logs import get_logger
from renkei.roles.institution.service.asking.question import signed_request
from renkei.roles.institution.store.asked import Asked, Ending, Permission
from renkei.wire.deriving import decision_in, unfit
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.linkage.permit import Permit, Refusal

OLDER_FORM: Final = Ending(outcome="refused", reason="stale", refused_by="requester")
"""How a request ends that was signed in a form nobody takes any more."""


def disputed(one: Asked, letter: Letter[Permit | Refusal]) -> Ending | None:
    """How a request ends whose reply is not about it, the reply kept; None where it is (照合).

    Raises WireError `unavailable` for a reply to another request altogether: it says nothing.
    """
    request, digest = signed_request(one)
    wrong = unfit(request, digest, letter.message)
    if {"requester", "tx", "provider", "request_digest"} & set(wrong):
        raise WireError("unavailable", "The network answered for another request.")
    if not wrong:
        return None
    get_logger().error("reply-disputed", tx=one.tx, reason=" ".join(wrong))
    decision = decision_in(letter.message)
    return Ending(
        outcome="refused",
        reason="record-differs",
        refused_by="requester",
        entry_hash=letter.message.entry_hash,
        basis_article=decision.article,
        basis_row=decision.row,
        disputed=letter.raw,
    )


def refused(refusal: Refusal) -> Ending:
    """How a request ends that the network refused."""
    return Ending(
        outcome="refused",
        article=refusal.article,
        row=refusal.row,
        reason=refusal.reason,
        refused_by="network",
        entry_hash=refusal.entry_hash,
        basis_article=refusal.article,
        basis_row=refusal.row,
    )


def permission(raw: bytes, digest: bytes, permit: Permit) -> Permission:
    """A permit as it is kept with its request."""
    return Permission(
        permit=raw,
        permit_digest=digest,
        entry_hash=permit.entry_hash,
        valid_until=permit.valid_until,
        article=permit.basis.article,
        row=permit.basis.row,
    )
