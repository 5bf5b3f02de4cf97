"""An information inquirer and provider with its intermediate server (中間サーバー).

Holds: its own codes, persons on file, copies, exchange records, its desks' cases.
Never holds: other institutions' codes, blinding seeds, what it did not ask for.
May ask: individual_number, linkage, other institutions.
"""
