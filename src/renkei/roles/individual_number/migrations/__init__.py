"""Schema of J-LIS's database, step by step."""

from renkei.roles.individual_number.store.tables import METADATA as TABLES

__all__ = ["TABLES"]
