"""Schema of an institution's database, step by step."""

from renkei.roles.institution.store.tables import METADATA as TABLES

__all__ = ["TABLES"]
