"""J-LIS as holder of the individual numbers (地方公共団体情報システム機構, 法8条, 21条の2).

Holds: resident code, individual number, four basic attributes, link seeds, acquisition records.
Never holds: institution codes, exchange records, content.
May ask: linkage, to fill acquisition numbers.
"""
