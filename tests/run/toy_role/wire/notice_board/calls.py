"""The notice board's calls (掲示板の呼出し)."""

from typing import Any, Final

from renkei.wire.notice_board.messages import Notice, NoticePinned

from renkei.wire.call import Call
from renkei.wire.names import INSTITUTION

TITLE: Final = "Notice board (掲示板)"
NOTICE_BOARD: Final = "notice-board"
PIN: Final = Call(NOTICE_BOARD, "/pin", Notice, (NoticePinned,), (INSTITUTION,))
CALLS: Final[tuple[Call[Any, Any], ...]] = (PIN,)
