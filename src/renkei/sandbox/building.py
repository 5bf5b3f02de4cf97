"""Building a country once and opening it again (試験国の構築).

It is built beside its final place and moved there whole; a country that is too old, of another
version or of another seed is built anew.
"""

import fcntl
import os
import re
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

import msgspec
import psutil

from renkei import __version__
from renkei.kit import certificates
from renkei.kit.keys import (
    create_agreement_key,
    create_ed25519,
    create_scalar,
    create_secret,
    create_signing_key,
)
from renkei.kit.migration import upgrade
from renkei.kit.progress import Progress
from renkei.roles.individual_number.service import SEED_KEY
from renkei.roles.institution.service.acquire import PSEUDONYM_KEY
from renkei.roles.portal.service.sealing import LINES_KEY
from renkei.run.assembly import REVISIONS
from renkei.sandbox import publishing, registers
from renkei.sandbox.blueprint import ACCOUNTS, INSURER, JUSTICE, PENSION, PartyPlan, parties
from renkei.sandbox.configuration import desk_dns
from renkei.sandbox.copies import Copies, Holder, build_copies
from renkei.sandbox.country import (
    ANCHORS,
    HISTORY,
    MANIFEST,
    Country,
    Manifest,
    free_ports,
    ports_free,
)
from renkei.sandbox.population import (
    DEFAULT_MUNICIPALITIES,
    PERSONAS,
    RESIDENTS_PER_MUNICIPALITY,
    Population,
    build_population,
    check_choice,
)

