"""Pages for people, as a kit: whatever a role shows is made of this (画面の部品).

`door` lists the routes of a role with who may use them, checks host, session and form token, and
turns errors into pages; `sessions` keeps who is signed in; `forms` declares forms; `rendering`
makes HTML of the templates under `web/`; `components` are the parts of a page; `texts`, `names`,
`dates`, `citations`, `readings` and `wording` put things into words of the reader's language.
"""
