"""The Act as pure functions: facts in, Decision out (番号法).

No clock, no randomness, no network: the day is a parameter, the tables are packaged data. All
parties to an exchange call the same functions.
"""

from renkei.law.bodies import UnknownNameError
from renkei.law.conditions import Assessment, Party, network_conditions
from renkei.law.decision import REASONS, Decision
from renkei.law.procedures import Affair, Paper, Procedure, procedure, procedures
from renkei.law.provision import PermittedItem, items_permitted, may_ask, may_ask_item
from renkei.law.use import may_use

__all__ = [
    "REASONS",
    "Affair",
    "Assessment",
    "Decision",
    "Paper",
    "Party",
    "PermittedItem",
    "Procedure",
    "UnknownNameError",
    "items_permitted",
    "may_ask",
    "may_ask_item",
    "may_use",
    "network_conditions",
    "procedure",
    "procedures",
]
