"""A public value that is its one text and nothing else (公開の番号・符号)."""

from typing import Self


class TextValue(str):
    """Text that was checked when it was made: a value of its own type, equal to its text.

    Subclasses check in `__new__`. It prints and compares as its text, and whatever takes text takes
    it; where a type names the subclass, nothing but a checked value gets in. For public
    values only: what the law protects is `Masked`.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value from text; raises ValueFormatError."""
        return cls(text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"
