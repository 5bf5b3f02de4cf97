"""The Personal Information Protection Commission (個人情報保護委員会, 法33条, 令20条).

Holds: the witness key, what it has seen of the log, findings with signed evidence, statements.
Never holds: content, codes, blinding scalars, individual numbers.
May ask: linkage, J-LIS, institutions, portal.
"""
