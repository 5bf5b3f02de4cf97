"""The wall around words: whatever a person can be told is written in all three languages."""

import ast
import re
from pathlib import Path

import pytest

from renkei.kit.eras import ERAS
from renkei.kit.pages import LANGUAGES, placeholders, texts, without_ruby
from renkei.law import procedures, tables
from renkei.law.decision import REASONS
from renkei.roles.portal.pages.sentences import STATES, TONES, Wording
from renkei.wire.errors import EDGE_ERRORS, ERRORS
from renkei.wire.fields import Outcome
from renkei.wire.reasons import TECHNICAL_REASONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "renkei"
EASY_ONLY = ("item.", "subject.", "procedure.")
"""Labels that the law's tables hold in Japanese and English; plain Japanese has its own."""
CHARACTERS_PER_EASY_SENTENCE = 40
KANJI = re.compile(r"[\u4e00-\u9fff々]")
CHILD_ALLOWANCE = ("106", "107")
MOST_ASKED = 25


def codes() -> list[str]:
    """Every key that a code of a closed list leads to."""
    reasons = [f"reason.{code}" for code in REASONS]
    technical = [
        f"error.{code}" if code in ERRORS else f"reason.{code}" for code in TECHNICAL_REASONS
    ]
    errors = [f"error.{code}" for code in (*ERRORS, *EDGE_ERRORS)]
    outcomes = [f"outcome.{one}" for one in (*Outcome.__args__, "none", "not-asked")]
    states = [f"{kind}.{state}" for kind in ("badge", "result") for state in STATES]
    dates = [f"date.month.{n}" for n in range(1, 13)] + [
        f"date.dayofmonth.{n}" for n in range(1, 32)
    ]
    return [*reasons, *technical, *errors, *outcomes, *states, *dates] + [
        f"date.era.{era}" for era in ERAS
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: str) -> None:
    """Every error, reason, outcome and state can be told in every language."""
    assert [key for key in codes() if key not in texts(language)] == []


def test_languages_have_the_same_texts() -> None:
    """No text exists in one language only, but for labels that the law's tables hold."""
    kept = {
        language: {key for key in texts(language).entries if not key.startswith(EASY_ONLY)}
        for language in LANGUAGES
    }
    assert kept["ja"] == kept["en"] == kept["ja-easy"]


def test_placeholders_agree() -> None:
    """A text wants the same values in every language, so that none drops a fact."""
    japanese = texts("ja").entries
    differing = [
        (language, key)
        for language in LANGUAGES
        for key, text in texts(language).entries.items()
        if key in japanese and placeholders(text) != placeholders(japanese[key])
    ]
    assert differing == []
    assert {key for key in japanese if "{" in re.sub(r"\{[a-z_]+\}", "", japanese[key])} == set()


def test_no_text_is_left_over() -> None:
    """Every text is used: its key, or the pattern that makes it, stands in a template or page."""
    pages = sorted((PACKAGE / "roles" / "portal" / "pages").glob("*.py"))
    sources = [*pages, PACKAGE / "kit" / "pages.py"]
    templates = sorted((PACKAGE / "web" / "templates").glob("*.html"))
    used = "\n".join(path.read_text(encoding="utf-8") for path in templates)
    patterns = set(re.findall(r"""["']([a-z][a-z0-9._-]*)["']""", used))
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                patterns.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "*" for p in node.values]
                patterns.add("".join(parts))
    tests = [re.compile(re.escape(one).replace(r"\*", ".+")) for one in patterns if one != "*"]
    keys = texts("ja-easy").entries
    assert [key for key in keys if not any(test.fullmatch(key) for test in tests)] == []


def sentences_of(text: str) -> list[str]:
    """The sentences of a plain Japanese text without readings, spaces and placeholders."""
    bare = re.sub(r"\{[a-z_]+\}|\s", "", without_ruby(text))
    return [one for one in re.split("[。？]", bare) if one]


def test_plain_japanese_is_short() -> None:
    """No sentence of plain Japanese has more than forty characters (やさしい日本語)."""
    long = [
        (key, len(one))
        for key, text in texts("ja-easy").entries.items()
        for one in sentences_of(text)
        if len(one) > CHARACTERS_PER_EASY_SENTENCE
    ]
    assert long == []


def test_plain_japanese_has_readings() -> None:
    """Every Chinese character of plain Japanese stands under its reading, in kana."""
    bare, strange = [], []
    for key, text in texts("ja-easy").entries.items():
        if KANJI.search(re.sub(r"\[[^|\]]+\|[^\]]+\]", "", text)):
            bare.append(key)
        strange += [
            (key, reading)
            for reading in re.findall(r"\[[^|\]]+\|([^\]]+)\]", text)
            if not re.fullmatch(r"[ぁ-んー]+", reading)
        ]
    assert (bare, strange) == ([], [])


def test_plain_japanese_knows_the_usual_labels() -> None:
    """Child allowance, the most asked categories and every subject have plain words."""
    easy, asked = texts("ja-easy"), {}
    for row in tables.provision_rows().values():
        for exchange in row.exchanges:
            for category in exchange.categories:
                asked[category] = asked.get(category, 0) + 1
    wanted = {f"subject.{one}" for one in tables.subjects()}
    for sub in tables.sub_affairs().values():
        if sub.row in CHILD_ALLOWANCE:
            wanted |= {f"item.{item.item}" for item in sub.items}
    most = sorted(asked, key=lambda one: -asked[one])[:MOST_ASKED]
    missing = [key for key in sorted(wanted) if key not in easy]
    missing += [key for key in most if "unread" in str(Wording("ja-easy").item(key))]
    assert missing == []


def test_labels_name_what_exists() -> None:
    """A plain label is for an item, a subject or a procedure that the law's tables have."""
    items = {item.item for sub in tables.sub_affairs().values() for item in sub.items}
    known = {f"item.{one}" for one in items | set(tables.categories())}
    known |= {f"subject.{one}" for one in tables.subjects()}
    known |= {f"procedure.{one}" for one in procedures()}
    ours = {key for key in texts("ja-easy").entries if key.startswith(EASY_ONLY)}
    assert ours - known == set()


def test_every_state_is_toned_or_plain() -> None:
    """Colours are given to states that exist."""
    assert set(TONES) <= set(STATES)
