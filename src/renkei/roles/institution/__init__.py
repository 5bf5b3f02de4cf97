"""An information inquirer and provider with its intermediate server (中間サーバー).

Holds: its own codes, persons on file, copies, exchange records, its desks' cases, findings.
Never holds: other institutions' codes, blinding seeds, the step between two of its own epochs,
attributes another body offered, what it did not ask for.
May ask: individual_number, linkage, other institutions.
"""
