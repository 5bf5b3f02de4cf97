"""Pure primitives: codes, boxes, signatures, Merkle trees; bytes in, bytes out (暗号の部品).

Nothing here does I/O, reads a clock, draws randomness or logs. Keys, nonces and seeds are
parameters; a key that must not leave its store is a callable (`codes.Mac`).
"""
