"""One role from its configuration, by its description (組立て)."""

from typing import Any

from renkei.kit.certificates import held_until, own_names
from renkei.kit.clock import SystemClock
from renkei.kit.config import ConfigError
from renkei.kit.database import Database
from renkei.kit.doorway import Doorway
from renkei.kit.watch import Watch
from renkei.run.config import ServeConfig
from renkei.run.health import ending, health_of
from renkei.run.parts import Parts, Running, http_of, party_of
from renkei.run.role import RoleDescription
from renkei.run.roles import ROLES
from renkei.wire.health import HEALTH_PATH, Alarm


def described(name: str) -> RoleDescription:
    """The role of this name; raises ConfigError that lists those there are."""
    try:
        return ROLES[name]
    except KeyError:
        raise ConfigError(f"no role is called {name!r}; roles: {', '.join(ROLES)}") from None


def assemble(config: ServeConfig) -> Running:
    """Build the role a configuration names; call inside the event loop."""
    role = described(config.role)
    certificate_ends_at = held_until(config.tls.certificate, SystemClock().now())
    party = party_of(config)
    parts: Parts[Any] = Parts(
        config=config,
        settings=config.settings_as(role.settings),
        party=party,
        database=Database.open(config.database, revision=role.revision),
        http=http_of(config),
        watch=Watch(party.clock),
    )
    running = role.compose(parts)
    running.watch = parts.watch
    running.seat = parts.database
    running.watch.sources.append(lambda: _database_alarms(parts.database))
    running.watch.sources.append(ending(party, certificate_ends_at))
    own = own_names(config.tls.certificate)
    told = health_of(config, running.watch, party, certificate_ends_at, seat=parts.database)
    running.routes.append(Doorway(party).own(HEALTH_PATH, own, told))
    running.stopping += [parts.http.close, parts.close_database]
    return running


def _database_alarms(database: Database) -> list[Alarm]:
    return [Alarm("database-down", "database", 1)] if database.down else []
