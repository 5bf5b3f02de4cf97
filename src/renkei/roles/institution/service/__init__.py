"""What an institution does: acquire codes, plan, ask, drive, provide, receipt (処理)."""
