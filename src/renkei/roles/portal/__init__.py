"""The portal where people see who asked about them (情報提供等記録開示システム, 法附則6条3項).

Holds: its own code per person, every judged request filed under those codes, the ledger, findings.
Never holds: individual numbers, names or addresses of people, content of any exchange.
May ask: linkage for its feed and its numbers, individual-number to have its numbers filled.
"""
