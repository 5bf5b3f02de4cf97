"""A desk of a sandbox institution: its own key and certificate, no others (窓口)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from renkei.clients.desk import (
    LONGEST_WAIT_SECONDS,
    Desk,
    DeskConfig,
    DeskInstitution,
    DeskTls,
    open_desk,
)
from renkei.sandbox.blueprint import DNS_SUFFIX, desk_dns
from renkei.sandbox.country import Country, quiet_keys

__all__ = ["LONGEST_WAIT_SECONDS", "Desk", "at_desk", "desk_config"]


def desk_config(country: Country, institution: str) -> DeskConfig:
    """What a desk of this institution is told, as `desk.toml` in its folder says it too."""
    home = country.home(institution) / "desk"
    name = desk_dns(f"{institution}-desk")
    return DeskConfig(
        party=f"{institution}-desk",
        profile="sandbox",
        keys=home / "keys",
        tls=DeskTls(
            certificate=home / "tls" / f"{name}.crt",
            key=home / "tls" / f"{name}.key",
            authority=country.folder / "authority" / "ca.crt",
        ),
        institution=DeskInstitution(
            party=institution,
            dns_name=f"{institution}.{DNS_SUFFIX}",
            host="127.0.0.1",
            port=country.manifest.ports[institution],
            public=country.keys(institution).public("sign").hex(),
        ),
        clock_offset_seconds=country.manifest.clock_offset_seconds,
    )


@asynccontextmanager
async def at_desk(country: Country, institution: str) -> AsyncIterator[Desk]:
    """A desk with its own connection, for the length of a block."""
    config = desk_config(country, institution)
    async with open_desk(config, quiet_keys(config.keys)) as desk:
        yield desk
