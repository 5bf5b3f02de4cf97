"""The board's address (掲示板の受付)."""

from renkei.roles.notice_board.service import BoardService
from renkei.wire.notice_board.calls import PIN

from renkei.kit.doorway import Doorway
from renkei.kit.http_server import Route


def routes(service: BoardService, doorway: Doorway) -> list[Route]:
    """All routes of this role."""
    return [doorway.route(PIN, service.pin)]
