"""What strangers put into requests stands in no answer and in no log (P4).

In a country of this folder: the process that took such a body has it in its memory for a while, and
the memory of the network is searched in `capture`.
"""

from typing import Any

from country_secrets import codes, last_words, people, roots_of_codes
from needles import Index, Reader

CITY = "chofu-city"


async def test_no_log_repeats_what_strangers_send(country: Any) -> None:
    """Logs, exceptions and answers name nobody, whatever strangers put into requests."""
    built = country.country
    needles = [*people(built), *codes(built), *roots_of_codes(built)]
    reader = Reader(Index(needles))
    number = next(one for one in needles if one.kind == "individual-number")
    code = next(one for one in needles if one.place == CITY and one.kind == "code")
    assert isinstance(number.value, str)
    assert isinstance(code.value, bytes)
    bodies = [
        number.value.encode(),
        f'{{"number":"{number.value}"}}'.encode(),
        b"eyJ9." + code.value.hex().encode() + b"." + code.value.hex().encode(),
    ]
    path = f"/permit/{number.value}?code={code.value.hex()}"
    for receiver in ("linkage", "individual-number", "ichikawa-city"):
        for body in bodies:
            for where in ("/permit", "/acquire/batch", path):
                answer = await country.post(CITY, receiver, where, body)
                assert answer.status >= 400
                assert reader.found(answer.body) == set(), where
    said = dict(last_words(built))
    assert sum(len(data) for data in said.values()) > 1_000
    assert [where for where, data in said.items() if reader.found(data)] == []
