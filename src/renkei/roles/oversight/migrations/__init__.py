"""Schema of the Commission's database, step by step."""
