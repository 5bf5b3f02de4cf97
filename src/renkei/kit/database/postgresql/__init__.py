"""PostgreSQL 15 and later: all that is this engine's stands here."""
