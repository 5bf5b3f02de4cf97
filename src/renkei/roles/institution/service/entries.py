"""Records out of its own book, for the Commission to compare (記録の照合, 法23条)."""

from typing import Any, Final

from renkei.crypto.encoding import join
from renkei.kit.database import Database
from renkei.kit.party import Party
from renkei.roles.institution.service.asking.ask import seed_of
from renkei.roles.institution.service.asking.question import signed_request
from renkei.roles.institution.service.codes.acquire import PSEUDONYM_KEY
from renkei.roles.institution.store import asked
from renkei.roles.institution.store import entries as store
from renkei.roles.institution.store.asked import Asked
from renkei.roles.institution.store.entries import REQUESTER, Kept
from renkei.wire.deriving import digest_of, terms_digest
from renkei.wire.errors import WireError
from renkei.wire.framing import Letter
from renkei.wire.institution.messages import (
    Entries,
    EntriesOf,
    EntriesOfRequest,
    EntriesRequest,
    ExchangeName,
    InstitutionEntry,
    Shown,
    ShowRequest,
)
from renkei.wire.values import encoder

_encode: Final = encoder("sorted").encode


class EntriesService:
    """Shows the Commission what this institution recorded, by digests of its own rows."""

    def __init__(self, party: Party, database: Database) -> None:
        self._party = party
        self._database = database

    async def entries(self, letter: Letter[EntriesRequest]) -> Entries:
        """Records after a number, in order."""
        request = letter.message
        found = await self._database.read(lambda c: store.after(c, request.after, request.limit))
        return Entries(
            **self._party.envelope(request.sender), entries=[self._entry(one) for one in found]
        )

    async def entries_of(self, letter: Letter[EntriesOfRequest]) -> EntriesOf:
        """The records held of the exchanges that the Commission names."""
        request = letter.message
        found = await self._database.read(lambda c: store.of(c, request.about))
        return EntriesOf(
            **self._party.envelope(request.sender),
            about=request.about,
            entries=[self._entry(one) for one in found if one.row["entry_hash"] is not None],
            begun=[
                ExchangeName(side="requester", requester=self._party.name, tx=one.row["tx"])
                for one in found
                if one.row["entry_hash"] is None
            ],
        )

    async def show(self, letter: Letter[ShowRequest]) -> Shown:
        """What this institution signed, and where it is asked for the seed that its boxes hold."""
        request = letter.message
        one = await self._database.read(lambda c: asked.find(c, request.tx))
        if one is None or one.signed is None:
            raise WireError("answer-unknown", "Nothing signed in this transaction is kept here.")
        return Shown(
            **self._party.envelope(request.sender),
            tx=request.tx,
            request=one.signed,
            reply=one.disputed.decode("ascii") if one.disputed is not None else None,
            seed=seed_of(self._party, request.tx) if request.seed else None,
        )

    # -- an entry --------------------------------------------------------------------------------

    def _entry(self, kept: Kept) -> InstitutionEntry:
        row, name = kept.row, self._party.name
        mine = kept.side == REQUESTER
        facts = {**row, "requester": name} if mine else {**row, "provider": name}
        return InstitutionEntry(
            number=kept.number,
            side="requester" if mine else "provider",
            requester=facts["requester"],
            tx=row["tx"],
            entry_hash=row["entry_hash"],
            commitment=row["commitment"],
            promised_at=row["asked_at"],
            outcome=row["outcome"],
            request_digest=row["request_digest"],
            terms_digest=_terms(facts),
            record_digest=self._whole(kept),
            disputes=row.get("disputed") is not None,
        )

    def _whole(self, kept: Kept) -> bytes | None:
        """32 bytes over all that stays of an ended record: changed, if any of it changes.

        Under this body's own key, since officers and persons have names that can be guessed.
        """
        if kept.row["outcome"] is None:
            return None
        data = join("renkei row v1", kept.side, _encode(kept.lasting))
        return self._party.keys.mac(PSEUDONYM_KEY, data, "sha256")


def _terms(facts: dict[str, Any]) -> bytes | None:
    """Digest of what this body's own columns say was asked; None for a row of the older form."""
    if "signed" in facts:
        if facts["signed"] is None:
            return None
        request, _ = signed_request(Asked(**{name: facts[name] for name in _ASKED} | _EMPTY))
        facts = {
            **facts,
            "portal_box": digest_of(request.portal_seed),
            "consent_digest": request.consent_digest,
        }
    if facts["portal_box"] is None:
        return None
    return terms_digest({**facts, "article": facts["basis_article"], "row": facts["basis_row"]})


_EMPTY: Final[dict[str, Any]] = {"content": []}
_ASKED: Final = tuple(Asked.__struct_fields__)
