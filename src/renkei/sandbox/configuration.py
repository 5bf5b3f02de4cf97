"""Writing the configuration of each process of the sandbox, and the anchors (設定ファイル)."""

import json
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.crypto.note import COSIGNATURE_V1, NoteKey
from renkei.kit.location import EMBEDDED_FILE
from renkei.kit.party import SIGN_KEY
from renkei.run.roles import ROLES
from renkei.sandbox.blueprint import DNS_SUFFIX, PartyPlan, desk_dns
from renkei.sandbox.country import DATABASE_URL, Country, quiet_keys
from renkei.wire.directory import TrustRoots
from renkei.wire.history import Anchors
from renkei.wire.key_id import KeyId
from renkei.wire.linkage.directory import SigningKey
from renkei.wire.names import LINKAGE, OVERSIGHT

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
    personas: tuple[str, ...]
    """As whom one may sign in without a card."""


def write_anchors(country: Country) -> None:
    """Write the public keys that `renkei verify` believes, unless they stand there already."""
    log_key, witness_key = _log_keys(country)
    anchors = Anchors(
        log_origin=LOG_ORIGIN,
        log_key=log_key,
        witness_key=witness_key,
        oversight_key=country.keys(OVERSIGHT).public("sign"),
        inquirers=[
            SigningKey(kid=str(KeyId(plan.party, SIGN_KEY)), public=_public(country, plan.party))
            for plan in country.institutions()
        ],
    )
    encoded = msgspec.json.format(msgspec.json.encode(anchors), indent=1) + b"\n"
    if not country.anchors.exists() or country.anchors.read_bytes() != encoded:
        country.anchors.write_bytes(encoded)


def _public(country: Country, party: str) -> bytes:
    return country.keys(party).public(SIGN_KEY)


def write_configs(country: Country) -> None:
    """Write every process's configuration from the manifest."""
    manifest = country.manifest
    log_key, witness_key = _log_keys(country)
    around = Surroundings(
        country.roots(),
        manifest.ports,
        manifest.clock_offset_seconds,
        witness_key=witness_key,
        log_key=log_key,
        linkage_port=country.address(LINKAGE),
        exchange_call_seconds=manifest.exchange_call_seconds,
        personas=tuple(manifest.persons),
    )
    for plan in country.plans:
        desk, database = None, EMBEDDED_FILE
        if (country.home(plan.party) / DATABASE_URL).exists():
            database = f"@{DATABASE_URL}"
        if plan.desk is not None:
            home = country.home(plan.party) / "desk"
            desk = quiet_keys(home / "keys").public("sign")
            told = desk_toml(plan, around, country.keys(plan.party).public("sign"))
            (home / "desk.toml").write_text(told, encoding="utf-8")
        for name in (plan.party, *country.replicas(plan)):
            text = serve_toml(plan, around, desk, database, name)
            path = country.process_config_path(plan.party, name)
            path.write_text(text, encoding="utf-8")


def _log_keys(country: Country) -> tuple[str, str]:
    """The log's key and the Commission's cosigning key, as verifier key texts."""
    witness = NoteKey(WITNESS, country.keys(OVERSIGHT).public("witness"), COSIGNATURE_V1)
    return NoteKey(LOG_ORIGIN, country.keys(LINKAGE).public("checkpoint")).text, witness.text


def serve_toml(
    plan: PartyPlan,
    around: Surroundings,
    desk_public: bytes | None,
    database: str,
    process: str = "",
) -> str:
    """The configuration of one party's process; paths are relative to its folder.

    `process` names it where the party has several; without, it is the only one.
    """
    replica = process.removeprefix(plan.party) if process else ""
    lines = [
        f"# {plan.name_en}: SANDBOX, keys in files, synthetic people only",
        f"role = {_text(plan.role)}",
        f"party = {_text(plan.party)}",
        'profile = "sandbox"',
        'host = "127.0.0.1"',
        f"port = {around.ports[plan.party + replica]}",
        'keys = "keys"',
        f"database = {_text(database)}",
        'directory = "directory.json"',
        f"log = {_text(f'log{replica}.jsonl')}",
        f"clock_offset_seconds = {around.clock_offset_seconds!r}",
    ]
    if plan.people_door is not None:
        lines.append(f"people_port = {around.ports[plan.people_door + replica]}")
    lines += [
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
    settings = _settings(plan, around)
    if settings:
        lines += ["", "[settings]", *settings]
    return "\n".join([*lines, *_desk(plan, desk_public)]) + "\n"


def _desk(plan: PartyPlan, public: bytes | None) -> list[str]:
    if plan.desk is None or public is None:
        return []
    return [
        "",
        "[[desks]]",
        f"party = {_text(plan.desk)}",
        f"dns_name = {_text(desk_dns(plan.desk))}",
        f"public = {_text(public.hex())}",
    ]


def desk_toml(plan: PartyPlan, around: Surroundings, institution_public: bytes) -> str:
    """The configuration of an institution's desk, for whoever connects a system of their own."""
    name = desk_dns(plan.desk or "")
    lines = [
        f"# A desk of {plan.name_en}: SANDBOX, see docs/integrate.md",
        f"party = {_text(plan.desk or '')}",
        'profile = "sandbox"',
        'keys = "keys"',
        f"clock_offset_seconds = {around.clock_offset_seconds!r}",
        "",
        "[tls]",
        f"certificate = {_text(f'tls/{name}.crt')}",
        f"key = {_text(f'tls/{name}.key')}",
        'authority = "../../authority/ca.crt"',
        "",
        "[institution]",
        f"party = {_text(plan.party)}",
        f"dns_name = {_text(plan.dns_name)}",
        'host = "127.0.0.1"',
        f"port = {around.ports[plan.party]}",
        f"public = {_text(institution_public.hex())}",
    ]
    return "\n".join(lines) + "\n"


def _settings(plan: PartyPlan, around: Surroundings) -> list[str]:
    """Of all that the sandbox can tell, what the party's role wants to know."""
    known: dict[str, object] = {
        "exchange_call_seconds": around.exchange_call_seconds,
        "log_key": around.log_key,
        "office_affairs": _affairs(plan),
        "log_origin": LOG_ORIGIN,
        "personas": list(around.personas),
        "use_affair": plan.use_affair,
        "witness_key": around.witness_key,
    }
    wanted = ROLES[plan.role].settings.__struct_fields__
    told = ((name, known.get(name)) for name in wanted)
    return [f"{name} = {_value(value)}" for name, value in told if value is not None]


def _affairs(plan: PartyPlan) -> dict[str, object]:
    limited = {name: list(rows) for name, rows in plan.office_affairs.items() if rows is not None}
    return {one.office: limited.get(one.office, "all") for one in plan.offices}


def _value(value: object) -> str:
    """A value as TOML writes it: JSON, but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def _text(value: str) -> str:
    return json.dumps(value)
