"""What there is to know of a role before one of it runs (役割の登録).

A role is registered once: `run/roles/<role>.py` describes it as `ROLE`, and whatever serves,
builds, migrates, publishes or tests roles reads the descriptions. Nothing else lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from renkei.kit.config import Config
from renkei.kit.party import SIGN_KEY
from renkei.run.parts import Parts, Running


class NoSettings(Config, frozen=True, kw_only=True):
    """The settings of a role that needs none of its own."""


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Which keys a party of a role holds, beside those that every party has (鍵)."""

    signing: tuple[str, ...] = (SIGN_KEY,)
    """Uses of its P-256 keys; the directory lists each."""
    notes: tuple[str, ...] = ()
    """Names of its Ed25519 keys, for checkpoints and cosignatures."""
    secrets: tuple[str, ...] = ()
    """Names of its symmetric keys."""
    coded: bool = False
    """Whether it knows people by codes: the network then keeps a scalar for each party of it."""


@dataclass(frozen=True, slots=True)
class RoleDescription:
    """One role: its name, keys, database, settings, and how a process of it is put together."""

    name: str
    """As the directory and the command line write it, e.g. `individual-number`."""
    compose: Callable[[Parts[Any]], Running]
    """From parts to a role ready to serve; called inside the event loop."""
    migrations: str
    """The package with its migration scripts."""
    revision: str
    """The schema revision that its server expects."""
    settings: type[Config] = NoSettings
    """What the section `[settings]` of its configuration may say."""
    keys: RoleKeys = RoleKeys()
    desks: bool = False
    """Whether offices have desks that speak to it with keys of their own."""
    replicas: bool = False
    """Whether several processes of one party may serve at once, where its database allows it."""
    people: bool = False
    """Whether people come in by a door of its own, with pages."""
