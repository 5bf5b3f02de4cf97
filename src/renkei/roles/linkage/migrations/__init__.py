"""Schema of the network's database, step by step."""

from renkei.roles.linkage.store.tables import METADATA as TABLES

__all__ = ["TABLES"]
