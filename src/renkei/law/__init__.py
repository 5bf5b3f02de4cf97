"""The Act as pure functions: facts in, Decision out (番号法).

No clock, no randomness, no network: the day is a parameter, the tables are packaged data. All
parties to an exchange call the same functions.
"""

from renkei.law.bodies import UnknownNameError
from renkei.law.decision_and_reasons import REASONS, Decision
from renkei.law.grounds import GROUNDS, Facts, may_provide
from renkei.law.identity import Presented, Shown, Verification, verify_identity
from renkei.law.ordinance import Filing, Withholding, may_ask_by_ordinance, withholds
from renkei.law.permitted_items_and_persons import (
    PermittedItem,
    conditions_open,
    items_of,
    items_permitted,
    may_ask_item,
)
from renkei.law.procedures import Affair, Paper, Procedure, papers_spared, procedure, procedures
from renkei.law.taking_part import Assessment, Party, network_conditions
from renkei.law.use import may_use, may_use_quasi_statutory
from renkei.law.who_may_ask import may_ask

__all__ = [
    "GROUNDS",
    "REASONS",
    "Affair",
    "Assessment",
    "Decision",
    "Facts",
    "Filing",
    "Paper",
    "Party",
    "PermittedItem",
    "Presented",
    "Procedure",
    "Shown",
    "UnknownNameError",
    "Verification",
    "Withholding",
    "conditions_open",
    "items_of",
    "items_permitted",
    "may_ask",
    "may_ask_by_ordinance",
    "may_ask_item",
    "may_provide",
    "may_use",
    "may_use_quasi_statutory",
    "network_conditions",
    "papers_spared",
    "procedure",
    "procedures",
    "verify_identity",
    "withholds",
]
