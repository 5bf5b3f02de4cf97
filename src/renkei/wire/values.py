"""Numbers and codes in JSON and columns: a field has the type, the bytes its text (電文の中の値).

Every encoder and decoder of what crosses a border is made here. What the law protects goes into
boxes only: `encoder` refuses it, `box_encoder` reveals it to be boxed.
"""

from typing import Any, Literal

import msgspec

from renkei.values.forms import FORMS, Form
from renkei.values.reveal import Purpose

Order = Literal["sorted"] | None


def encoder(order: Order = None) -> msgspec.json.Encoder:
    """For what may be read by whoever gets it; raises TypeError for a protected value."""
    return msgspec.json.Encoder(enc_hook=_shown, order=order)


def box_encoder() -> msgspec.json.Encoder:
    """For what only the addressee opens (封箱の中身)."""
    return msgspec.json.Encoder(enc_hook=_boxed)


def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Strict, and every number and code checked; raises msgspec.ValidationError."""
    return msgspec.json.Decoder(kind, strict=True, dec_hook=read)


def schema(kind: type) -> dict[str, Any]:
    """JSON Schema of a value's text; raises NotImplementedError for other types."""
    form = FORMS.get(kind)
    if form is None:
        raise NotImplementedError
    return {"type": "string", "pattern": rf"^{form.pattern}\Z"}


def longest(kind: type) -> int:
    """Characters of the longest text of a type of value."""
    return FORMS[kind].characters


def stored(value: Any) -> str:
    """The text of a value for the holder's own file (台帳の記載)."""
    return _form(value).write(value, Purpose.STORE_IN_REGISTER)


def read(kind: type, text: object) -> Any:
    """A value from its text; raises ValueFormatError, to which msgspec adds the place."""
    form = FORMS.get(kind)
    if form is None:
        raise NotImplementedError
    return form.read(text)


def _shown(value: Any) -> str:
    return _form(value).write(value)


def _boxed(value: Any) -> str:
    return _form(value).write(value, Purpose.SEND_BOXED)


def _form(value: Any) -> Form:
    form = FORMS.get(type(value))
    if form is None:
        raise NotImplementedError
    return form
