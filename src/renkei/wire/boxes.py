"""What a box may be sealed for: the closed list (封箱の用途).

A box opens only for the purpose, parties and transaction it was sealed for.
"""

from enum import StrEnum


class BoxPurpose(StrEnum):
    """For what a box is sealed; goes into its key, not onto the wire."""

    ACQUIRE = "acquire"
    """An institution to J-LIS: `AcquireSubject`, under the acquisition number."""
    ACQUISITION_SEED = "acquisition-seed"
    """J-LIS to the holder: the seed of the blind, under the acquisition number."""
    DOMICILE = "domicile"
    """The Minister to a registered domicile: `DomicileSubject`, under the acquisition number."""
    REQUEST_CODE = "request-code"
    """An inquirer to the network: its blinded code, under the transaction."""
    PERMIT_CODE = "permit-code"
    """The network to the provider: the converted blinded code, under the transaction."""
    PROVIDER_SEED = "provider-seed"
    """An inquirer to the provider: the seed of the blind, under the transaction."""
    PORTAL_SEED = "portal-seed"
    """An inquirer to the portal: the seed of the blind, under the transaction."""
    ANSWER = "answer"
    """The provider to the inquirer: `Content`, under the transaction."""
    ATTRIBUTES = "attributes"
    """An inquirer to the provider after `no-code`: `FourAttributes`, under the transaction."""
    EPOCH_DELTA = "epoch-delta"
    """The network to an institution: the step to a new scalar, under `epoch-<n>`."""
