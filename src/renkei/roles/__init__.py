"""Functions of legal actors, one folder each; they do not know each other (法的主体ごとの機能).

Every folder has the same files: `rules` (pure decisions), `store` (tables and SQL), `service`
(read, decide, record, act), `api` (HTTP in and out), `migrations/`.
"""
