"""What this institution is asked for: permit, person meant, answer, officer's decision (提供)."""
