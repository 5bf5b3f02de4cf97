"""The parts from which synthetic people are made: draws, tables, families (架空の住民)."""
