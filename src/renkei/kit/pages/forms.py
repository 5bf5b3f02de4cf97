"""Forms, declared once: label, help, type, rules; errors say what to do (入力フォーム).

A form is a WTForms class whose labels, helps and errors are keys of our texts. WTForms reads the
values and asks every rule, so that all errors come at once; its HTML is not used: `parts/form.html`
shows the fields, errors on top and linked to them, what was typed kept.

    class Report(PageForm):
        name = Words("report.name", help="report.name.help", rules=[needed(), at_most(80)])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup
from wtforms import Field, Form
from wtforms.form import BaseForm
from wtforms.validators import StopValidation, ValidationError

from renkei.kit.eras import read_day
from renkei.kit.pages.asking import FormValues, Upload
from renkei.kit.pages.texts import Texts

Rule = Callable[[Form, Any], None]


class Said(str):
    """An error as the key of a text, with the values that text wants (エラー文)."""

    values: Mapping[str, object]

    def __new__(cls, key: str, **values: object) -> Said:
        """`key` is what WTForms carries around as its message."""
        made = super().__new__(cls, key)
        made.values = values
        return made


# -- rules ---------------------------------------------------------------------------------------


class _Needed:
    """WTForms asks a rule for the flags it sets on its field."""

    field_flags: Final = {"required": True}

    def __call__(self, _form: Form, one: Any) -> None:
        if _empty(one):
            raise StopValidation(Said(_NEEDED.get(one.shape, "form.needed")))


_NEEDED: Final = {
    "one-of": "form.needed.choice",
    "one-of-many": "form.needed.choice",
    "some-of": "form.needed.choice",
    "file": "form.needed.choice",
    "agreed": "form.needed.tick",
}


def needed() -> Rule:
    """Something must be there; nothing else is asked of an empty field (必須)."""
    return _Needed()


def at_most(characters: int) -> Rule:
    """No more characters than this, counted as people count them (文字数)."""

    def rule(_form: Form, one: Any) -> None:
        count = len(one.data or "")
        if count > characters:
            raise ValidationError(Said("form.too-long", most=characters, now=count))

    return rule


def fits(pattern: str, key: str) -> Rule:
    """The whole of a text fits a pattern; `key` says in words what is expected (書式)."""
    wanted = re.compile(pattern)

    def rule(_form: Form, one: Any) -> None:
        if not wanted.fullmatch(one.data or ""):
            raise ValidationError(Said(key))

    return rule


def between(first: date, last: date) -> Rule:
    """A day not before `first` and not after `last` (期間)."""

    def rule(_form: Form, one: Any) -> None:
        if one.data is not None and not first <= one.data <= last:
            raise ValidationError(Said("form.day.outside"))

    return rule


def _empty(one: Any) -> bool:
    typed = one.raw_data[0] if one.raw_data else ""
    return not (typed.filename if isinstance(typed, Upload) else str(typed).strip())


# -- fields --------------------------------------------------------------------------------------


class _Asked(Field):
    """A field whose label and help are keys of texts; `shape` picks its part of the template."""

    shape = "words"

    def __init__(
        self,
        label: str,
        *,
        help: str | None = None,
        rules: Sequence[Rule] = (),
        autocomplete: str | None = None,
        width: str = "wide",
        **more: Any,
    ) -> None:
        super().__init__(label, list(rules), **more)
        self.help = help
        self.autocomplete = autocomplete
        self.width = width

    @property
    def needed(self) -> bool:
        """Whether it has to be filled in."""
        return bool(self.flags.required)

    @property
    def typed(self) -> str:
        """What was typed, as it was typed, else what the form began with."""
        if self.raw_data:
            return self.raw_data[0] if isinstance(self.raw_data[0], str) else ""
        return "" if self.data is None else self.spelled(self.data)

    def spelled(self, value: Any) -> str:
        """A value as somebody would type it."""
        return str(value)

    def pre_validate(self, form: BaseForm) -> None:
        """Ask no rule of what is empty and may be, nor of what could not be read."""
        if self.process_errors or (_empty(self) and not self.needed):
            raise StopValidation


class Words(_Asked):
    """One line of text: control characters are refused, spaces at its ends are not kept (文字)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Text as it is meant: composed, without spaces around it."""
        self.data = None
        if valuelist:
            text = unicodedata.normalize("NFC", str(valuelist[0])).strip()
            if any(unicodedata.category(one) == "Cc" and one not in "\r\n" for one in text):
                raise ValueError(Said("form.characters"))
            self.data = text


class Lines(Words):
    """Several lines of text (自由記述)."""

    shape = "lines"


class Digits(Words):
    """A number to be copied: full-width digits, spaces and hyphens are taken (番号)."""

    shape = "digits"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Digits only, as ASCII; what else stands there is for a rule to refuse."""
        super().process_formdata(valuelist)
        if self.data:
            plain = unicodedata.normalize("NFKC", self.data)
            self.data = re.sub(r"[\s\-‐−ー]", "", plain)


