"""Building a country once and opening it again (試験国の構築).

It is built beside its final place and moved there whole. One that stands is taken as it stands, of
an earlier version too; one that is too old, or not the one asked for, is built anew.
"""

import fcntl
import os
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import msgspec
import psutil

from renkei import __version__
from renkei.kit.progress import Progress
from renkei.sandbox import publishing
from renkei.sandbox.apart import apart
from renkei.sandbox.balancing import BALANCER_FILES
from renkei.sandbox.blueprint import AUTHORITY, Blueprint
from renkei.sandbox.configuration import write_anchors, write_configs
from renkei.sandbox.country import (
    ANCHORS,
    HISTORY,
    KEPT_OPEN,
    MANIFEST,
    Country,
    Manifest,
    open_existing,
    read_manifest,
)
from renkei.sandbox.country_file import default
from renkei.sandbox.former import bring_up
from renkei.sandbox.population import RESIDENTS_PER_MUNICIPALITY, check_choice
from renkei.sandbox.ports import is_free, settle
from renkei.sandbox.wanted import DEFAULT_AS_OF, DEFAULT_SEED, FORMAT, Wanted
from renkei.wire.names import LINKAGE

__all__ = ["DEFAULT_AS_OF", "DEFAULT_SEED", "Wanted", "open_existing", "open_or_build"]

REBUILD_AFTER_DAYS: Final = 60
"""Certificates and key periods last 90 days; an older country is built anew."""
RENEW_BEFORE_DAYS: Final = 15
CLAIM_SECONDS: Final = 3.0
"""How long to wait for processes that are just stopping."""
CLAIM_PAUSE_SECONDS: Final = 0.05


def open_or_build(
    folder: Path,
    *,
    seed: int,
    as_of: date,
    progress: Progress,
    residents: int = RESIDENTS_PER_MUNICIPALITY,
    blueprint: Blueprint | None = None,
) -> Country:
    """The country in `folder`, built first if it is missing, too old or another.

    It is this process's, and its forks', until `Country.release`. Raises FileExistsError where the
    folder holds something that is no country, BlockingIOError where it is running already,
    `ImpossibleCountry` for a seed or day that no country can be built for. Without `blueprint` it
    is the one that stands there, whatever file it was built from, else the one of the package; with
    the usual seed, day and size it is whatever stands there.
    """
    check_choice(seed, as_of)
    wanted = Wanted(seed, as_of, residents, blueprint or default(), blueprint is not None)
    _remove_leftovers(folder)
    claim = _claim(folder) if folder.exists() else None
    try:
        bring_up(folder, progress)
        if _usable(folder, wanted) is None:
            said = f"building a country of synthetic residents in {folder} (seed {seed}, {as_of})"
            with progress.step(said):
                _replace(folder, wanted)
            replaced, claim = claim, _claim(folder)
            if replaced is not None:
                os.close(replaced)
        manifest = _usable(folder, wanted)
        assert manifest is not None
        country = Country(folder, manifest, claim)
        _renew(country, progress)
    except BaseException:
        if claim is not None:
            os.close(claim)
        raise
    return country


def _claim(folder: Path) -> int:
    """Lock a country's folder for this process and its forks; gives the descriptor that holds it.

    Two sets of processes on the same databases, each with a directory of its own, would end both.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    until = monotonic() + CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError as error:
            if monotonic() >= until:
                os.close(descriptor)
                raise BlockingIOError(
                    f"the country in {folder} is running already; stop it or name another --folder"
                ) from error
            sleep(CLAIM_PAUSE_SECONDS)


def _usable(folder: Path, wanted: Wanted) -> Manifest | None:
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    age = datetime.now(UTC) - manifest.built_at
    same = (manifest.format, manifest.renkei) == (FORMAT, __version__) and wanted.is_in(manifest)
    return manifest if same and age < timedelta(days=REBUILD_AFTER_DAYS) else None


def _replace(folder: Path, wanted: Wanted) -> None:
    _check_replaceable(folder)
    # Hidden names with this process's id: nothing of anybody else's is ever removed.
    new, old = (folder.with_name(f".{folder.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    new.mkdir(parents=True, mode=0o700)
    ports = settle(wanted.blueprint.doors, folder, _ports_before(folder))
    try:
        apart(lambda: _build(new, wanted, ports))
        if folder.exists():
            folder.rename(old)  # a kill from here on leaves no country or a whole one
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _build(folder: Path, wanted: Wanted, ports: dict[str, int]) -> None:
    from renkei.sandbox.builder import Builder  # only who builds needs what building needs

    Builder(folder, wanted, ports).build()


def _ports_before(folder: Path) -> dict[str, int]:
    """The ports of the country that a new one replaces; empty where there is none to be read."""
    try:
        return open_existing(folder).manifest.ports
    except FileNotFoundError:
        return {}


def _check_replaceable(folder: Path) -> None:
    """Raise FileExistsError unless the folder holds nothing or a country and nothing else."""
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if not held:
        return
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=dict[str, Any])
        own = {
            KEPT_OPEN,
            MANIFEST,
            f"{MANIFEST}.new",
            AUTHORITY,
            ANCHORS,
            HISTORY,
            *BALANCER_FILES,
            *manifest["ports"],
        }
    except (FileNotFoundError, msgspec.DecodeError, KeyError, TypeError):
        own = set()
    if foreign := sorted(held - own):
        raise FileExistsError(
            f"{folder} holds {foreign[0]}, which is no part of a country; name another folder"
        )


def _remove_leftovers(folder: Path) -> None:
    """Remove what builds that were killed left beside the folder."""
    for path in folder.parent.glob(f".{folder.name}.*-*"):
        left = re.fullmatch(r"(?:new|old)-([0-9]+)", path.name.removeprefix(f".{folder.name}."))
        process = int(left[1]) if left is not None else None
        if process is not None and (process == os.getpid() or not psutil.pid_exists(process)):
            shutil.rmtree(path, ignore_errors=True)


def _renew(country: Country, progress: Progress) -> None:
    """Leave ports that are taken; sign a fresh directory where the present one does not serve."""
    _leave_taken_ports(country, progress)
    manifest = country.manifest
    published = publishing.newest_version(country.database(LINKAGE), country.roots())
    soon = manifest.directory_expires_at - timedelta(days=RENEW_BEFORE_DAYS)
    # A renewal that was killed half-way left manifest and published version apart: done over.
    told = {party: entry.port for party, entry in published.entries.items()}
    wanted = {plan.party: country.address(plan.party) for plan in country.plans}
    same = (published.version, told) == (manifest.directory_version, wanted)
    if not same or country.now() >= soon:
        write_configs(country)
        publishing.publish_directory(country, published.version + 1)
    write_anchors(country)


def _leave_taken_ports(country: Country, progress: Progress) -> None:
    """Where another program listens at a port: choose anew, write it down, say so."""
    held, told = country.manifest.ports, country.manifest.published
    kept = {door: port for door, port in held.items() if is_free(port)}
    if kept == held:
        return
    ports = settle(held, country.folder, kept)
    for door in held.keys() - kept.keys():
        progress.say(
            f"port {held[door]} of {door} is taken by another program: it listens at {ports[door]} "
            "from now on"
        )
    country.save(ports=ports, published={door: told[door] for door in told if door in kept})
