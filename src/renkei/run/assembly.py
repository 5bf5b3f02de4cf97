"""One role from its configuration: the table of roles that can be served (組立て)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from renkei.kit.database import Database
from renkei.roles.individual_number import store as individual_number_store
from renkei.roles.institution import store as institution_store
from renkei.roles.linkage import store as linkage_store
from renkei.roles.oversight import store as oversight_store
from renkei.roles.portal import store as portal_store
from renkei.run import individual_number, institution, linkage, oversight, portal
from renkei.run.config import RoleName, ServeConfig
from renkei.run.parts import Parts, Running, http_of, party_of

REVISIONS: Final[dict[RoleName, tuple[str, str]]] = {
    "linkage": (linkage_store.REVISION, "renkei.roles.linkage.migrations"),
    "individual-number": (
        individual_number_store.REVISION,
        "renkei.roles.individual_number.migrations",
    ),
    "institution": (institution_store.REVISION, "renkei.roles.institution.migrations"),
    "oversight": (oversight_store.REVISION, "renkei.roles.oversight.migrations"),
    "portal": (portal_store.REVISION, "renkei.roles.portal.migrations"),
}
"""Schema revision a role's server expects, and where its migrations are."""

ASSEMBLERS: Final[dict[RoleName, Callable[[Parts], Running]]] = {
    "linkage": linkage.assemble,
    "individual-number": individual_number.assemble,
    "institution": institution.assemble,
    "oversight": oversight.assemble,
    "portal": portal.assemble,
}


def assemble(config: ServeConfig) -> Running:
    """Build the role a configuration names; call inside the event loop."""
    revision = REVISIONS[config.role][0]
    parts = Parts(
        config=config,
        party=party_of(config),
        database=Database.open(Path(config.database), revision=revision),
        http=http_of(config),
    )
    running = ASSEMBLERS[config.role](parts)
    running.stopping += [parts.http.close, parts.close_database]
    return running
