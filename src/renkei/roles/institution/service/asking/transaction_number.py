"""Where a request gets its number (処理通番): the asker gives it, the network only repeats it.

Its place in the log is another number, given by the network's sequencer when the entry is placed.
"""

from datetime import datetime, time
from typing import Final

from renkei.kit.clock import TOKYO, tokyo_day
from renkei.kit.randomness import Randomness
from renkei.values.transaction_id import TransactionId

TX_RANDOM_BYTES: Final = 10
TX_TIME_BYTES: Final = 8
DAY_MILLISECONDS: Final = 86_400_000


def new_transaction(now: datetime, randomness: Randomness) -> str:
    """A new id that tells the day of asking and nothing finer (RFC 9562 §6.1 lets it).

    Requests of one case are made within a millisecond or two: with its true time their ids would
    begin with the same digits, and the network could tell which belong together.
    """
    drawn = randomness(TX_TIME_BYTES + TX_RANDOM_BYTES)
    midnight = datetime.combine(tokyo_day(now), time(), TOKYO)
    within = int.from_bytes(drawn[:TX_TIME_BYTES], "big") % DAY_MILLISECONDS
    milliseconds = int(midnight.timestamp()) * 1000 + within
    return str(TransactionId.create(milliseconds, drawn[TX_TIME_BYTES:]))
