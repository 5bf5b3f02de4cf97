"""Schema of the portal's database, step by step."""

from renkei.roles.portal.store.tables import METADATA as TABLES

__all__ = ["TABLES"]
