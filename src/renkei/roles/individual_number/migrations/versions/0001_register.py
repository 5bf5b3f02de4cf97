"""The register and the record of acquisitions."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both tables."""
    op.execute("""
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
        )
    """)
    op.execute("CREATE INDEX resident_outside ON resident (resident_code) WHERE in_portal_set = 0")
    op.create_index("resident_attributes", "resident", ["birth_date", "sex", "name"])
    op.execute("""
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
        )
    """)
    op.create_index("acquisition_institution", "acquisition", ["institution", "at"])
    for name, column in (
        ("acquisition_failed", "institution"),
        ("acquisition_officer", "officer"),
        ("acquisition_number_asked", "number_asked"),
    ):
        op.execute(
            f"CREATE INDEX {name} ON acquisition ({column}, at)"
            " WHERE verdict IN ('doubtful', 'differ')"
        )
    op.execute("CREATE INDEX acquisition_unfilled ON acquisition (filled) WHERE fill IS NOT NULL")
