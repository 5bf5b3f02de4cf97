"""Why a database cannot be used, or what was asked of it did not happen (データベースの誤り)."""


class DatabaseError(Exception):
    """A database cannot be used as it is; the message says what to do."""


class RevisionMismatch(DatabaseError):
    """The database is missing or its tables are of another revision than this program's."""


class CommitFailed(DatabaseError):
    """The group's transaction was lost; none of its functions took effect."""


class DatabaseClosed(DatabaseError):
    """The database was closed; nothing was done."""
