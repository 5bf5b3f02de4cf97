"""Putting the notice board together (掲示板の組立て)."""

from typing import Annotated, Final

from msgspec import Meta
from renkei.roles.notice_board import api
from renkei.roles.notice_board.service import BoardService
from renkei.roles.notice_board.store import REVISION
from renkei.wire.notice_board.calls import NOTICE_BOARD

from renkei.kit.config import Config
from renkei.kit.doorway import Doorway
from renkei.run import directory as kept_directory
from renkei.run.parts import Parts, Running, rounds
from renkei.run.role import RoleDescription


class Settings(Config, frozen=True, kw_only=True):
    """What the board is told besides (掲示板の設定)."""

    longest_characters: Annotated[int, Meta(ge=1, le=200)] = 100


def compose(parts: Parts[Settings]) -> Running:
    """The board's service, its route, its directory."""
    keeper = parts.keeper()
    service = BoardService(parts.party, parts.database, parts.settings.longest_characters)
    return Running(
        routes=api.routes(service, Doorway(parts.party)),
        starting=[keeper.first],
        background=[rounds("directory", keeper.refresh, kept_directory.INTERVAL)],
    )


ROLE: Final = RoleDescription(
    name=NOTICE_BOARD,
    compose=compose,
    migrations="renkei.roles.notice_board.migrations",
    revision=REVISION,
    settings=Settings,
)
