"""Putting J-LIS together (機構の組立て)."""

from renkei.kit.doorway import Doorway
from renkei.roles.individual_number import api
from renkei.roles.individual_number.service import IndividualNumberService
from renkei.run import directory as kept_directory
from renkei.run.parts import SWEEP_PACE, Parts, Running, outbox


def assemble(parts: Parts) -> Running:
    """J-LIS's service, routes and the resending of fillings."""
    keeper = parts.keeper()
    service = IndividualNumberService(
        parts.party, parts.database, parts.linkage, parts.config.number_scheme()
    )
    return Running(
        routes=api.routes(service, Doorway(parts.party)),
        starting=[keeper.first],
        outboxes=[
            outbox("directory", keeper.refresh, kept_directory.PACE),
            outbox("fills", service.resend_fills, SWEEP_PACE),
        ],
    )
