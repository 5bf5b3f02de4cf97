"""Parties that break the rules, to show that others stop them (規則を破る役).

A double has the real keys and certificate of the party it plays: what stops it is not a missing
key.
"""

from datetime import date

from renkei.kit.database import connect
from renkei.law import Decision
from renkei.roles.institution.service.asking.ask import Asker
from renkei.roles.institution.service.asking.question import Question
from renkei.roles.institution.store import codes
from renkei.run.directory import load
from renkei.run.parts import http_of, party_of, to_linkage
from renkei.sandbox.country import Country, quiet_keys
from renkei.wire.errors import WireError
from renkei.wire.linkage.calls import PERMIT
from renkei.wire.linkage.permit import Permit, Refusal


class LawlessAsker(Asker):
    """An inquirer that skips its own rules (規則を省く照会者)."""

    def judge(self, question: Question, day: date) -> Decision:
        """Allow everything."""
        return Decision(True, None, None, "permitted")


async def ask_lawlessly(country: Country, institution: str, question: Question) -> Permit | Refusal:
    """Send a request that the institution's own rules would have refused; gives the answer."""
    config = country.config(institution)
    party = party_of(config, quiet_keys(config.keys))
    if not load(config.directory, party):
        raise WireError("directory-expired", f"{institution} keeps no directory yet.")
    epoch = party.directory.entry(institution).epoch
    with connect(country.database(institution)) as connection:
        row = codes.row_of(connection, question.person, epoch)
    asked = LawlessAsker(party).ask(question, row.code if row is not None else None)
    if asked.request is None:
        raise WireError("no-code-here")
    async with http_of(config) as http:
        linkage = to_linkage(party, http, config.linkage)
        return (await linkage.send(PERMIT, asked.request)).message
