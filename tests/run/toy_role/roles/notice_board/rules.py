"""What may hang on the board (掲示の基準)."""

from typing import Final

FORBIDDEN: Final = "for sale"


def may_hang(text: str) -> bool:
    """Whether a notice may be pinned: the board sells nothing."""
    return FORBIDDEN not in text.lower()
