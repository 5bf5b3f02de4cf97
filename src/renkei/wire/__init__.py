"""What crosses a border: signed messages, one Protocol per role, the closed error list (電文).

Read `table.py` first: it lists every message, who may send it to whom, and what may come back.
"""
