"""The codes by which this institution knows people: first issue, new epochs (機関別符号)."""