class Day(_Asked):
    """A day: 2026-11-29, 2026年11月29日, 令和8年11月29日, R8.11.29, full-width too (年月日)."""

    shape = "day"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The day that was typed; a day that does not exist is an error that says so."""
        self.data = None
        if valuelist and str(valuelist[0]).strip():
            try:
                self.data = read_day(str(valuelist[0]))
            except ValueError as error:
                raise ValueError(Said("form.day.unknown")) from error

    def spelled(self, value: Any) -> str:
        """A day in figures."""
        return str(value.isoformat())


class _Choosing(_Asked):
    """A choice among values the page offers; anything else was not sent by the page."""

    def __init__(
        self, label: str, *, options: Iterable[tuple[str, str | Markup]], **more: Any
    ) -> None:
        super().__init__(label, **more)
        self.options = tuple(options)

    def chosen(self, value: str) -> bool:
        """Whether an option is chosen now."""
        return value in self._values()

    def _values(self) -> list[str]:
        data = self.data if isinstance(self.data, list) else [self.data]
        return [str(one) for one in (self.raw_data or data) if isinstance(one, str)]

    def option_label(self, t: Texts, value: str) -> Markup:
        """An option's words: a key of our texts, or words that are ready."""
        label = dict(self.options)[value]
        return label if isinstance(label, Markup) else t(label)

    def option_text(self, t: Texts, value: str) -> str:
        """An option's words without readings, for a list that takes no mark-up."""
        label = dict(self.options)[value]
        return str(label.striptags()) if isinstance(label, Markup) else t.plain(label)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what was not offered."""
        super().pre_validate(form)
        if not set(self._values()) <= {value for value, _ in self.options}:
            raise ValidationError(Said("form.not-offered"))


class OneOf(_Choosing):
    """One of a few, all seen at once (択一)."""

    shape = "one-of"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The value chosen; None where none is."""
        self.data = str(valuelist[0]) if valuelist else None


class OneOfMany(OneOf):
    """One of many, from a list that opens (選択)."""

    shape = "one-of-many"


class SomeOf(_Choosing):
    """Any number of a few (複数選択)."""

    shape = "some-of"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The values chosen, in the order of the page."""
        self.data = [str(one) for one in valuelist]


class Agreed(_Asked):
    """One box to tick: that something was read, that somebody agrees (確認)."""

    shape = "agreed"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Whether it is ticked."""
        self.data = bool(valuelist)


class File(_Asked):
    """A file to send; browsers do not keep it after an error, so the page says so (添付)."""

    shape = "file"

    def __init__(self, label: str, *, media_types: Sequence[str], most_bytes: int, **more: Any):
        super().__init__(label, **more)
        self.media_types = tuple(media_types)
        self.most_bytes = most_bytes

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The file; the kind is the sender's word, whoever opens it looks at the bytes."""
        self.data = None
        if not valuelist or not isinstance(valuelist[0], Upload) or not valuelist[0].filename:
            return
        sent = valuelist[0]
        if sent.media_type not in self.media_types:
            raise ValueError(Said("form.file.kind"))
        if len(sent.data) > self.most_bytes:
            raise ValueError(Said("form.file.large", most=f"{self.most_bytes:,}"))
        self.data = sent


# -- forms ---------------------------------------------------------------------------------------


class PageForm(Form):
    """A form of ours; made anew for each request (フォーム)."""

    def __init__(self, values: FormValues | None = None, **start: Any) -> None:
        super().__init__(formdata=values, data=start)

    def names(self) -> list[str]:
        """The names of its fields, in the order of the page."""
        return list(self._fields)

    def fields(self) -> list[Any]:
        """Its fields, in the order of the page."""
        return list(self._fields.values())

    def problems(self, t: Texts) -> list[tuple[str, Markup]]:
        """Every error with the name of its field, in the order of the page (エラー一覧)."""
        found = []
        for one in self._fields.values():
            label = t(str(one.label.text))
            found += [(one.name, said(t, error, label)) for error in one.errors]
        return found


def said(t: Texts, error: str, label: Markup) -> Markup:
    """An error in words; a text that names the field is given its label."""
    values = dict(error.values) if isinstance(error, Said) else {}
    if "label" in t.wants(error):
        values["label"] = label
    return t(error, **values)


MULTIPART: Final = "multipart/form-data"


def encoding(form: PageForm) -> str | None:
    """How a form is to be sent: with a file in it as multipart."""
    return MULTIPART if any(one.shape == "file" for one in form.fields()) else None
