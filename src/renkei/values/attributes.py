"""Comparing names and addresses that two registers wrote by different habits (氏名・住所の照合).

The forms here are for comparing only and are never shown or stored: full-width and half-width
letters, spaces, dashes and the words of house numbers fall together.
"""

import unicodedata
from typing import Final

_VARIANTS: Final = str.maketrans(
    "髙﨑邊邉齋齊斎澤濵濱櫻廣國嶋嶌德眞惠瀨槇遙冨淵渕舘",
    "高崎辺辺斉斉斉沢浜浜桜広国島島徳真恵瀬槙遥富渕渕館",
)
_DASHES: Final = str.maketrans("‐‑‒–—―−ーｰ－", "----------")


def plain_name(name: str) -> str:
    """A name without spaces, in one width (NFKC); characters stay as they are (氏名)."""
    return _squeeze(name)


def folded_name(name: str) -> str:
    """A plain name whose known variant characters are written one way: 邊 as 辺 (異体字)."""
    return plain_name(name).translate(_VARIANTS)


def plain_address(address: str) -> str:
    """An address with house numbers as digits and dashes: 2丁目3番4号 as 2-3-4 (住所)."""
    plain = _squeeze(address).translate(_DASHES)
    for word in ("丁目", "番地", "番"):
        plain = plain.replace(word, "-")
    return plain.replace("号", "").replace("-の", "-").strip("-")


def is_same_house(one: str, other: str) -> bool:
    """Whether two addresses name one house; one of them may add a building and a room.

    What follows a house number must not go on with a digit: 1-12 is not 1-1 with a room.
    """
    left, right = plain_address(one), plain_address(other)
    shorter, longer = sorted((left, right), key=len)
    if left == right:
        return bool(left)
    added = longer.removeprefix(shorter)
    return added != longer and shorter[-1:].isdigit() and not added[0].isdigit()


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
