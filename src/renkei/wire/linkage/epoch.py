"""Changing an institution's scalar while exchanges run (符号の世代更新)."""

from renkei.wire.fields import Box, Epoch, Message


class EpochCollect(Message, frozen=True, kw_only=True):
    """An institution asks whether a new code epoch waits for it."""


class EpochDelta(Message, frozen=True, kw_only=True):
    """The step to the new epoch, boxed (purpose `epoch-delta`, tx `epoch-<n>`); None: no change."""

    epoch: Epoch
    delta: Box | None


class EpochConfirm(Message, frozen=True, kw_only=True):
    """The institution holds its whole code column in the new epoch too."""

    epoch: Epoch


class EpochConfirmed(Message, frozen=True, kw_only=True):
    """The next directory version may bring the epoch into force."""

    epoch: Epoch
