"""Taking notices (掲示の受付)."""

from renkei.roles.notice_board import rules, store
from renkei.wire.notice_board.messages import Notice, NoticePinned

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter


class BoardService:
    """Reads, decides, records, answers."""

    def __init__(self, party: Party, database: Database, longest: int) -> None:
        self._party = party
        self._database = database
        self._longest = longest

    async def pin(self, letter: Letter[Notice]) -> NoticePinned:
        """Pin a notice; raises WireError `malformed` for one that may not hang."""
        notice = letter.message
        if len(notice.text) > self._longest or not rules.may_hang(notice.text):
            raise WireError("malformed", "The board takes no such notice.")
        number = await self._database.write(lambda c: store.pin(c, notice.sender, notice.text))
        return NoticePinned(**self._party.envelope(notice.sender), number=number)
