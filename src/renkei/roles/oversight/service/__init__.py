"""What the Commission does: witness, count, compare, state, sample, countersign (監督)."""
