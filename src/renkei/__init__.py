"""Renkei: information linkage without a shared identifier (情報連携, 番号法19条8号)."""

from renkei.unpacked import install

__version__ = "0.1.0"

install()
