"""The commands of `renkei law` in files of their own, loaded when they are called (コマンド)."""

from typing import Final

from renkei.cli.noun import LazyCommands, Place

SAFEGUARDS: Final = {
    "assessment": Place(
        "renkei.cli.law_assessment",
        "assessment",
        "Say which impact assessment is due (特定個人情報保護評価).",
    ),
    "leak": Place(
        "renkei.cli.law_leak",
        "leak",
        "Say whether a leak is reported, and until when (漏えい等の報告).",
    ),
    "retention": Place(
        "renkei.cli.law_retention",
        "retention_command",
        "Say how long a document is kept (保存期間と廃棄).",
    ),
    "penalty": Place(
        "renkei.cli.law_penalty",
        "penalty",
        "List the penalties of the Act (罰則).",
    ),
    "validity": Place(
        "renkei.cli.law_validity",
        "validity",
        "Say until when a card or a certificate is valid (有効期間).",
    ),
}
"""Commands about safeguards (保護措置)."""
OTHERS: Final = {
    "identity": Place(
        "renkei.cli.law_identity",
        "identity",
        "Say whether number and identity are verified (本人確認).",
    ),
    "plan": Place(
        "renkei.cli.law_plan",
        "plan",
        "Plan what cases would ask, JSON Lines (照会計画).",
    ),
    "site": Place(
        "renkei.cli.law_site",
        "site",
        "Write the law as pages to read in a browser, ja and en (法令集).",
    ),
    "coverage": Place(
        "renkei.cli.law_coverage",
        "coverage",
        "Count what of the law is held and tested (網羅の状況).",
    ),
}


class LawCommands(LazyCommands):
    """All commands of `renkei law`."""

    places = SAFEGUARDS | OTHERS
