"""Split the cells of the provision table and the use table into atoms.

A cell is read by finding every known name in it, longest first; what is left over must be nothing
but connecting words. A cell that leaves anything else over is decided by hand below, and every
decision by hand is reported in docs/judgements.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "renkei" / "law" / "data"
GENERATED = DATA / "generated"
"""What tools/law_tables.py and tools/law_procedures.py write; all else there is kept by hand."""
CONNECTORS = re.compile(r"又は|若しくは|及び|並びに|、|その他の|等")


@dataclass
class Atoms:
    """What a cell splits into; `judgement` says in words what was decided by hand."""

    ids: list[str]
    conditions: list[str] = field(default_factory=list)
    judgement: str | None = None


def strip(text: str) -> str:
    """`text` without anything in full-width parentheses, however deep."""
    while True:
        shorter = re.sub(r"（[^（）]*）", "", text)
        if shorter == text:
            return text
        text = shorter


def load(name: str) -> list[dict[str, object]]:
    """One hand-kept table of the package."""
    entries: list[dict[str, object]] = json.loads((DATA / name).read_text("utf-8"))
    return entries


def _names(entries: list[dict[str, object]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in entries:
        for name in (entry["ja"], *entry.get("aliases", [])):  # type: ignore[misc]
            names[str(name)] = str(entry["id"])
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


def _find(text: str, names: dict[str, str]) -> tuple[list[str], str]:
    """Ids of the names in `text` in their order, and what is left over."""
    pattern = re.compile("|".join(re.escape(name) for name in names))
    ids = [names[found] for found in pattern.findall(text)]
    return list(dict.fromkeys(ids)), CONNECTORS.sub("", pattern.sub("", text))


# Cells whose wording qualifies a kind of body by a state it must be in. The kind is kept and the
# state becomes a condition of the row, because a kind of body is what a directory can know.
QUALIFIED: dict[str, tuple[list[str], list[str], str]] = {
    "公営住宅法": (
        ["prefecture-governor", "municipality-mayor"],
        ["runs-public-housing"],
        "governor and mayor, on condition of running public housing (事業主体)",
    ),
    "住宅地区改良法": (
        ["prefecture-governor", "municipality-mayor"],
        ["runs-improved-housing"],
        "governor and mayor, on condition of running improved housing (施行者)",
    ),
    "特定優良賃貸住宅": (
        ["prefecture-governor", "municipality-mayor"],
        ["builds-and-runs-quality-rental-housing"],
        "governor and mayor, on condition of building and running such housing",
    ),
    "地域優良賃貸住宅": (
        ["prefecture-governor", "municipality-mayor"],
        ["supplies-regional-quality-rental-housing"],
        "governor and mayor, on condition of supplying such housing",
    ),
    "通訳案内士法": (
        ["municipality-mayor", "prefecture-governor"],
        ["consented-interpreter-guides"],
        "head of the municipality or prefecture, on condition of the consent of that act",
    ),
    "公的給付の支給等の迅速": (
        [
            "specified-benefit-body",
            "administrative-organ-head",
            "local-government-organ",
            "independent-agency",
            "local-independent-agency",
        ],
        ["pays-specified-benefit"],
        "the collective and the four kinds its parenthesis names; a mayor asks in that capacity",
    ),
    "社会福祉法第百九条": (
        ["municipal-welfare-council", "prefectural-welfare-council"],
        [],
        "two councils, named by the articles that define them",
    ),
    "国家公務員災害補償法": (
        ["national-accident-body", "defence-accident-body"],
        [],
        "two implementing bodies, named by the acts that define them",
    ),
    "確定給付企業年金法": (
        ["defined-benefit-employer", "corporate-pension-association"],
        [],
        "employer or fund, and the association",
    ),
    "確定拠出年金法": (["defined-contribution-employer"], [], "one kind, named by its act"),
    "社債、株式等": (["transfer-institution"], [], "one kind, named by its act"),
}

# Cells that define a collective in their own words, by how they begin.
DEFINED: dict[str, tuple[list[str], str]] = {
    "医療保険者（医療保険各法": (
        ["health-insurer", "elderly-care-union"],
        "the parenthesis defines the collective 医療保険者; its members are kinds within it",
    ),
    "都道府県知事、市長（": (
        ["welfare-authority"],
        "the cell defines the collective 都道府県知事等; its members are kinds within it",
    ),
    "共済組合等（": (["mutual-aid-body"], "the parenthesis defines the collective 共済組合等"),
    "市町村長又は高齢者の医療": (
        ["municipality-mayor", "elderly-care-union"],
        "the act that defines the union is dropped from its name",
    ),
    "市町村長（児童手当法": (
        ["municipality-mayor", "child-allowance-employer"],
        "the parenthesis adds the public offices that pay the allowance to their own staff",
    ),
}


def bodies(cell: str) -> Atoms:
    """The kinds of body a cell of requesters, providers or users names."""
    names = _names(load("bodies.json"))
    for start, (kinds, note) in DEFINED.items():
        if cell.startswith(start):
            return Atoms(list(kinds), [], note)
    text = strip(cell)
    ids, left = _find(text, names)
    if not left:
        explained = "the parenthesis only widens or explains the kind named"
        return Atoms(ids, [], explained if "（" in cell else None)
    for start, (kinds, conditions, reason) in QUALIFIED.items():
        if start in text:
            return Atoms(list(kinds), list(conditions), reason)
    known = re.sub(r"^.*?に規定する", "", text)
    ids, left = _find(known, names)
    if ids and not left:
        return Atoms(ids, [], "the act that defines the body is dropped from its name")
    known = re.sub(r"[^、]*?に規定する", "", text.replace("又は", "、"))
    ids, left = _find(known, names)
    if ids and not left:
        return Atoms(ids, [], "the acts that define the bodies are dropped from their names")
    raise ValueError(f"no rule splits the cell of bodies {cell!r}: left over {left!r}")


# Information without a …関係情報 name: a telling word of the cell, and our category.
TELLING: list[tuple[str, list[str]]] = [
    ("児童及びその家庭についての調査及び判定", ["child-assessment"]),
    ("障害児入所支援", ["child-residential-support"]),
    ("措置（同法第二十七条", ["child-protection-measure"]),
    ("障害児入所給付費の支給", ["child-residential-benefit"]),
    ("障害児通所支援", ["child-day-support"]),
    ("身体障害者手帳", ["physical-disability-handbook"]),
    ("精神障害者保健福祉手帳", ["mental-disability-handbook"]),
    ("知的障害者福祉法にいう知的障害者", ["intellectual-disability"]),
    ("知的障害者福祉法（昭和三十五年法律第三十七号）にいう知的障害者", ["intellectual-disability"]),
    ("指定難病要支援者証明事業", ["rare-disease-certificate"]),
    ("特定医療費", ["rare-disease-medical-cost"]),
    ("小児慢性特定疾病医療費", ["child-chronic-disease-cost"]),
    ("小児慢性特定疾病要支援者証明事業", ["child-chronic-disease-certificate"]),
    ("療育の給付", ["child-rehabilitation-care"]),
    ("資金の貸付け", ["single-parent-loan"]),
    ("寡婦福祉法による給付金", ["single-parent-benefit"]),
    ("母子生活支援施設", ["mother-child-facility"]),
    ("日常生活上の援助及び生活指導並びに就業の支援", ["youth-independence-support"]),
    ("養育医療の給付", ["premature-infant-care"]),
    ("妊娠の届出", ["pregnancy-notice"]),
    ("妊婦のための支援給付", ["pregnancy-support"]),
    ("地域子ども・子育て支援事業", ["community-childcare-support"]),
    ("特別支援学校への就学のため必要な経費", ["special-school-support"]),
    ("医療に要する費用についての援助", ["school-medical-aid"]),
    ("職業転換給付金", ["job-change-benefit"]),
    ("障害児福祉手当", ["disabled-child-welfare-allowance"]),
    ("特別障害者手当", ["special-disability-allowance"]),
    ("の福祉手当", ["transitional-welfare-allowance"]),
    ("療養介護若しくは施設入所支援", ["care-facility-services"]),
    ("新型インフルエンザ等対策特別措置法", ["influenza-vaccination"]),
    ("予防接種法による予防接種", ["vaccination"]),
    ("予防接種法又は", ["vaccination"]),
    ("母子保健法による相談", ["maternal-child-health"]),
    ("健康増進事業", ["health-promotion"]),
    ("就学支援金の支給に関する情報", ["high-school-support"]),
    ("平成十三年統合法による年金", ["agricultural-mutual-aid-pension"]),
    ("基本手当若しくは高年齢雇用継続基本給付金", ["basic-employment-benefit"]),
    ("障害基礎年金", ["disability-basic-pension"]),
    ("医療保険各法による医療に関する給付", ["health-insurance-medical-benefit"]),
    ("医療保険各法又は高齢者の医療の確保に関する法律による医療に関する給付", ["medical-benefit"]),
    ("第五十五条又は第百二十八条に規定する他の法令", ["other-benefit-health-insurance-55-128"]),
    ("健康保険法第五十五条に規定する他の法令", ["other-benefit-health-insurance-55"]),
    ("船員保険法第三十三条に規定する", ["other-benefit-mariners-33"]),
    ("その他の法令による年金である給付", ["any-pension"]),
    ("国民年金法その他の法令による給付", ["any-benefit"]),
    ("児童福祉法第十九条の七", ["other-benefit-child-welfare-19-7"]),
    ("児童福祉法第二十一条の五の三十一", ["other-benefit-child-welfare-21-5-31"]),
    ("児童福祉法第二十四条の二十二", ["other-benefit-child-welfare-24-22"]),
    ("特別児童扶養手当等の支給に関する法律その他の法令による給付", ["special-allowance-benefit"]),
    ("障害を有する者に対する手当", ["disability-allowance"]),
    ("医療保険各法その他の法令による医療", ["any-medical-benefit"]),
    ("第三十条の二に規定する", ["other-benefit-mental-health-30-2"]),
    ("国民健康保険法第五十六条第一項", ["other-benefit-nhi-56"]),
    ("公的年金給付", ["public-pension"]),
    ("雇用保険法第三十七条第八項", ["other-benefit-employment-37-8"]),
    ("第五十七条第一項に規定する", ["other-benefit-elderly-57-1"]),
    ("障害を支給事由とする給付", ["disability-ground-benefit-1985"]),
    ("介護保険法第二十条", ["other-benefit-long-term-care-20"]),
    ("第三十九条第一項に規定する", ["other-benefit-infectious-disease-39-1"]),
    ("法律第七条に規定する他の法令", ["other-benefit-disability-support-7"]),
    ("法律第十二条に規定する他の法令", ["other-benefit-rare-disease-12"]),
]
# Words that define a …関係情報 in the cell itself: a telling word inside them names nothing.
DEFINING = re.compile(r"「([^「」]*?関係情報)」という")
NAMED = re.compile(r"[^、「」（）又若し]*?関係情報")


def _place(cell: str, word: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(word), cell)]


def categories(cell: str) -> Atoms:
    """The kinds of information a cell names, in the order of the cell."""
    names = {str(c["ja"]): str(c["id"]) for c in load("categories.json")}
    named = [name for name in names if name.endswith("関係情報")]
    found: dict[str, int] = {}
    defined = {d.start(1): d.group(1) for d in DEFINING.finditer(cell)}
    shadows: list[tuple[int, int]] = []
    for at, name in defined.items():
        found[names[name]] = at
        shadows.append((_definition_start(cell, at), at))
    for name in sorted(named, key=len, reverse=True):
        for at in _place(cell, name):
            longer = any(
                other != name and name in other and at - other.index(name) in _place(cell, other)
                for other in named
            )
            if not longer:
                found.setdefault(names[name], at)
    for word, ids in TELLING:
        for at in _place(cell, word):
            if not any(start <= at < end for start, end in shadows):
                for one in ids:
                    found.setdefault(one, at)
    if not found:
        raise ValueError(f"no rule splits the cell of information {cell!r}")
    ordered = sorted(found, key=lambda one: found[one])
    unnamed = [one for one in ordered if not _is_named(one, names)]
    notes = ["information without a name of its own: our labels"] if unnamed else []
    if defined:
        notes.append("the cell defines a name in its own words: the name is the atom")
    return Atoms(ordered, [], "; ".join(notes) or None)


def _is_named(identity: str, names: dict[str, str]) -> bool:
    return any(value == identity and name.endswith("関係情報") for name, value in names.items())


def _definition_start(cell: str, at: int) -> int:
    """Where the words that the name at `at` defines begin: after the last …関係情報 before it."""
    before = [
        m.end()
        for m in re.finditer(r"に関する情報、|関係情報(?:」という。）)?、?(?:又は)?", cell[:at])
    ]
    return before[-1] if before else 0
