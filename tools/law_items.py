"""Which items of ours a phrase of the detail articles means, and who pays them (情報の細目).

The articles say the same things in some 130 phrases. Each line of `law_information.tsv` is a whole
phrase (acts and articles, a limit of its own in 〔〕), the items it means, and acts whose holders
alone are meant (`ACTS`; "-" where the row says it all). A phrase without a line stops the reading.
"""

from __future__ import annotations

import re
from pathlib import Path

# Who provides what an act gives, where a row names them all together (医療保険者, 共済組合等).
ACTS: dict[str, tuple[str, ...]] = {
    "HI": ("health-insurance-association", "health-insurance-society"),
    "MI": ("health-insurance-association",),
    "PS": ("private-school-mutual-aid",),
    "NS": ("national-mutual-aid",),
    "LS": ("local-mutual-aid",),
    "NHI": ("municipality-mayor", "national-health-insurance-society"),
    "ALL": ("health-insurer",),
    "EC": ("elderly-care-union",),
    "AG": ("agricultural-mutual-aid",),
    "EP": ("minister-of-health", "pension-service", "mutual-aid-body"),
    "NP": ("minister-of-health", "pension-service"),
    "PSP": ("private-school-mutual-aid",),
    "NSP": ("national-mutual-aid-federation",),
    "LSP": ("local-mutual-aid", "municipal-mutual-aid-federation"),
}


def _rules() -> list[tuple[re.Pattern[str], str, str]]:
    lines = Path(__file__).with_name("law_information.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return [
        (re.compile(pattern), given, "" if acts == "-" else acts) for pattern, given, acts in rows
    ]


COMPILED = _rules()
NARROWER = {("employment-insurance", "basic-employment-benefit"): "basic-employment-benefit"}
"""Where information of the row is narrower than the item: the narrower item (限定された情報)."""


def items(phrase: str) -> list[tuple[str, tuple[str, ...]]]:
    """Our items for a whole phrase, each with the kinds of body that can hold it (() for all).

    Raises ValueError where no rule is the phrase, or two are.
    """
    found = [(given, acts) for pattern, given, acts in COMPILED if pattern.fullmatch(phrase)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} rules read the information {phrase!r}")
    given, acts = found[0]
    made = []
    for one in given.split():
        item, _, own = one.partition(":")
        holders = [body for act in (own or acts).split() for body in ACTS[act]]
        made.append((item, tuple(dict.fromkeys(holders))))
    return made
