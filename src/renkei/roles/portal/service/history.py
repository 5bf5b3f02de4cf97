"""A person's history: signing in, and what they read (やりとり履歴の表示).

A session is a random token that names a code in this process's memory: it ends with the process,
and no number of any person is known here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection

from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.portal import rules
from renkei.roles.portal.service.codes import CodeService
from renkei.roles.portal.store import codes, lines
from renkei.roles.portal.store import ledger as store
from renkei.wire.errors import WireError
from renkei.wire.history import HistoryLine, HistoryView, read_exchange

TOKEN_BYTES: Final = 32
SESSIONS_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in: a token for their browser, until when, and as which persona."""

    token: str
    expires_at: datetime
    persona: str


@dataclass(frozen=True, slots=True)
class _Held:
    code: bytes
    session: Session


class HistoryService:
    """Signs people in and shows them what stands under their code."""

    def __init__(self, party: Party, database: Database, acquiring: CodeService) -> None:
        self._party = party
        self._database = database
        self._acquiring = acquiring
        self._sessions: dict[bytes, _Held] = {}

    # -- sessions ----------------------------------------------------------------------------

    async def sign_in(self, persona: str) -> Session:
        """SANDBOX: sign a persona in by a real acquisition; 30 minutes (試験用の本人指定)."""
        if not rules.is_persona(persona):
            raise WireError("person-unknown", "A persona's name is of a-z, 0-9 and hyphens.")
        code = await self._acquiring.of_persona(persona)
        now = self._party.now()
        self._sessions = {
            key: held for key, held in self._sessions.items() if held.session.expires_at > now
        }
        if len(self._sessions) >= SESSIONS_LIMIT:
            raise WireError("overloaded", "Too many people are signed in.", retry_after_seconds=60)
        token = self._party.randomness(TOKEN_BYTES).hex()
        expires = now + timedelta(seconds=rules.SESSION_SECONDS)
        session = Session(token, expires, persona)
        self._sessions[_key(token)] = _Held(code, session)
        return session

    def session(self, token: str) -> Session | None:
        """The session a token belongs to, unless it has run out."""
        held = self._held(token)
        return held.session if held is not None else None

    def code_of(self, token: str) -> bytes | None:
        """The code of whoever holds this token."""
        held = self._held(token)
        return held.code if held is not None else None

    def sign_out(self, token: str) -> None:
        """End a session; twice is the same as once."""
        self._sessions.pop(_key(token), None)

    def _held(self, token: str) -> _Held | None:
        held = self._sessions.get(_key(token))
        if held is None or held.session.expires_at <= self._party.now():
            return None
        return held

    # -- reading -----------------------------------------------------------------------------

    async def view(self, code: bytes, page: int) -> HistoryView:
        """Page 1, 2, … of a code's lines, newest first, 50 to a page (履歴の閲覧).

        Raises WireError `person-unknown` for a code that is not in the set.
        """
        if not 1 <= page <= 1_000:
            raise WireError("malformed", "Pages are numbered from 1 to 1,000.")
        now = self._party.now()
        return await self._database.read(lambda c: _view(c, code, page, now))


def _key(token: str) -> bytes:
    """Sessions are found by a digest: how long a comparison takes tells nothing of a token."""
    return sha256(token.encode()).digest()


def _view(connection: Connection, code: bytes, page: int, now: datetime) -> HistoryView:
    account = codes.account_of(connection, code)
    if account is None:
        raise WireError("person-unknown", "The set of valid codes does not have this one.")
    position = lines.position(connection)
    cosigned = store.newest_checkpoint(connection, 1 << 62)
    witnessed = cosigned.log_size if cosigned is not None else 0
    shown = lines.newest(connection, account, rules.PAGE_LINES, (page - 1) * rules.PAGE_LINES)
    return HistoryView(
        lines=[_line(connection, one, witnessed) for one in shown],
        total=lines.count(connection, account),
        log_size=position.log_size,
        witnessed_size=witnessed,
        witnessed_at=cosigned.cosigned_at if cosigned is not None else None,
        shown_at=now,
    )


def _line(connection: Connection, one: lines.Filed, witnessed: int) -> HistoryLine:
    record = read_exchange(one.record)
    requester, office, provider = one.names
    receipts = lines.receipts(connection, (record.requester, record.tx), record.commitment, 1 << 62)
    outcomes = {receipt.sender: receipt.outcome for receipt in receipts}
    return HistoryLine(
        number=one.number,
        tx=record.tx,
        leaf=one.leaf,
        asked_at=record.asked_at,
        requester=requester,
        office=office,
        provider=provider,
        affair=record.affair,
        sub_affair=record.sub_affair,
        items=record.items,
        subject=record.subject,
        allowed=record.allowed,
        article=record.article,
        row=record.row,
        reason=record.reason,
        requester_outcome=outcomes.get(record.requester),
        provider_outcome=outcomes.get(record.provider),
        witnessed=one.leaf < witnessed,
    )
