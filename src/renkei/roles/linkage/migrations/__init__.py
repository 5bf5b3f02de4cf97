"""Schema of the network's database, step by step."""
