"""The only door to the outside: database, HTTP, key store, clock, log, configuration, progress.

Holds: connections, sockets and key handles of one process.
Never holds: rules. What is allowed is decided in ``law`` and in each role's ``rules``; ``kit``
carries bytes and answers with limits, deadlines and errors.
May import: ``wire`` and below, and libraries that do input and output.
"""
