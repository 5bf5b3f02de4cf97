"""Making the keys that a role's description names, as files (鍵の生成)."""

from pathlib import Path

from renkei.kit.keys import (
    create_agreement_key,
    create_ed25519,
    create_secret,
    create_signing_key,
)
from renkei.run.role import RoleKeys


def create_keys(folder: Path, keys: RoleKeys) -> None:
    """Create every key of a new party in `folder`, with its first key period.

    Raises KeyStoreError where one is there already. Scalars are the network's to make.
    """
    for use in keys.signing:
        create_signing_key(folder, use)
    create_agreement_key(folder, "agree-1")
    for name in keys.notes:
        create_ed25519(folder, name)
    for name in keys.secrets:
        create_secret(folder, name)
