"""Key ids as values: whose key, for what, which one (鍵識別子)."""

from dataclasses import dataclass

from renkei.wire.errors import WireError

FIRST = 1
"""Number of a party's first key of a use."""


@dataclass(frozen=True, slots=True)
class KeyId:
    """The party a key belongs to, its use and its number: `linkage:permit:1` (鍵識別子)."""

    party: str
    use: str
    number: int = FIRST

    @classmethod
    def parse(cls, text: str) -> "KeyId":
        """A key id from its text; raises WireError `signature` for any other form."""
        parts = text.split(":")
        if len(parts) != 3 or not all(parts) or not parts[2].isascii() or not parts[2].isdigit():
            raise WireError("signature", "A key id is a party, a use and a number.")
        return cls(parts[0], parts[1], int(parts[2]))

    def __str__(self) -> str:
        return f"{self.party}:{self.use}:{self.number}"

    def is_for(self, party: str, use: str) -> bool:
        """Whether it is a key of this party for this use, whichever number."""
        return (self.party, self.use) == (party, use)

    @property
    def key_name(self) -> str:
        """Under which name the party's own key store holds it: `permit`, `permit-2`."""
        return self.use if self.number == FIRST else f"{self.use}-{self.number}"
