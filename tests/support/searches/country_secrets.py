"""Everything of a country that must not be found where it does not belong, read from its own files.

Only the sandbox can put these side by side: it holds every party's database and keys.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from behind_proxies import CapturedCountry, population_of
from looking import named_rows, rows, tables
from needles import Needle

from renkei.crypto.codes import base_element
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.location import Location
from renkei.roles.individual_number.service import SEED_KEY
from renkei.sandbox.country import Country
from renkei.values import Purpose

CENTRE = ("linkage", "individual-number", "portal", "oversight")
PERSON_KINDS = ("individual-number", "resident-code", "name", "address", "domicile")
CODE_KINDS = ("code", "base-point", "link-seed", "scalar", "seed-key")
FILES = ("database.sqlite", "database.sqlite-wal", "database.sqlite-shm", "database.sqlite-journal")


@dataclass(frozen=True, slots=True)
class Seeds:
    """What blinded one request: the seed drawn for it and r, which is derived from it."""

    requester: str
    tx: str
    seed: bytes
    blind: bytes


def people(country: Country) -> Iterator[Needle]:
    """Numbers, names and addresses of everybody, in the ways they are written."""
    for one in population_of(country).residents:
        owner = f"resident {one.serial}"
        number = one.individual_number.reveal(Purpose.EXPORT_SYNTHETIC)
        yield Needle("individual-number", owner, number)
        yield Needle("resident-code", owner, one.resident_code.reveal(Purpose.EXPORT_SYNTHETIC))
        for name in {one.name, one.kana, one.usual_name, one.common_name} - {None}:
            for between in ("\u3000", " ", ""):
                written = name.replace("\u3000", between).replace(" ", between)
                if len(written.encode("utf-16-le")) > 6:
                    yield Needle("name", owner, written)
        for address in (one.address, one.previous_address):
            if address is not None:
                yield Needle("address", owner, address.text)
        if one.register is not None:
            yield Needle("domicile", owner, one.register.domicile)


def codes(country: Country) -> Iterator[Needle]:
    """Every code of every institution and of the portal, by the party that holds it."""
    for plan in country.institutions():
        for person, element in rows(
            country.database(plan.party), "SELECT person, element FROM code"
        ):
            yield Needle("code", f"{person} at {plan.party}", element, plan.party)
    for number, element in rows(
        country.database("portal"), "SELECT id, code FROM account WHERE code IS NOT NULL"
    ):
        yield Needle("code", f"account {number} at portal", element, "portal")


def roots_of_codes(country: Country) -> Iterator[Needle]:
    """Link seeds, base points, the key behind them, and the network's scalars."""
    keys = country.keys("individual-number")
    place = "individual-number"
    seeds = rows(country.database(place), "SELECT link_seed FROM resident")
    for number, (seed,) in enumerate(seeds):
        yield Needle("link-seed", f"row {number}", seed, place)
        point = base_element(lambda data: keys.mac(SEED_KEY, data, "sha512"), seed)
        yield Needle("base-point", f"row {number}", point, place)
    secret = (country.home(place) / "keys" / f"{SEED_KEY}.secret").read_text()
    yield Needle("seed-key", place, bytes.fromhex(secret), place)
    for path in (country.home("linkage") / "keys").glob("*.scalar"):
        scalar = bytes.fromhex(path.read_text())
        yield Needle("scalar", path.stem, scalar, "linkage")
        yield Needle("scalar", f"1/{path.stem}", RISTRETTO255.invert_scalar(scalar), "linkage")


def own_words(country: Country) -> Iterator[Needle]:
    """What each institution calls persons and cases, for itself alone."""
    for plan in country.institutions():
        path = country.database(plan.party)
        for (person,) in rows(path, "SELECT person FROM person"):
            yield Needle("person-id", person, person, plan.party)
        for (case,) in rows(path, "SELECT case_number FROM desk_case"):
            yield Needle("case-number", case, case, plan.party)


def blinding(seeds: Iterable[Seeds]) -> Iterator[Needle]:
    """What blinded each request."""
    for one in seeds:
        yield Needle("seed", one.tx, one.seed, one.requester)
        yield Needle("blind", one.tx, one.blind, one.requester)


def snapshot(country: CapturedCountry, into: Path) -> Path:
    """The files of every party's database as they lie there now, write-ahead logs included."""
    for plan in country.country.plans:
        target = into / plan.party
        target.mkdir(parents=True)
        for name in FILES:
            source = country.country.home(plan.party) / name
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(source, target / name)
    return into


def last_words(country: Country) -> Iterator[tuple[str, bytes]]:
    """Every log file and all output of every process of a country."""
    for plan in country.plans:
        for name in ("log.jsonl", "output.txt"):
            path = country.home(plan.party) / name
            yield f"{plan.party}/{name}", path.read_bytes()


def stored(where: Location | Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table of a database, as bytes, with where it stands."""
    for table in tables(where):
        for row in named_rows(where, f'SELECT * FROM "{table}"'):
            for name, value in row.items():
                if value is not None:
                    held = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table}.{name}", held


def memory_of(pid: int) -> Iterator[bytes]:
    """What a process has in its memory, mapping by mapping; needs the right to trace it.

    Mappings of files that nobody writes to hold programs and libraries; they are left out.
    """
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            place, rights, _, _, inode, *name = line.split(None, 5)
            if "r" not in rights or name[:1] in (["[vvar]"], ["[vsyscall]"], ["[vvar_vclock]"]):
                continue
            if "w" not in rights and inode != "0":
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            with contextlib.suppress(OSError):
                memory.seek(start)
                yield _read(memory, end - start)


def _read(memory: Any, size: int) -> bytes:
    parts = []
    while size > 0 and (part := memory.read(min(size, 1 << 26))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def why_no_memory(pid: int) -> str | None:
    """Why the memory of a process cannot be read here, or None."""
    if not sys.platform.startswith("linux"):
        return "the memory of another process is read through /proc, which only Linux has"
    try:
        next(memory_of(pid))
    except PermissionError:
        return "reading another process's memory is not allowed here (ptrace_scope)"
    except StopIteration:
        return "no mapping of the process could be read"
    return None
