"""The one answer every receiver may give (エラー応答)."""

from typing import Annotated, ClassVar

from msgspec import Meta

from renkei.wire.fields import Article, Bytes32, Label, Message, Word


class ProblemReport(Message, frozen=True, kw_only=True):
    """An error of the closed list, signed by the receiver of the failed message (エラー応答)."""

    NAME: ClassVar = "problem"

    code: Word
    detail: Label
    article: Article | None = None
    request_digest: Bytes32
    retry_after_seconds: Annotated[int, Meta(ge=1, le=86_400)] | None = None
