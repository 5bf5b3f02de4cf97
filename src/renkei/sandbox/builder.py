"""Building a country: keys, certificates, databases, registers, configurations (試験国の構築)."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from renkei import __version__
from renkei.kit import certificates
from renkei.kit.database.migration import upgrade
from renkei.kit.keys import create_scalar, create_signing_key
from renkei.run.keys import create_keys
from renkei.run.roles import ROLES
from renkei.sandbox import filling, publishing
from renkei.sandbox.blueprint import AUTHORITY, PartyPlan, desk_dns
from renkei.sandbox.configuration import write_anchors, write_configs
from renkei.sandbox.copies import Copies, build_copies
from renkei.sandbox.country import Country, Manifest
from renkei.sandbox.population import PERSONAS
from renkei.sandbox.wanted import FORMAT, Wanted
from renkei.values import PersonId
from renkei.wire.names import LINKAGE

OPENING_HOUR: Final = time(9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


class Builder:
    """One build, step by step; every step writes below one new folder (構築)."""

    def __init__(self, folder: Path, wanted: Wanted, ports: dict[str, int]) -> None:
        self.population = wanted.population()
        self.copies: Copies = build_copies(self.population)
        self.real_now = datetime.now(UTC)
        opening = datetime.combine(wanted.as_of, OPENING_HOUR).astimezone(UTC)
        manifest = Manifest(
            format=FORMAT,
            renkei=__version__,
            seed=wanted.seed,
            as_of=wanted.as_of,
            residents=wanted.residents,
            blueprint_digest=wanted.blueprint.digest,
            plans=wanted.blueprint.plans,
            population_digest=self.population.digest,
            export_digest=self.copies.digest,
            built_at=self.real_now,
            clock_offset_seconds=(opening - self.real_now).total_seconds(),
            directory_version=0,
            directory_expires_at=opening,
            ports=ports,
            persons={},
        )
        self.country = Country(folder, manifest)

    def build(self) -> Country:
        """Make keys, certificates, databases, registers, configurations and the directory."""
        country = self.country
        for plan in country.plans:
            self._make_keys(plan)
        self._make_certificates()
        for plan in country.plans:
            upgrade(ROLES[plan.role].migrations, country.database(plan.party))
        country.save(persons=self._fill_registers())
        write_anchors(country)
        write_configs(country)
        publishing.publish_directory(country, 1)
        return country

    def _make_keys(self, plan: PartyPlan) -> None:
        home, keys = self.country.home(plan.party), ROLES[plan.role].keys
        create_keys(home / "keys", keys)
        if keys.coded:
            create_scalar(self.country.home(LINKAGE) / "keys", f"scalar-{plan.party}-1")
        if plan.desk is not None:
            create_signing_key(home / "desk" / "keys", "sign")

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

    def _fill_registers(self) -> dict[str, dict[str, PersonId]]:
        """Everybody on file everywhere; gives each institution's own ids for the personas."""
        country, manifest = self.country, self.country.manifest
        serials = {tag: one.serial for one in self.population.residents for tag in one.personas}
        persons: dict[str, dict[str, PersonId]] = {tag: {} for tag in PERSONAS if tag in serials}
        for plan in country.plans:
            site = filling.Site(
                plan=plan,
                database=country.database(plan.party),
                keys=country.keys(plan.party),
                copies=self.copies,
                secret=f"{manifest.seed}|{manifest.as_of}|{plan.party}",
            )
            ids = filling.fill(site)
            for tag, serial in serials.items():
                if serial in ids:
                    persons[tag][plan.party] = ids[serial]
        return persons
