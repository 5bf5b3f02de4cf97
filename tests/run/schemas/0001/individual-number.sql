BEGIN TRANSACTION;
CREATE TABLE acquisition (
            number VARCHAR(22) NOT NULL PRIMARY KEY,
            institution VARCHAR(63) NOT NULL,
            on_behalf_of VARCHAR(63),
            affair VARCHAR(20) NOT NULL,
            office VARCHAR(80) NOT NULL,
            officer BLOB NOT NULL,
            resident_code VARCHAR(11),
            number_asked BLOB,
            verdict VARCHAR(8) NOT NULL,
            fields BLOB NOT NULL,
            request_digest BLOB NOT NULL,
            paper VARCHAR(40),
            fill BLOB,
            filled BOOLEAN NOT NULL,
            at DATETIME NOT NULL
        );
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE resident (
            resident_code VARCHAR(11) NOT NULL PRIMARY KEY,
            individual_number VARCHAR(12) NOT NULL UNIQUE,
            name VARCHAR(200) NOT NULL,
            common_name VARCHAR(200),
            address VARCHAR(200) NOT NULL,
            earlier_addresses TEXT NOT NULL,
            birth_date VARCHAR(10) NOT NULL,
            sex VARCHAR(8) NOT NULL,
            municipality_code VARCHAR(6) NOT NULL,
            link_seed BLOB NOT NULL,
            in_portal_set BOOLEAN NOT NULL,
            persona VARCHAR(40) UNIQUE
        );
CREATE INDEX resident_outside ON resident (resident_code) WHERE in_portal_set = 0;
CREATE INDEX resident_attributes ON resident (birth_date, sex, name);
CREATE INDEX acquisition_institution ON acquisition (institution, at);
CREATE INDEX acquisition_failed ON acquisition (institution, at) WHERE verdict IN ('doubtful', 'differ');
CREATE INDEX acquisition_officer ON acquisition (officer, at) WHERE verdict IN ('doubtful', 'differ');
CREATE INDEX acquisition_number_asked ON acquisition (number_asked, at) WHERE verdict IN ('doubtful', 'differ');
CREATE INDEX acquisition_unfilled ON acquisition (filled) WHERE fill IS NOT NULL;
COMMIT;
