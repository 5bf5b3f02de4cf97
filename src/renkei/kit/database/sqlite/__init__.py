"""SQLite, the embedded engine: all that is this engine's stands here (組込みデータベース)."""
