"""Which country is wanted: file, seed, day and size (試験国の指定)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from renkei.sandbox.blueprint import Blueprint
from renkei.sandbox.country import Manifest
from renkei.sandbox.country_file import default
from renkei.sandbox.population import RESIDENTS_PER_MUNICIPALITY, Population, build_population

FORMAT: Final = 10
"""Of a country's folder; a folder of another format is built anew."""
DEFAULT_SEED: Final = 1
DEFAULT_AS_OF: Final = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One country: the same file, seed, day and size give the same people (試験国の種)."""

    seed: int = DEFAULT_SEED
    as_of: date = DEFAULT_AS_OF
    residents: int = RESIDENTS_PER_MUNICIPALITY
    """Per municipality; a small country opens in seconds."""
    blueprint: Blueprint = field(default_factory=default)

    named: bool = False
    """Whether somebody named the file: else a country that stands is wanted as it stands."""

    def is_in(self, manifest: Manifest) -> bool:
        """Whether a country that stands is this one; whoever asks for nothing takes what stands."""
        if self == Wanted():
            return True
        held = (manifest.seed, manifest.as_of, manifest.residents)
        same_file = not self.named or manifest.blueprint_digest == self.blueprint.digest
        return same_file and held == (self.seed, self.as_of, self.residents)

    def population(self) -> Population:
        """Its people."""
        homes = self.blueprint.municipalities
        return build_population(self.seed, self.as_of, homes, self.residents)
