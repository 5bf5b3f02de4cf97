"""What people see of the portal: pages as strings of HTML (画面).

`routes` is the table of pages, `whole_pages` makes each, `sentences` puts one line into words,
`addresses` knows the paths and the menu. Nothing here reads a database or decides about an
exchange.
"""
