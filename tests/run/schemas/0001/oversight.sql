BEGIN TRANSACTION;
CREATE TABLE account (
        place BLOB NOT NULL PRIMARY KEY,
        head BLOB NOT NULL,
        count INTEGER NOT NULL,
        log_size INTEGER NOT NULL,
        letter BLOB NOT NULL
    );
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE bundle (
        number INTEGER NOT NULL PRIMARY KEY,
        exchange_before INTEGER NOT NULL,
        kinds BLOB NOT NULL
    );
CREATE TABLE counted (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        size INTEGER NOT NULL,
        peaks BLOB NOT NULL,
        exchange INTEGER NOT NULL
    );
CREATE TABLE countersigned (
        version INTEGER NOT NULL PRIMARY KEY,
        digest BLOB NOT NULL,
        at DATETIME NOT NULL
    );
CREATE TABLE cursor (
        name VARCHAR(80) NOT NULL PRIMARY KEY,
        number INTEGER NOT NULL,
        read_at DATETIME NOT NULL
    );
CREATE TABLE entry (
        side VARCHAR(10) NOT NULL,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        institution VARCHAR(63) NOT NULL,
        entry_hash BLOB NOT NULL,
        commitment BLOB NOT NULL,
        promised_at DATETIME NOT NULL,
        outcome VARCHAR(20),
        letter BLOB NOT NULL,
        seen_at DATETIME NOT NULL,
        ended_at DATETIME,
        leaf INTEGER,
        missing_since DATETIME,
        state VARCHAR(10) NOT NULL,
        due_at DATETIME NOT NULL,
        PRIMARY KEY (side, requester, tx, institution)
    );
CREATE TABLE finding (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind VARCHAR(40) NOT NULL,
        parties TEXT NOT NULL,
        subject VARCHAR(200) NOT NULL,
        evidence BLOB NOT NULL,
        detail VARCHAR(500) NOT NULL,
        found_at DATETIME NOT NULL,
        UNIQUE (kind, subject)
    );
CREATE TABLE ledger_leaf (
        leaf INTEGER NOT NULL PRIMARY KEY,
        entry BLOB NOT NULL,
        log_size INTEGER,
        root BLOB,
        exchange_entries INTEGER,
        letter BLOB,
        good BOOLEAN
    );
CREATE TABLE letter (
        digest BLOB NOT NULL PRIMARY KEY,
        raw BLOB NOT NULL
    );
CREATE TABLE statement (
        log_size INTEGER NOT NULL PRIMARY KEY,
        root BLOB NOT NULL,
        exchange_entries INTEGER NOT NULL,
        letter BLOB NOT NULL,
        signed BLOB,
        handed BOOLEAN NOT NULL
    );
CREATE TABLE witness (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        size INTEGER NOT NULL,
        root BLOB NOT NULL,
        note BLOB NOT NULL,
        seen_at DATETIME NOT NULL,
        handed_size INTEGER,
        handed_at DATETIME,
        halted VARCHAR(200)
    );
CREATE INDEX bundle_exchange_before ON bundle (exchange_before);
CREATE INDEX entry_open ON entry (state, due_at) WHERE state <> 'agreed';
CREATE INDEX ledger_leaf_size ON ledger_leaf (log_size);
COMMIT;
