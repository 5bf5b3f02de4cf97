"""What people see of the portal: pages as strings of HTML (画面).

`shown` makes whole pages, `sentences` puts one line into words, `citations` spells out articles,
`addresses` knows the paths. Nothing here reads a database or decides about an exchange.
"""
