"""Schema of the Commission's database, step by step."""

from renkei.roles.oversight.store.tables import METADATA as TABLES

__all__ = ["TABLES"]
