"""Composition: configuration, keys, database and clients into a running role (組立て).

Nothing else wires anything to anything.
"""
