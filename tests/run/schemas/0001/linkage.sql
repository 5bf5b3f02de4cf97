BEGIN TRANSACTION;
CREATE TABLE acquisition (
        number VARCHAR(22) NOT NULL PRIMARY KEY,
        institution VARCHAR(63) NOT NULL,
        epoch INTEGER NOT NULL,
        expires_at DATETIME NOT NULL,
        blinded BLOB,
        seed BLOB
    );
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE checkpoint (
        size INTEGER NOT NULL PRIMARY KEY,
        root BLOB NOT NULL,
        peaks BLOB NOT NULL,
        note TEXT NOT NULL,
        cosigned TEXT,
        cosigned_time INTEGER
    );
CREATE TABLE directory (
        version INTEGER NOT NULL PRIMARY KEY,
        signed TEXT NOT NULL,
        countersigned TEXT NOT NULL,
        leaf INTEGER NOT NULL
    );
CREATE TABLE epoch (
        institution VARCHAR(63) NOT NULL,
        epoch INTEGER NOT NULL,
        confirmed BOOLEAN NOT NULL,
        in_force_at DATETIME,
        old_destroyed BOOLEAN NOT NULL,
        PRIMARY KEY (institution, epoch)
    );
CREATE TABLE feed (
        leaf INTEGER NOT NULL PRIMARY KEY,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        portal_code BLOB NOT NULL,
        portal_seed BLOB NOT NULL,
        request TEXT NOT NULL
    );
CREATE TABLE leaf (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL,
        salt BLOB,
        record BLOB,
        entry BLOB NOT NULL,
        hash BLOB NOT NULL UNIQUE,
        position INTEGER UNIQUE
    );
CREATE TABLE ledger (
        log_size INTEGER NOT NULL PRIMARY KEY,
        root BLOB NOT NULL,
        exchange_entries INTEGER NOT NULL,
        leaf INTEGER NOT NULL
    );
CREATE TABLE node (
        level INTEGER NOT NULL,
        place INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, place)
    );
CREATE TABLE permit (
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        provider VARCHAR(63) NOT NULL,
        commitment BLOB NOT NULL,
        allowed BOOLEAN NOT NULL,
        request_digest BLOB NOT NULL,
        reply BLOB,
        valid_until DATETIME NOT NULL,
        PRIMARY KEY (requester, tx)
    );
CREATE TABLE proposal (
        version INTEGER NOT NULL PRIMARY KEY,
        signed TEXT NOT NULL
    );
CREATE TABLE receipt (
        sender VARCHAR(63) NOT NULL,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        leaf INTEGER NOT NULL,
        PRIMARY KEY (sender, requester, tx)
    );
CREATE INDEX acquisition_expires_at ON acquisition (expires_at);
CREATE INDEX permit_kept ON permit (valid_until) WHERE reply IS NOT NULL;
CREATE INDEX checkpoint_cosigned ON checkpoint (size) WHERE cosigned IS NOT NULL;
COMMIT;
