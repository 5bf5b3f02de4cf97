"""What is pinned to the notice board, and its answer (掲示)."""

from typing import Annotated

from msgspec import Meta

from renkei.wire.fields import Message


class Notice(Message, frozen=True, kw_only=True):
    """One notice to pin (掲示の依頼)."""

    text: Annotated[str, Meta(min_length=1, max_length=200)]


class NoticePinned(Message, frozen=True, kw_only=True):
    """The notice hangs under this number (掲示番号)."""

    number: int