MANIFEST_BYTES_LIMIT: Final = 1024 * 1024
FORMAT: Final = 8
AUTHORITY: Final = "authority"
DEFAULT_SEED: Final = 1
DEFAULT_AS_OF: Final = date(2026, 7, 1)
OPENING_HOUR: Final = time(9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
LOG_KEYS: Final = {"linkage": "checkpoint", "oversight": "witness"}
"""Ed25519 keys of the log and its witness, by role."""
REBUILD_AFTER_DAYS: Final = 60
"""Certificates and key periods last 90 days; an older country is built anew."""
RENEW_BEFORE_DAYS: Final = 15
CLAIM_SECONDS: Final = 3.0
"""How long to wait for processes that are just stopping."""
CLAIM_PAUSE_SECONDS: Final = 0.05
_HOLDERS: Final = {
    PENSION.party: Holder.PENSION,
    INSURER.party: Holder.INSURER,
    ACCOUNTS.party: Holder.ACCOUNTS,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which country is wanted: the same three give the same people (試験国の種)."""

    seed: int = DEFAULT_SEED
    as_of: date = DEFAULT_AS_OF
    residents: int = RESIDENTS_PER_MUNICIPALITY
    """Per municipality; a small country opens in seconds."""

    def population(self) -> Population:
        """Its people."""
        return build_population(self.seed, self.as_of, residents_per_municipality=self.residents)


def open_or_build(
    folder: Path,
    *,
    seed: int,
    as_of: date,
    progress: Progress,
    residents: int = RESIDENTS_PER_MUNICIPALITY,
) -> Country:
    """The country in `folder`, built first if it is missing, too old or another.

    It is this process's, and its forks', until `Country.release`. Raises FileExistsError where the
    folder holds something that is no country, BlockingIOError where it is running already,
    `ImpossibleCountry` for a seed or day that no country can be built for.
    """
    check_choice(seed, as_of)
    wanted = Wanted(seed, as_of, residents)
    _remove_leftovers(folder)
    claim = _claim(folder) if folder.exists() else None
    try:
        if _usable(folder, wanted) is None:
            with progress.step(f"building a country of synthetic residents (seed {seed}, {as_of})"):
                _replace(folder, wanted)
            replaced, claim = claim, _claim(folder)
            if replaced is not None:
                os.close(replaced)
        manifest = _usable(folder, wanted)
        assert manifest is not None
        country = Country(folder, manifest, parties(DEFAULT_MUNICIPALITIES), claim)
        _renew(country)
    except BaseException:
        if claim is not None:
            os.close(claim)
        raise
    return country


def open_existing(folder: Path) -> Country:
    """The country in `folder` as it stands; raises FileNotFoundError where there is none."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            manifest = msgspec.json.decode(file.read(MANIFEST_BYTES_LIMIT), type=Manifest)
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise FileNotFoundError(f"no country in {folder}; run `renkei up` first") from error
    return Country(folder, manifest, parties(DEFAULT_MUNICIPALITIES))


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
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    age = datetime.now(UTC) - manifest.built_at
    held = Wanted(manifest.seed, manifest.as_of, manifest.residents)
    same = (manifest.format, manifest.renkei, held) == (FORMAT, __version__, wanted)
    return manifest if same and age < timedelta(days=REBUILD_AFTER_DAYS) else None


def _replace(folder: Path, wanted: Wanted) -> None:
    _check_replaceable(folder)
    # Hidden names with this process's id: nothing of anybody else's is ever removed.
    new, old = (folder.with_name(f".{folder.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    new.mkdir(parents=True, mode=0o700)
    try:
        _apart(lambda: Builder(new, wanted).build())
        if folder.exists():
            folder.rename(old)  # a kill from here on leaves no country or a whole one
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _apart(work: Callable[[], object]) -> None:
    """Do some work in a process of its own; raises ChildProcessError if it failed.

    A build has everybody's numbers, seeds and keys in its memory. What it leaves there must not be
    handed on to the processes of the roles, which are forked from this one.
    """
    lifeline, end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(end)
        _alone(work, lifeline)
    os.close(lifeline)
    try:
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(end)  # the child ends with whoever waits for it
    if status != 0:
        raise ChildProcessError("the country could not be built; the reason stands above")


def _alone(work: Callable[[], object], lifeline: int) -> NoReturn:
    """What the forked process does: end with the work, or as soon as the other process is gone."""

    def follow() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    status = 1
    try:
        threading.Thread(target=follow, daemon=True).start()
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _check_replaceable(folder: Path) -> None:
    """Raise FileExistsError unless the folder holds nothing or a country and nothing else."""
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if not held:
        return
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=dict[str, Any])
        own = {MANIFEST, f"{MANIFEST}.new", AUTHORITY, ANCHORS, HISTORY, *manifest["ports"]}
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


def _renew(country: Country) -> None:
    """Move to free ports, or sign a fresh directory, where the present one does not serve."""
    manifest = country.manifest
    published = publishing.newest_version(country.database("linkage"), country.roots())
    doors = [plan.people_door for plan in country.plans if plan.people_door is not None]
    served = [service.port for service in country.services()]
    served += [manifest.ports[door] for door in doors]
    moved = not ports_free(served)
    soon = manifest.directory_expires_at - timedelta(days=RENEW_BEFORE_DAYS)
    if moved:
        ports = dict(zip(manifest.ports, free_ports(len(manifest.ports)), strict=True))
        country.save(ports=ports, published={})
    # A renewal that was killed half-way left manifest and published version apart: done over.
    told = {party: entry.port for party, entry in published.entries.items()}
    wanted = {plan.party: country.address(plan.party) for plan in country.plans}
    same = (published.version, told) == (manifest.directory_version, wanted)
    if not same or country.now() >= soon:
        country.write_configs()
        publish_directory(country, published.version + 1)


def publish_directory(country: Country, version: int) -> None:
    """Sign and publish one version for both signers."""
    now = country.now()
    since = now - timedelta(days=(datetime.now(UTC) - country.manifest.built_at).days)
    entries = [
        publishing.entry_of(plan, country.keys(plan.party), country.address(plan.party), since)
        for plan in country.plans
    ]
    signed = publishing.sign_version(entries, version, now, country.keys)
    publishing.publish_version(country.database("linkage"), signed, country.roots())
    expires = now + timedelta(days=publishing.DIRECTORY_DAYS)
    country.save(directory_version=version, directory_expires_at=expires)


class Builder:
    """One build, step by step; every step writes below one new folder (構築)."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        self.population = wanted.population()
        self.copies: Copies = build_copies(self.population)
        self.real_now = datetime.now(UTC)
        opening = datetime.combine(wanted.as_of, OPENING_HOUR).astimezone(UTC)
        plans = parties(self.population.municipalities)
        doors = [plan.party for plan in plans]
        doors += [plan.people_door for plan in plans if plan.people_door is not None]
        ports = free_ports(len(doors))
        manifest = Manifest(
            format=FORMAT,
            renkei=__version__,
            seed=wanted.seed,
            as_of=wanted.as_of,
            residents=wanted.residents,
            population_digest=self.population.digest,
            export_digest=self.copies.digest,
            built_at=self.real_now,
            clock_offset_seconds=(opening - self.real_now).total_seconds(),
            directory_version=0,
            directory_expires_at=opening,
            ports=dict(zip(doors, ports, strict=True)),
            persons={},
        )
        self.country = Country(folder, manifest, plans)

    def build(self) -> Country:
        """Make keys, certificates, databases, registers, configurations and the directory."""
        country = self.country
        for plan in country.plans:
            self._make_keys(plan)
        self._make_certificates()
        for plan in country.plans:
            if plan.serve is not None:
                upgrade(REVISIONS[plan.serve][1], country.database(plan.party))
        country.save(persons=self._fill_registers())
        country.write_anchors()
        country.write_configs()
        publish_directory(country, 1)
        return country

    def _make_keys(self, plan: PartyPlan) -> None:
        home = self.country.home(plan.party)
        for use in publishing.SIGNING_USES.get(plan.party, ("sign",)):
            create_signing_key(home / "keys", use)
        create_agreement_key(home / "keys", "agree-1")
        if plan.role in LOG_KEYS:
            create_ed25519(home / "keys", LOG_KEYS[plan.role])
        if plan.role in ("institution", "portal"):
            create_scalar(self.country.home("linkage") / "keys", f"scalar-{plan.party}-1")
        if plan.role == "institution":
            create_secret(home / "keys", PSEUDONYM_KEY)
            create_signing_key(home / "desk" / "keys", "sign")
        if plan.role == "portal":
            create_secret(home / "keys", LINES_KEY)
        if plan.role == "individual-number":
            create_secret(home / "keys", SEED_KEY)

    def _make_certificates(self) -> None:
        authority = certificates.create_authority(
            self.country.folder / AUTHORITY, "renkei sandbox ca", now=self.real_now
        )
        for plan in self.country.plans:
            home = self.country.home(plan.party)
            certificates.create_leaf(authority, home / "tls", plan.dns_name, now=self.real_now)
            if plan.desk is not None:
                certificates.create_leaf(
                    authority, home / "desk" / "tls", desk_dns(plan.desk), now=self.real_now
                )

    def _fill_registers(self) -> dict[str, dict[str, str]]:
        country, manifest = self.country, self.country.manifest
        registers.load_individual_number(
            country.database("individual-number"),
            self.population,
            country.keys("individual-number"),
        )
        serials = {tag: self.population.persona(tag).serial for tag in PERSONAS}
        persons: dict[str, dict[str, str]] = {tag: {} for tag in PERSONAS}
        for plan in country.institutions():
            secret = f"{manifest.seed}|{manifest.as_of}|{plan.party}"
            ids = self._fill(plan, secret)
            for tag, serial in serials.items():
                if serial in ids:
                    persons[tag][plan.party] = ids[serial]
        return persons

    def _fill(self, plan: PartyPlan, secret: str) -> dict[int, str]:
        path = self.country.database(plan.party)
        for municipality in self.population.municipalities:
            if str(municipality.code) == plan.municipality_code:
                return registers.load_city(path, municipality.code, self.copies, secret)
        if plan.party == JUSTICE.party:
            return registers.load_family_register(path, self.copies, secret)
        holder = _HOLDERS[plan.party]
        return registers.load_body(path, holder, self.copies, secret)
