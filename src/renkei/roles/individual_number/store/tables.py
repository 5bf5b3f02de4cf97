"""J-LIS's tables: the register, and every acquisition with its verdict (本人確認情報・取得記録)."""

from typing import Final

import sqlalchemy as sa

from renkei.kit.database.columns import NEVER_REUSED, Instant, Json, Number, Value, partial_index
from renkei.values.individual_number import IndividualNumber
from renkei.values.municipality_code import MunicipalityCode
from renkei.wire.individual_number.messages import FieldVerdict

PORTAL_AFFAIR: Final = "portal"
"""What stands for affair and office where the portal acquires its own codes."""
METADATA: Final = sa.MetaData()

RESIDENT: Final = sa.Table(
    "resident",
    METADATA,
    sa.Column("resident_code", sa.String(11), primary_key=True),
    sa.Column("individual_number", Value(IndividualNumber), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("common_name", sa.String(200)),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("earlier_addresses", Json(tuple[str, ...], text=True), nullable=False),
    sa.Column("birth_date", sa.String(10), nullable=False),
    sa.Column("sex", sa.String(8), nullable=False),
    sa.Column("municipality_code", Value(MunicipalityCode), nullable=False),
    sa.Column("link_seed", sa.LargeBinary(32), nullable=False),
    sa.Column("in_portal_set", sa.Boolean, nullable=False),
    sa.Column("persona", sa.String(40), unique=True),
    sa.Index("resident_attributes", "birth_date", "sex", "name"),
)
"""`in_portal_set`: the portal's set of valid codes has this person's; `persona`: SANDBOX only."""
partial_index(
    "resident_outside", RESIDENT.c.resident_code, where=RESIDENT.c.in_portal_set == sa.false()
)

ACQUISITION: Final = sa.Table(
    "acquisition",
    METADATA,
    sa.Column("number", sa.String(22), primary_key=True),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("on_behalf_of", sa.String(63)),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("officer", sa.LargeBinary(32), nullable=False),
    sa.Column("resident_code", sa.String(11)),
    sa.Column("sought", sa.LargeBinary(32)),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("fields", Json(list[FieldVerdict]), nullable=False),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("paper", sa.String(40)),
    sa.Column("fill", sa.LargeBinary),
    sa.Column("filled", sa.Boolean, nullable=False, default=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("guess", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("question", sa.LargeBinary(32)),
    sa.Column("failed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("second_officer", sa.LargeBinary(32)),
    sa.Index("acquisition_institution", "institution", "at"),
)
GUESSED: Final = ACQUISITION.c.guess == sa.true()
"""Nobody was near whom the attributes could mean; said in these words in queries and indexes."""
FAILED: Final = ACQUISITION.c.failed == sa.true()
"""It was compared and did not agree, and stays so whatever an officer decides of a doubt.

What was refused was not compared: counting it would never let a limit end.
"""
for _name, _column, _where in (
    ("acquisition_guessed", ACQUISITION.c.institution, GUESSED),
    ("acquisition_officer", ACQUISITION.c.officer, GUESSED),
    ("acquisition_sought", ACQUISITION.c.sought, FAILED),
    ("acquisition_question", ACQUISITION.c.question, FAILED),
):
    partial_index(_name, _column, ACQUISITION.c.at, where=_where)
partial_index("acquisition_unfilled", ACQUISITION.c.filled, where=ACQUISITION.c.fill.is_not(None))

NOTICE: Final = sa.Table(
    "notice",
    METADATA,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("resident_code", sa.String(11), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("institution", sa.String(63), nullable=False),
    sa.Column("office", sa.String(80), nullable=False),
    sa.Column("affair", sa.String(20), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("count", Number, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("told", Number, nullable=False),
    sa.UniqueConstraint("resident_code", "day", "institution", "office", "affair", "verdict"),
    **NEVER_REUSED,
)
"""What a person is to read about comparisons of their attributes: one row a day for each body,
office, affair and verdict, however many there were. `told`: how many of them the portal knows of.
"""
partial_index("notice_untold", NOTICE.c.id, where=NOTICE.c.told < NOTICE.c.count)
