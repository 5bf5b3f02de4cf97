"""How old the Commission's last look is: the newest cosignature counts, of whatever size."""

from datetime import UTC, datetime, timedelta

from portal_running import RunningPortal

from renkei.roles.portal.store import ledger

LOOKED = datetime(2026, 11, 29, 7, 0, tzinfo=UTC)


async def test_in_a_quiet_hour_the_newest_cosignature_counts(portal: RunningPortal) -> None:
    """The witness looks again at a log that did not grow: no page warns that it is late."""
    for minutes in (0, 90, 30):
        cosigned = ledger.Cosigned(7, f"note {minutes}", LOOKED + timedelta(minutes=minutes))
        await portal.database.write(lambda c, one=cosigned: ledger.keep_checkpoint(c, one))
    kept = await portal.database.read(lambda c: ledger.newest_checkpoint(c, 7))
    assert kept == ledger.Cosigned(7, "note 90", LOOKED + timedelta(minutes=90))
