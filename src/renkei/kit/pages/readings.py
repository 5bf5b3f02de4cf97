"""Readings of the names of places, bodies and offices (地名・組織名の読み).

`web/shared/readings.tsv` holds one name a line. A name that is read differently in two places is
not in it: no reading is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from renkei.kit.pages.names import named, neutral, unread
from renkei.kit.pages.texts import web, with_ruby


@cache
def readings() -> Mapping[str, str]:
    """A name and the same name with its readings set, as texts write them: [調布市|ちょうふし]."""
    lines = web().joinpath("readings.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {name: read for name, read in pairs}  # noqa: C416 - refuses a line of three


def read_name(name: str) -> Markup:
    """A name for a reader of plain Japanese: with its reading, else marked as having none."""
    found = readings().get(neutral(name))
    return (
        unread(named(name)) if found is None else Markup("<bdi>{}</bdi>").format(with_ruby(found))
    )
