"""What the portal does: fill its set, file the feed, keep the ledger, show and hand out (処理)."""
