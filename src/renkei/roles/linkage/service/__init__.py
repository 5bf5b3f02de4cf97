"""What the network does: one file per conversation (処理)."""
