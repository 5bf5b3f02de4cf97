"""Renkei: information linkage without a shared identifier (情報連携, 番号法19条8号)."""

__version__ = "0.1.0"
