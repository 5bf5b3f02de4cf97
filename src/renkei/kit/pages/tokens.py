"""Tokens of forms: a form is taken only from a page of ours, shown to the same browser (CSRF対策).

The token is an HMAC over what the browser holds in its cookie: the session, or before anybody has
signed in a random visitor's token. It is bound to it, so one person's form is nobody else's.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

FIELD: Final = "form-token"
"""Name of the hidden field every form carries."""
_PURPOSE: Final = b"renkei form token\x00"


def form_token(secret: bytes, holder: str) -> str:
    """The token for whoever holds this cookie; `secret` is random and lives with the process."""
    return hmac.new(secret, _PURPOSE + holder.encode(), sha256).hexdigest()


def is_form_token(secret: bytes, holder: str, given: str) -> bool:
    """Whether a form brings the token of the browser that sends it."""
    return bool(holder) and hmac.compare_digest(
        form_token(secret, holder).encode(), given.encode("utf-8", "replace")
    )
