"""Articles of law as a reader's language writes them (条文の表記)."""

import re
from typing import Final

from markupsafe import Markup

from renkei.kit.pages.names import neutral
from renkei.kit.pages.texts import Language

_NAMES: Final = {"番号法": "Number Act", "命令": "Order", "令": "Cabinet Order"}
_LETTERS: Final = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_ACT: Final = re.compile(r"(?<![一-龠])法(?=第|旧)")
_PART: Final = re.compile(
    r"(?P<act>番号法|命令|令(?=第))|第(?P<article>\d+)条(?:の(?P<branch>\d+))?"
    r"|第(?P<paragraph>\d+)項|第(?P<item>\d+)号(?:の(?P<item_branch>\d+))?"
    rf"|(?P<letter>[{_LETTERS}])|(?P<and>・)"
    r"|(?P<rule>平成(?P<year>\d+)年個人情報保護委員会規則第(?P<number>\d+)号)"
)
_HEISEI_ZERO: Final = 1988


def spelled(article: str, language: Language) -> Markup:
    """A citation of the law's tables for a reader: 法第19条第8号 → 番号法第19条第8号 / Number Act …

    What no pattern knows stays Japanese, marked as such in an English page.
    """
    japanese = _ACT.sub("番号法", neutral(article))
    if language == "ja":
        return Markup("{}").format(japanese)
    if language == "ja-easy":
        return Markup('<span class="unread">{}</span>').format(japanese)
    english = _english(japanese)
    if english is None:
        return Markup('<span lang="ja">{}</span>').format(japanese)
    return Markup("{}").format(english)


def _english(japanese: str) -> str | None:
    words: list[str] = []
    place = 0
    while place < len(japanese):
        found = _PART.match(japanese, place)
        if found is None:
            return None
        words.append(_word(found))
        place = found.end()
    return "".join(words).removeprefix(", ").replace("; , ", "; ").strip()


def _word(found: "re.Match[str]") -> str:
    part = found.groupdict()
    if part["act"]:
        return _NAMES[part["act"]]
    if part["rule"]:
        year = _HEISEI_ZERO + int(part["year"])
        return f"Commission Rule No. {part['number']} of {year}"
    if part["article"]:
        branch = f"-{part['branch']}" if part["branch"] else ""
        return f", article {part['article']}{branch}"
    if part["paragraph"]:
        return f", paragraph {part['paragraph']}"
    if part["item"]:
        branch = f"-{part['item_branch']}" if part["item_branch"] else ""
        return f", item {part['item']}{branch}"
    if part["letter"]:
        again, place = divmod(_LETTERS.index(part["letter"]), len(_ALPHABET))
        return f" ({_ALPHABET[place] * (again + 1)})"
    return "; "
