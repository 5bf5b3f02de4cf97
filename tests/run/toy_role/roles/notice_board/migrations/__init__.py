"""Schema of the board's database, step by step."""

from renkei.roles.notice_board.store import METADATA as TABLES

__all__ = ["TABLES"]
