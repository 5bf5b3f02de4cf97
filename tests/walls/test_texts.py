"""The wall around words: whatever a person can be told is written in all three languages.

`web/shared` holds what all roles show, `web/<role>` what one does. A new folder is found here by
itself: its texts are to be complete, used and translated, its templates to name texts that exist.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment, nodes

from renkei.kit.eras import ERAS
from renkei.kit.law_site.leaf import TREES
from renkei.kit.pages.readings import readings
from renkei.kit.pages.texts import LANGUAGES, SHARED, entries, placeholders, texts, without_ruby
from renkei.kit.pages.trouble import OWN_CODES
from renkei.kit.pages.wording import Wording
from renkei.law import procedures, tables
from renkei.law.decision_and_reasons import REASONS
from renkei.law.holders import holder_rules
from renkei.law.persons_on_file import relations
from renkei.roles.portal.pages.sentences import STATES, TONES
from renkei.sandbox.population import PERSONAS
from renkei.wire.errors import EDGE_ERRORS, ERRORS
from renkei.wire.fields import Outcome
from renkei.wire.institution.desk import LineState
from renkei.wire.reasons import TECHNICAL_REASONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "renkei"
WEB = PACKAGE / "web"
FOLDERS = sorted(one.parent.name for one in WEB.glob("*/texts"))
"""Whose texts there are: `shared` and one folder for each role that shows pages."""
LAW_SITE = "law_site"
"""The law as a site is in the languages its tables are in; every role is in all three."""


def languages_of(folder: str) -> tuple[str, ...]:
    """In which languages a folder has to be."""
    return TREES if folder == LAW_SITE else LANGUAGES


EVERY_ROLE = ("service",)
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
    outcomes = [
        f"outcome.{side}.{one}"
        for side in ("provider", "requester")
        for one in (*Outcome.__args__, "none", "not-asked")
    ]
    states = [f"{kind}.{state}" for kind in ("badge", "result") for state in STATES]
    lines = [f"line-state.{state}" for state in get_args(LineState)]
    facts = {fact for one in relations() if one.relation == "not-held" for fact in one.facts}
    facts |= {one.needs for one in holder_rules() if one.needs is not None}
    lines += [f"fact.{fact}" for fact in sorted(facts)]
    dates = [f"date.month.{n}" for n in range(1, 13)] + [
        f"date.dayofmonth.{n}" for n in range(1, 32)
    ]
    own = [f"trouble.{code}" for code in OWN_CODES]
    personas = [f"persona.{one}" for one in PERSONAS]
    told = [*lines, *reasons, *technical, *errors, *own, *outcomes, *states, *dates, *personas]
    return told + [f"date.era.{era}" for era in ERAS]


def python_of(folder: str) -> list[Path]:
    """The modules that speak with the texts of a folder: all that show pages, for `shared`."""
    kit = sorted((PACKAGE / "kit" / "pages").glob("*.py"))
    if folder == SHARED:
        return [*kit, *sorted((PACKAGE / "roles").glob("*/pages/**/*.py"))]
    if folder == LAW_SITE:
        return sorted((PACKAGE / "kit" / LAW_SITE).glob("*.py"))
    return [*kit, *sorted((PACKAGE / "roles" / folder / "pages").rglob("*.py"))]


def templates_of(folder: str) -> list[Path]:
    """The templates that speak with the texts of a folder."""
    return sorted(WEB.glob("*/templates/**/*.html" if folder == SHARED else f"{folder}/**/*.html"))


@cache
def all_entries(language: str) -> dict[str, str]:
    """Every text there is in a language, with its folder before its key."""
    return {
        f"{folder}/{key}": text
        for folder in FOLDERS
        if language in languages_of(folder)
        for key, text in entries(folder, language).items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: str) -> None:
    """Every error, reason, outcome, state and persona can be told in every language."""
    assert [key for key in codes() if key not in texts(language, "portal")] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_languages_have_the_same_texts(folder: str) -> None:
    """No text exists in one language only, but for labels that the law's tables hold."""
    kept = {
        language: {key for key in entries(folder, language) if not key.startswith(EASY_ONLY)}
        for language in languages_of(folder)
    }
    assert all(one == kept["ja"] for one in kept.values())
    assert set(kept) == {one.stem for one in (WEB / folder / "texts").glob("*.json")}
    assert len(kept["ja"]) > 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_role_repeats_nothing_shared(folder: str) -> None:
    """A role's texts join those of all roles without saying any of them anew."""
    for language in languages_of(folder):
        assert texts(language, folder).entries.keys() >= entries(folder, language).keys()


def test_placeholders_agree() -> None:
    """A text wants the same values in every language, so that none drops a fact."""
    japanese = all_entries("ja")
    differing = [
        (language, key)
        for language in LANGUAGES
        for key, text in all_entries(language).items()
        if key in japanese and placeholders(text) != placeholders(japanese[key])
    ]
    assert differing == []
    assert {key for key in japanese if "{" in re.sub(r"\{[a-z_]+\}", "", japanese[key])} == set()


