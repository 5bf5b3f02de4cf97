"""Names of roles and of the parties of which there is one (役割と機関の名).

A role is a function of a legal actor; several institutions share one role, the others are one
party each, named like their role.
"""

from typing import Annotated, Final

from msgspec import Meta

Role = Annotated[str, Meta(pattern=r"^(?!desk$)[a-z][a-z0-9]*(-[a-z0-9]+)*\Z", max_length=40)]
"""A role of the directory. An open set: whoever knows nothing of a role that joins later must still
take the directory that lists it. None is called `desk`: what a desk may say, no listed party may.
"""
Sender = str
"""Who may send a message: a role of the directory, or a body's own desk."""

INSTITUTION: Final = "institution"
INDIVIDUAL_NUMBER: Final = "individual-number"
"""J-LIS (地方公共団体情報システム機構)."""
LINKAGE: Final = "linkage"
"""The Information Providing Network System (情報提供ネットワークシステム)."""
PORTAL: Final = "portal"
"""The portal of one's own records (情報提供等記録開示システム)."""
OVERSIGHT: Final = "oversight"
"""The Personal Information Protection Commission (個人情報保護委員会)."""
DESK: Final = "desk"
"""An office's desk, known to its own institution only (窓口)."""
EVERYONE: Final = "everyone"
"""The `aud` of what is signed for whoever reads it."""
