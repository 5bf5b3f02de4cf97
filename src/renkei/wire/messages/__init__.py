"""The messages, one file per conversation (電文定義)."""
