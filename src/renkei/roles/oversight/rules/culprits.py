"""Findings: what is found, who can have done it and who cannot (指摘事項と行為者).

Who has which part in a matter is said here; which parts can have done it, the table of grounds
says. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from renkei.roles.oversight.rules.grounds import FindingKind, Ground, Part
from renkei.wire.names import INDIVIDUAL_NUMBER, LINKAGE, PORTAL


@dataclass(frozen=True, slots=True)
class Matter:
    """Who has a part in the matter, beside those of whom there is one (関係者)."""

    requester: str | None = None
    provider: str | None = None
    speaker: str | None = None
    other: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()

    def named(self, parts: Iterable[Part]) -> tuple[str, ...]:
        """The parties that have these parts, each once, in alphabetical order."""
        found: list[str | None] = []
        for part in parts:
            match part:
                case "the-network":
                    found.append(LINKAGE)
                case "the-portal":
                    found.append(PORTAL)
                case "j-lis":
                    found.append(INDIVIDUAL_NUMBER)
                case "both":
                    found += [self.requester, self.provider]
                case "other" | "tellers":
                    found += self.other if part == "other" else self.tellers
                case _:
                    found.append(getattr(self, part))
        return tuple(sorted({one for one in found if one is not None}))


NOBODY: Final = Matter()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be, with the signed bytes that show it (指摘事項).

    `subject` names what it is about: the same kind and subject is one finding, however often seen.
    """

    ground: Ground
    possible: tuple[str, ...]
    """Who can have done it, each alone."""
    excluded: tuple[str, ...]
    """Who cannot, alone."""
    subject: str
    evidence: tuple[bytes, ...]
    detail: str
    kind: FindingKind


def finding_on(
    ground: Ground,
    matter: Matter,
    subject: str,
    evidence: tuple[bytes, ...],
    detail: str,
) -> Finding:
    """A finding on a ground of the table, about these parties (指摘)."""
    row = ground.value
    possible = matter.named(row.possible)
    excluded = tuple(one for one in matter.named(row.excluded) if one not in possible)
    return Finding(ground, possible, excluded, subject, evidence, detail, row.kind)
