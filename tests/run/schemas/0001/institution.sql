BEGIN TRANSACTION;
CREATE TABLE acquisition (
        number VARCHAR(22) NOT NULL,
        person VARCHAR(32) NOT NULL,
        affair VARCHAR(20) NOT NULL,
        office VARCHAR(80) NOT NULL,
        officer VARCHAR(40) NOT NULL,
        request_digest BLOB NOT NULL,
        verdict VARCHAR(40),
        at DATETIME NOT NULL,
        PRIMARY KEY (number)
    );
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE asked (
        tx VARCHAR(36) NOT NULL,
        case_number VARCHAR(40) NOT NULL,
        office VARCHAR(80) NOT NULL,
        officer VARCHAR(40) NOT NULL,
        affair VARCHAR(64) NOT NULL,
        sub_affair VARCHAR(80) NOT NULL,
        items TEXT NOT NULL,
        subject VARCHAR(80) NOT NULL,
        person VARCHAR(32) NOT NULL,
        provider VARCHAR(63) NOT NULL,
        asked_at DATETIME NOT NULL,
        state VARCHAR(10) NOT NULL,
        request BLOB,
        request_digest BLOB,
        commitment BLOB,
        permit BLOB,
        permit_digest BLOB,
        entry_hash BLOB,
        valid_until DATETIME,
        answer_digest BLOB,
        outcome VARCHAR(20),
        article VARCHAR(200),
        "row" VARCHAR(8),
        reason VARCHAR(80),
        refused_by VARCHAR(10),
        content BLOB,
        ended_at DATETIME,
        attributes_at DATETIME,
        instead_of VARCHAR(36),
        PRIMARY KEY (tx),
        UNIQUE (instead_of)
    );
CREATE TABLE code (
        person VARCHAR(32) NOT NULL,
        epoch INTEGER NOT NULL,
        element BLOB NOT NULL,
        PRIMARY KEY (person, epoch),
        UNIQUE (epoch, element),
        FOREIGN KEY(person) REFERENCES person (person)
    );
CREATE TABLE copy (
        person VARCHAR(32) NOT NULL,
        item VARCHAR(80) NOT NULL,
        as_of VARCHAR(10) NOT NULL,
        fields BLOB NOT NULL,
        manual_reason VARCHAR(80),
        PRIMARY KEY (person, item),
        FOREIGN KEY(person) REFERENCES person (person)
    );
CREATE TABLE desk_case (
        case_number VARCHAR(40) NOT NULL,
        facts BLOB NOT NULL,
        "plan" BLOB NOT NULL,
        opened_at DATETIME NOT NULL,
        PRIMARY KEY (case_number)
    );
CREATE TABLE entry (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        side VARCHAR(10) NOT NULL,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        UNIQUE (side, requester, tx)
    );
CREATE TABLE epoch_change (
        epoch INTEGER NOT NULL,
        carried_at DATETIME,
        in_force_at DATETIME,
        PRIMARY KEY (epoch)
    );
CREATE TABLE finding (
        number INTEGER NOT NULL,
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        kind VARCHAR(20) NOT NULL,
        person VARCHAR(32) NOT NULL,
        found_at DATETIME NOT NULL,
        PRIMARY KEY (number),
        UNIQUE (requester, tx)
    );
CREATE TABLE person (
        person VARCHAR(32) NOT NULL,
        individual_number VARCHAR(12),
        name VARCHAR(200) NOT NULL,
        address VARCHAR(200) NOT NULL,
        birth_date VARCHAR(10) NOT NULL,
        sex VARCHAR(8) NOT NULL,
        municipality_code VARCHAR(6),
        tax_municipality_code VARCHAR(6),
        household VARCHAR(32),
        relationship VARCHAR(40),
        manual_reason VARCHAR(80),
        PRIMARY KEY (person),
        UNIQUE (individual_number)
    );
CREATE TABLE provided (
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        permit_digest BLOB NOT NULL,
        entry_hash BLOB NOT NULL,
        commitment BLOB NOT NULL,
        office VARCHAR(80) NOT NULL,
        affair VARCHAR(64) NOT NULL,
        sub_affair VARCHAR(80) NOT NULL,
        items TEXT NOT NULL,
        subject VARCHAR(80) NOT NULL,
        person VARCHAR(32),
        asked_at DATETIME NOT NULL,
        valid_until DATETIME NOT NULL,
        provider_epoch INTEGER NOT NULL,
        pending_reason VARCHAR(80),
        decision VARCHAR(10),
        officer VARCHAR(40),
        answered_at DATETIME,
        outcome VARCHAR(20),
        article VARCHAR(200),
        reason VARCHAR(80),
        answer BLOB,
        answer_digest BLOB,
        received BOOLEAN NOT NULL,
        PRIMARY KEY (requester, tx)
    );
CREATE TABLE receipt (
        requester VARCHAR(63) NOT NULL,
        tx VARCHAR(36) NOT NULL,
        outcome VARCHAR(20) NOT NULL,
        digest BLOB NOT NULL,
        commitment BLOB NOT NULL,
        state VARCHAR(10) NOT NULL,
        PRIMARY KEY (requester, tx)
    );
CREATE TABLE supplement (
        entry VARCHAR(32) NOT NULL,
        register VARCHAR(200) NOT NULL,
        name VARCHAR(200) NOT NULL,
        birth_date VARCHAR(10) NOT NULL,
        sex VARCHAR(8) NOT NULL,
        address VARCHAR(200) NOT NULL,
        PRIMARY KEY (entry)
    );
CREATE TRIGGER asked_entry AFTER UPDATE OF entry_hash, outcome ON asked
        WHEN NEW.entry_hash IS NOT NULL
        AND (OLD.entry_hash IS NULL OR OLD.outcome IS NOT NEW.outcome)
        BEGIN
            INSERT OR REPLACE INTO entry (side, requester, tx) VALUES ('requester', '', NEW.tx);
        END;
CREATE TRIGGER provided_entry AFTER INSERT ON provided
        BEGIN
            INSERT OR REPLACE INTO entry (side, requester, tx)
            VALUES ('provider', NEW.requester, NEW.tx);
        END;
CREATE TRIGGER provided_entry_ended AFTER UPDATE OF outcome ON provided
        WHEN OLD.outcome IS NOT NEW.outcome
        BEGIN
            INSERT OR REPLACE INTO entry (side, requester, tx)
            VALUES ('provider', NEW.requester, NEW.tx);
        END;
CREATE INDEX supplement_register ON supplement (register, birth_date, name);
CREATE INDEX asked_case ON asked (case_number);
CREATE INDEX asked_open ON asked (state) WHERE state <> 'closed';
CREATE INDEX person_birth ON person (birth_date, sex);
CREATE INDEX person_household ON person (household);
CREATE INDEX provided_kept ON provided (valid_until) WHERE answer IS NOT NULL;
CREATE INDEX provided_open ON provided (valid_until) WHERE outcome IS NULL;
CREATE INDEX receipt_owed ON receipt (state) WHERE state = 'owed';
COMMIT;
