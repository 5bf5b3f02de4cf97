"""Putting an institution together (機関の組立て)."""

