"""Countries of earlier versions: brought to this version's form, with all they hold (旧形式).

A step for each form that was ever released. Databases are upgraded first, the manifest is written
last: a kill in between leaves a country that the next start brings up from where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from renkei.kit.database.migration import upgrade
from renkei.kit.progress import Progress
from renkei.run.roles import ROLES
from renkei.sandbox.configuration import write_configs
from renkei.sandbox.country import MANIFEST, Country, read_manifest
from renkei.sandbox.country_file import default
from renkei.sandbox.wanted import FORMAT
from renkei.wire.values import encoder

Raw = dict[str, Any]


def _from_8(raw: Raw) -> Raw:
    """Every country of that form was the package's own: its parties were not written down."""
    blueprint = default()
    plans = msgspec.json.decode(encoder().encode(blueprint.plans))
    return {**raw, "format": 10, "blueprint_digest": blueprint.digest, "plans": plans}


STEPS: Final[dict[int, Callable[[Raw], Raw]]] = {8: _from_8}


def bring_up(folder: Path, progress: Progress) -> None:
    """Bring a country of an earlier form to this one; leaves anything else as it is.

    Raises DatabaseError where a database cannot be upgraded: then nothing else has changed.
    """
    try:
        raw = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Raw)
    except (FileNotFoundError, msgspec.DecodeError):
        return
    if raw.get("format") not in STEPS:
        return
    while raw["format"] != FORMAT:
        raw = STEPS[raw["format"]](raw)
    country = Country(folder, read_manifest(msgspec.json.encode(raw)))
    with progress.step("bringing the country of an earlier version to this one"):
        for plan in country.plans:
            upgrade(ROLES[plan.role].migrations, country.database(plan.party))
        write_configs(country)
        country.save()
