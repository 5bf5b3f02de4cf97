BEGIN TRANSACTION;
CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code BLOB UNIQUE,
        place BLOB NOT NULL UNIQUE,
        in_set BOOLEAN NOT NULL,
        head BLOB NOT NULL,
        count INTEGER NOT NULL,
        first_leaf INTEGER,
        first_at DATETIME,
        first_requester VARCHAR(63),
        first_request TEXT,
        reported BOOLEAN NOT NULL
    );
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE checkpoint (
        log_size INTEGER NOT NULL PRIMARY KEY,
        note TEXT NOT NULL,
        cosigned_at DATETIME NOT NULL
    );
CREATE TABLE download (
        account INTEGER NOT NULL REFERENCES account (id),
        log_size INTEGER NOT NULL,
        PRIMARY KEY (account, log_size)
    );
CREATE TABLE finding (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind VARCHAR(40) NOT NULL,
        leaf INTEGER NOT NULL,
        parties BLOB NOT NULL,
        evidence TEXT,
        detail VARCHAR(500) NOT NULL,
        at DATETIME NOT NULL
    );
CREATE TABLE line (
        leaf INTEGER NOT NULL PRIMARY KEY,
        seq INTEGER NOT NULL UNIQUE,
        account INTEGER NOT NULL REFERENCES account (id),
        number INTEGER NOT NULL,
        salt BLOB NOT NULL,
        record BLOB NOT NULL,
        blind BLOB,
        head BLOB NOT NULL,
        names BLOB NOT NULL,
        filed_at DATETIME NOT NULL
    );
CREATE TABLE number (
        number VARCHAR(22) NOT NULL PRIMARY KEY,
        expires_at DATETIME NOT NULL,
        collected BOOLEAN NOT NULL
    );
CREATE TABLE position (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        seq INTEGER NOT NULL,
        log_size INTEGER NOT NULL,
        acknowledged INTEGER NOT NULL
    );
INSERT INTO "position" VALUES(1,0,0,0);
CREATE TABLE receipt (
        leaf INTEGER NOT NULL PRIMARY KEY,
        seq INTEGER NOT NULL UNIQUE,
        requester VARCHAR(63),
        tx VARCHAR(36),
        sender VARCHAR(63),
        outcome VARCHAR(16),
        commitment BLOB,
        salt BLOB NOT NULL,
        record BLOB NOT NULL
    );
CREATE TABLE root (
        log_size INTEGER NOT NULL PRIMARY KEY,
        root BLOB NOT NULL,
        exchange_entries INTEGER NOT NULL,
        noted BOOLEAN NOT NULL,
        statement TEXT
    );
CREATE UNIQUE INDEX line_number ON line (account, number);
CREATE INDEX line_leaf ON line (account, leaf);
CREATE INDEX receipt_exchange ON receipt (requester, tx);
CREATE INDEX account_unconfirmed ON account (first_at) WHERE in_set = 0 AND reported = 0;
COMMIT;
