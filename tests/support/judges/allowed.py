"""What may be asked, read from the Order by a human and written down again (許される照会の一覧).

The judge of the tests: it knows nothing of the product's tables. Synthetic people only.
"""

from dataclasses import dataclass
from typing import Any

MAYOR, JUSTICE = "municipality-mayor", "minister-of-justice"
KINDS = {
    "chofu-city": MAYOR,
    "ichikawa-city": MAYOR,
    "pension-service": "pension-service",
    "family-register": JUSTICE,
}
ORDINANCE = "o-single-parent-medical"
ALLOWED: dict[tuple[str, str, str, str, str, str], str] = {
    (MAYOR, "106", "108-1", "family-register", "claimant", JUSTICE): "命令第108条第1号イ",
    (MAYOR, "106", "108-1", "municipal-tax", "claimant", MAYOR): "命令第108条第1号ロ",
    (MAYOR, "106", "108-1", "resident-record", "claimant", MAYOR): "命令第108条第1号ハ",
    (MAYOR, "106", "108-1", "resident-record", "eligible-child", MAYOR): "命令第108条第1号ハ",
    (MAYOR, "53", "55-4", "municipal-tax", "applicant", MAYOR): "命令第55条第4号",
}
"""Requester's kind, row, sub-affair, item, relation, provider's kind: the article of the Order."""
LIMITED = {"53": {"runs-public-housing"}}
"""Rows of which somebody has to state that the body is one the row means."""
BY_ORDINANCE = {("chofu-city", "local-tax"): True, ("chofu-city", "resident-record"): False}
"""What the first city's filing names, and whether it needs the person's consent: taxes do."""
ORDINANCE_ARTICLE = "法第19条第9号"
WITHHELD = {("ichikawa-city", "resident-record")}
"""What the second city gives to no ordinance affair (法26条)."""


@dataclass(frozen=True)
class Asked:
    """One question a desk may put, lawful or not."""

    requester: str
    provider: str
    affair: str
    sub_affair: str
    item: str
    subject: str
    consent: bool = False
    stated: tuple[str, ...] = ()


QUESTIONS = (
    Asked("chofu-city", "ichikawa-city", "106", "108-1", "municipal-tax", "claimant"),
    Asked("ichikawa-city", "chofu-city", "106", "108-1", "resident-record", "claimant"),
    Asked("chofu-city", "ichikawa-city", "106", "108-1", "resident-record", "eligible-child"),
    Asked("chofu-city", "ichikawa-city", ORDINANCE, ORDINANCE, "local-tax", "claimant", True),
    Asked("chofu-city", "ichikawa-city", ORDINANCE, ORDINANCE, "resident-record", "claimant", True),
    Asked("chofu-city", "family-register", "106", "108-1", "family-register", "claimant"),
    Asked("chofu-city", "ichikawa-city", "106", "108-1", "municipal-tax", "spouse"),
    Asked("chofu-city", "ichikawa-city", "106", "108-1", "pension-benefit", "claimant"),
    Asked("chofu-city", "pension-service", "106", "108-1", "municipal-tax", "claimant"),
    Asked("chofu-city", "ichikawa-city", "106", "83-1", "municipal-tax", "claimant"),
    Asked("chofu-city", "ichikawa-city", "999", "108-1", "municipal-tax", "claimant"),
    Asked("chofu-city", "ichikawa-city", ORDINANCE, ORDINANCE, "local-tax", "claimant", False),
    Asked("ichikawa-city", "chofu-city", ORDINANCE, ORDINANCE, "local-tax", "claimant", True),
    Asked("chofu-city", "ichikawa-city", "53", "55-4", "municipal-tax", "applicant"),
    Asked(
        *("chofu-city", "ichikawa-city", "53", "55-4", "municipal-tax", "applicant"),
        stated=("runs-public-housing",),
    ),
)


def article_of(record: dict[str, Any]) -> str | None:
    """By which article a judged request is lawful; None where no law has it (根拠).

    `record` is the network's record as it stands in the log.
    """
    (item,) = record["items"]
    requester, provider = record["requester"], record["provider"]
    if record["affair"] == ORDINANCE:
        needs_consent = BY_ORDINANCE.get((requester, item))
        fits = needs_consent is not None and KINDS.get(provider) == MAYOR
        fits = fits and (record["consent_digest"] is not None or not needs_consent)
        return ORDINANCE_ARTICLE if fits else None
    if not LIMITED.get(record["affair"], set()) <= set(record.get("conditions", ())):
        return None
    kinds = KINDS.get(requester, ""), KINDS.get(provider, "")
    return ALLOWED.get(
        (kinds[0], record["affair"], record["sub_affair"], item, record["subject"], kinds[1])
    )


def is_withheld(record: dict[str, Any]) -> bool:
    """Whether the provider filed that it does not give this to ordinance affairs."""
    (item,) = record["items"]
    return record["affair"] == ORDINANCE and (record["provider"], item) in WITHHELD
