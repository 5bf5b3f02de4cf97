"""What the texts at hand prove of the former table, and on which days they were seen (別表第二).

Where the table is not proven for a day, the decision says so; here is what is known instead.
"""

from __future__ import annotations

from datetime import date

import msgspec

from renkei.law import tables
from renkei.law.bodies import body, category, narrower_bodies, narrower_categories


class Known(msgspec.Struct, frozen=True):
    """One wording of a cell that covers what is asked (欄の文言と、その確認された日).

    ``seen`` are the days of the texts it stands in, ``valid_from`` its first day where that is
    proven, ``valid_to`` its last.
    """

    row: str
    seen: tuple[date, ...]
    valid_from: date | None
    valid_to: date | None


def what_is_known(affair: str, provider: str, item: str) -> tuple[Known, ...]:
    """The wordings of a former row by which `provider` gives `item`, whoever asks (別表第二).

    Empty where no text at hand has any. Raises `UnknownNameError` for a body or a kind of
    information that the tables do not hold.
    """
    asked, wanted = body(provider), category(item)
    row = tables.former_rows().get(affair)
    if row is None:
        return ()
    return tuple(
        Known(affair, one.seen, one.valid_from if one.proven else None, one.valid_to)
        for one in row.exchanges
        if any(asked in narrower_bodies(kind) for kind in one.providers)
        and any(wanted in narrower_categories(kind) for kind in one.categories)
        and wanted not in one.without
    )