def untranslated(language: str) -> list[str]:
    """Texts that read as in the other language, though they hold a word of it."""
    other = all_entries("en" if language == "ja" else "ja")
    word = re.compile(r"[A-Za-z]{2,}" if language != "en" else "[\u3040-\u30ff\u4e00-\u9fff]")
    return [
        key
        for key, text in all_entries(language).items()
        if other.get(key) == text and word.search(re.sub(r"\{[a-z_]+\}|\S+@\S+", "", text))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    """No text is the other language's: an English text has no Japanese, nor the other way."""
    kana = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
    if language == "en":
        assert [key for key, text in all_entries("en").items() if kana.search(text)] == []
    assert untranslated(language) == []


def patterns_of(path: Path) -> set[str]:
    """Every string of a module, with a star where a value stands in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "*" for p in node.values]
            found.add("".join(parts))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_text_is_left_over(folder: str) -> None:
    """Every text is used: its key, or the pattern that makes it, stands in a template or page."""
    used = "\n".join(path.read_text(encoding="utf-8") for path in templates_of(folder))
    patterns = set(re.findall(r"""["']([a-z][a-z0-9._-]*)["']""", used))
    patterns |= {f"{one}*" for one in re.findall(r"""["']([a-z][a-z0-9._-]*\.)["'] ~""", used)}
    patterns = patterns.union(*map(patterns_of, python_of(folder)))
    tests = [re.compile(re.escape(one).replace(r"\*", ".+")) for one in patterns if one != "*"]
    keys = entries(folder, languages_of(folder)[-1])
    assert [key for key in keys if not any(test.fullmatch(key) for test in tests)] == []


def named_in_template(path: Path) -> Iterator[str]:
    """The keys a template names outright: t("key") and t.plain("key")."""
    tree = Environment().parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        function = call.node
        owner = function.node if isinstance(function, nodes.Getattr) else function
        if isinstance(owner, nodes.Name) and owner.name == "t" and call.args:
            key = call.args[0]
            yield from [key.value] if isinstance(key, nodes.Const) else []


def named_in_module(path: Path) -> Iterator[str]:
    """The keys a module names outright: t("key"), t.plain("key"), words.texts("key")."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            spoken = ast.unparse(call.func)
            if re.fullmatch(r"t(\.plain)?|(.*\.)(texts|t)(\.plain)?", spoken):
                yield str(call.args[0].value)


def role_of(path: Path) -> str:
    """With whose texts a module or template speaks."""
    return next((one for one in (*path.parts, path.stem) if one in FOLDERS), SHARED)


@pytest.mark.parametrize("folder", sorted(set(FOLDERS) - {SHARED}))
def test_every_role_names_itself(folder: str) -> None:
    """What the kit wants of each role's own texts is there."""
    assert all(key in entries(folder, "ja") for key in EVERY_ROLE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_text_is_missing(folder: str) -> None:
    """Every text a template or a page names outright is there."""
    named = [(path, key) for path in templates_of(folder) for key in named_in_template(path)]
    own = [path for path in python_of(folder) if role_of(path) == folder or folder == SHARED]
    named += [(path, key) for path in own for key in named_in_module(path)]
    missing = [
        (path.name, key)
        for path, key in named
        if key not in texts("ja", role_of(path)).entries and key not in EVERY_ROLE
    ]
    assert len(named) > 3
    assert missing == []


def test_a_missing_text_would_be_found(tmp_path: Path) -> None:
    """The readers of templates and modules see a key that nobody wrote."""
    template, module = tmp_path / "one.html", tmp_path / "one.py"
    template.write_text('{{ t("a.b") }}{{ t.plain("c") }}{{ t(key) }}', encoding="utf-8")
    module.write_text('t("d")\nself.texts.plain("e", x=1)\nother("f")', encoding="utf-8")
    assert list(named_in_template(template)) == ["a.b", "c"]
    assert list(named_in_module(module)) == ["d", "e"]


def test_readings_are_of_the_name() -> None:
    """A name with its readings, the readings taken away, is the name; readings are kana."""
    assert len(readings()) > 10
    for name, read in readings().items():
        assert without_ruby(read) == name
        assert not KANJI.search(re.sub(r"\[[^|\]]+\|[ぁ-んー]+\]", "", read)), name


def sentences_of(text: str) -> list[str]:
    """The sentences of a plain Japanese text without readings, spaces and placeholders."""
    bare = re.sub(r"\{[a-z_]+\}|\s", "", without_ruby(text))
    return [one for one in re.split("[。？]", bare) if one]


def test_plain_japanese_is_short() -> None:
    """No sentence of plain Japanese has more than forty characters (やさしい日本語)."""
    long = [
        (key, len(one))
        for key, text in all_entries("ja-easy").items()
        for one in sentences_of(text)
        if len(one) > CHARACTERS_PER_EASY_SENTENCE
    ]
    assert long == []


def test_plain_japanese_has_readings() -> None:
    """Every Chinese character of plain Japanese stands under its reading, in kana."""
    bare, strange = [], []
    for key, text in all_entries("ja-easy").items():
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
