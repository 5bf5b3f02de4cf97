"""Schema of an institution's database, step by step."""
