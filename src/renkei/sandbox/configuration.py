"""Writing the configuration of one process of the sandbox (設定ファイル)."""

import json
from dataclasses import dataclass
from typing import Final

from renkei.sandbox.blueprint import DNS_SUFFIX, PartyPlan
from renkei.sandbox.population import PERSONAS
from renkei.wire.directory import TrustRoots

LOG_ORIGIN: Final = f"{DNS_SUFFIX}/log"
WITNESS: Final = f"{DNS_SUFFIX}/witness"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every process of one country shares: trust, ports, clock (共通設定)."""

    roots: TrustRoots
    ports: dict[str, int]
    clock_offset_seconds: float
    witness_key: str
    """The Commission's cosigning key as verifier key text."""
    log_key: str
    """The log's key as verifier key text."""
    linkage_port: int
    """Where the network is reached, whatever port it listens at."""
    exchange_call_seconds: float


def serve_toml(plan: PartyPlan, around: Surroundings, desk_public: bytes | None) -> str:
    """The configuration of one party's process; paths are relative to its folder."""
    lines = [
        f"# {plan.name_en}: SANDBOX, keys in files, synthetic people only",
        f"role = {_text(plan.serve or '')}",
        f"party = {_text(plan.party)}",
        'profile = "sandbox"',
        'host = "127.0.0.1"',
        f"port = {around.ports[plan.party]}",
        'keys = "keys"',
        'database = "database.sqlite"',
        'directory = "directory.json"',
        'log = "log.jsonl"',
        f"exchange_call_seconds = {around.exchange_call_seconds!r}",
        f"clock_offset_seconds = {around.clock_offset_seconds!r}",
        f"log_origin = {_text(LOG_ORIGIN)}",
        f"witness_key = {_text(around.witness_key)}",
        f"log_key = {_text(around.log_key)}",
        *_people(plan, around),
        *([f"use_affair = {_text(plan.use_affair)}"] if plan.use_affair else []),
        "",
        "[tls]",
        f"certificate = {_text(f'tls/{plan.dns_name}.crt')}",
        f"key = {_text(f'tls/{plan.dns_name}.key')}",
        'authority = "../authority/ca.crt"',
        "",
        "[trust]",
        f"network = {_text(around.roots.network.hex())}",
        f"oversight = {_text(around.roots.oversight.hex())}",
        "",
        "[linkage]",
        f"dns_name = {_text(f'linkage.{DNS_SUFFIX}')}",
        'host = "127.0.0.1"',
        f"port = {around.linkage_port}",
    ]
    if plan.desk is not None and desk_public is not None:
        lines += [
            "",
            "[[desks]]",
            f"party = {_text(plan.desk)}",
            f"dns_name = {_text(desk_dns(plan.desk))}",
            f"public = {_text(desk_public.hex())}",
        ]
    return "\n".join(lines) + "\n"


def _people(plan: PartyPlan, around: Surroundings) -> list[str]:
    door = plan.people_door
    if door is None:
        return []
    return [f"people_port = {around.ports[door]}", f"personas = {json.dumps(list(PERSONAS))}"]


def desk_dns(desk: str) -> str:
    """The DNS name of a desk."""
    return f"{desk}.{DNS_SUFFIX}"


def _text(value: str) -> str:
    return json.dumps(value)
