"""Measurements: the system and its floor in the same run (計測)."""
