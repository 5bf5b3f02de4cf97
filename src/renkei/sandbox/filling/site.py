"""Where something is filled in, and from what (初期登録の対象)."""

from dataclasses import dataclass

from renkei.kit.keys import KeyStore
from renkei.kit.location import Location
from renkei.sandbox.blueprint import PartyPlan
from renkei.sandbox.copies import Copies


@dataclass(frozen=True, slots=True)
class Site:
    """One party's database in a country that is being built (登録先)."""

    plan: PartyPlan
    database: Location
    keys: KeyStore
    copies: Copies
    """Everybody, and what is held about each."""
    secret: str
    """From which its own person ids are drawn; the same for the same country."""
