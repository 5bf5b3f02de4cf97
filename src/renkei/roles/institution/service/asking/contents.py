"""What an answer gives, item by item, checked against what was asked (回答の内容)."""

from renkei.kit.party import Party
from renkei.roles.institution.rules import items_wanted
from renkei.roles.institution.store.asked import Asked
from renkei.wire.boxes import BoxPurpose
from renkei.wire.errors import WireError
from renkei.wire.framing import decode
from renkei.wire.institution.messages import Answer, Content


def content_of(party: Party, one: Asked, answer: Answer) -> Content:
    """What was provided, with `provided` only: a word about each item asked for, no others.

    Raises WireError `unavailable` where the provider answered something else.
    """
    content = Content(items=[])
    if answer.content is not None:
        plain = party.unseal(one.provider, BoxPurpose.ANSWER, one.tx, answer.content)
        content = decode(plain, Content)
    named = [item.item for item in content.items] + [miss.item for miss in content.missing]
    whole = not named or sorted(named) == sorted(items_wanted(one.affair, one.items))
    if not whole or bool(content.items) != (answer.outcome == "provided"):
        raise WireError("unavailable", "The provider answered something else than was asked.")
    return content
