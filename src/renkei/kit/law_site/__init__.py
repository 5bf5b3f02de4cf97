"""The law as a static site: every place of the tables is a page, beside its neighbours (法令集).

`places` gives every place its address and its neighbours, `leaf` writes one page, `rows`, `things`
and `lists` the kinds of pages, `site` all files, `writing` puts them into a folder.
"""
