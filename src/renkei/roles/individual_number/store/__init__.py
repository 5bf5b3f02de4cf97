"""J-LIS's tables: the register, and every acquisition with its verdict (本人確認情報・取得記録)."""

from typing import Final

REVISION: Final = "0004"
