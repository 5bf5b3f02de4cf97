"""Schema of J-LIS's database, step by step."""
