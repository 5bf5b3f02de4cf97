"""A notice board for institutions, of no law: the example of a role (掲示板).

Holds: notices and who pinned them.
Never holds: anything about a person.
May ask: `linkage` for the directory.
"""
