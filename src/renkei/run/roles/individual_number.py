"""Putting J-LIS together (機構の組立て)."""

from typing import Final

from renkei.kit.doorway import Doorway
from renkei.roles.individual_number import api
from renkei.roles.individual_number.rules import number_scheme
from renkei.roles.individual_number.service import SEED_KEY, IndividualNumberService
from renkei.roles.individual_number.store import REVISION
from renkei.run import directory as kept_directory
from renkei.run.parts import SWEEP_PACE, Parts, Running, each, outbox, rounds
from renkei.run.role import NoSettings, RoleDescription, RoleKeys
from renkei.wire.names import INDIVIDUAL_NUMBER


def compose(parts: Parts[NoSettings]) -> Running:
    """J-LIS's service, routes and the resending of fillings."""
    keeper = parts.keeper()
    service = IndividualNumberService(
        parts.party, parts.database, parts.linkage, number_scheme(parts.config.profile)
    )
    return Running(
        routes=api.routes(service, Doorway(parts.party)),
        starting=[keeper.first],
        background=[
            each(rounds("directory", keeper.refresh, kept_directory.INTERVAL)),
            outbox("fills", service.resend_fills, SWEEP_PACE),
        ],
    )


ROLE: Final = RoleDescription(
    name=INDIVIDUAL_NUMBER,
    compose=compose,
    migrations="renkei.roles.individual_number.migrations",
    revision=REVISION,
    keys=RoleKeys(secrets=(SEED_KEY,)),
    replicas=True,
)
