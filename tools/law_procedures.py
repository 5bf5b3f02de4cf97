"""Make law/data/generated/procedures.json: procedures, their sub-affairs, the papers they spare.

    python tools/law_procedures.py PROCEDURES.md

The source lists procedures with their article items and the papers of municipal practice. A paper
is kept only where the article really gives an item that replaces it. The entries in KEPT were
written by hand and are not made anew.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from law_cells import GENERATED
from law_numbers import article

Json = dict[str, Any]
KEPT = {"child-allowance", "child-allowance-change", "child-allowance-report"}
# Where the order splits one procedure over several rows or 号, and the source names the first.
MORE: dict[str, list[str]] = {
    "disabled-child-daycare": ["17-1"],
    "outpatient-psychiatric": ["146-6", "147-2"],
    "elderly-limit": ["118-8"],
    "high-school-grant": ["172-0"],
    "local-tax-nonresident": ["50-2", "50-3"],
    "ltc-high-cost": ["134-27"],
    "ltc-food-room": ["134-17", "134-29", "134-30"],
}
TAX = ["municipal-tax", "prefectural-tax"]
PENSION = [
    "pension-benefit",
    "private-school-pension",
    "employees-pension",
    "national-service-pension",
    "national-pension",
    "local-service-pension",
    "disability-basic-pension",
]
ALLOWANCE = ["child-rearing-allowance", "special-child-rearing-allowance"]
ACCIDENT = ["workers-accident-pension", "local-accident-pension"]
# Word in the list of papers → paper (ja, en) and the items that make it unnecessary.
PAPERS: list[tuple[str, str, str, list[str]]] = [
    (r"課税|所得", "課税証明書", "Tax certificate", TAX),
    (r"住民票|続柄", "住民票の写し", "Resident record", ["resident-record"]),
    (r"戸籍", "戸籍謄本・抄本", "Family register copy", ["family-register"]),
    (r"通帳|口座", "通帳の写し", "Copy of the bank book", ["receiving-account"]),
    (r"年金加入", "年金加入証明", "Proof of pension enrolment", PENSION),
    (r"年金", "年金証書", "Pension certificate", PENSION),
    (r"生保|生活保護", "生活保護受給証明書", "Proof of public assistance", ["public-assistance"]),
    (
        r"(?<!母子)手帳",
        "障害者手帳の写し",
        "Copy of the disability handbook",
        ["physical-disability-handbook", "mental-disability-handbook"],
    ),
    (
        r"(?<!母子)手帳",
        "療育手帳の写し",
        "Copy of the rehabilitation handbook",
        ["child-assessment"],
    ),
    (r"母子手帳|妊娠", "母子健康手帳", "Maternal and child health handbook", ["pregnancy-notice"]),
    (r"接種", "接種の記録", "Vaccination record", ["vaccination", "influenza-vaccination"]),
    (
        r"保険証|保険者証|資格喪失|^保険$|資格確認書",
        "医療保険の資格を示す書類",
        "Proof of health insurance",
        ["insured-status"],
    ),
    (
        r"他保険|給付証明",
        "他の保険の給付の証明",
        "Proof of benefits under another insurance",
        ["insurance-benefit", "childbirth-benefit"],
    ),
    (r"児童扶養手当証書|手当", "手当の証書", "Allowance certificate", ALLOWANCE),
    (
        r"雇用保険|失業給付|離職票",
        "雇用保険の受給の証明",
        "Proof of employment insurance",
        ["employment-insurance", "leaving-reason"],
    ),
    (r"労災|地公災", "労災年金の証書", "Accident pension certificate", ACCIDENT),
    (
        r"受給資格証明書",
        "前住所の要介護認定の証明",
        "Proof of care need from the former address",
        ["long-term-care-certification"],
    ),
    (
        r"検診",
        "前住所の検診の記録",
        "Check-up record from the former address",
        ["health-promotion"],
    ),
    (
        r"支給証明",
        "前住所の支給の証明",
        "Proof of payment from the former address",
        ["pregnancy-support"],
    ),
]
# Papers practice still asks for.
STAYS: list[tuple[str, str, str]] = [
    ("診断書", "診断書", "Doctor's certificate"),
    ("意見書", "医師の意見書", "Doctor's opinion"),
    ("臨床調査個人票", "臨床調査個人票", "Clinical record form"),
    ("就労証明書", "就労証明書", "Proof of employment"),
    ("領収書", "領収書", "Receipts"),
    ("罹災証明書 stay", "罹災証明書", "Certificate of disaster damage"),
    ("仕送り", "仕送りの証明", "Proof of support payments"),
    ("預貯金残高", "預貯金残高の証明", "Proof of bank balance"),
    ("学生証", "学生証", "Student card"),
    ("離職票 stay", "離職票", "Notice of separation"),
    ("在籍証明", "在籍証明書", "Proof of enrolment"),
    ("在学証明", "在学証明書", "Proof of school attendance"),
    ("資格証明", "資格の証明", "Proof of qualification"),
    ("学力に関する証明", "学力に関する証明書", "Proof of academic record"),
    ("身元保証書", "身元保証書", "Letter of guarantee"),
    ("賃金台帳", "賃金台帳", "Wage ledger"),
    ("保証人", "保証人の書類", "Papers of the guarantor"),
]


def affairs(text: str) -> list[Json]:
    """「106 → 第百八条1号; 107 → 第百九条1号」 as rows and sub-affair ids."""
    subs = json.loads((GENERATED / "articles.json").read_text("utf-8"))
    found: list[Json] = []
    for part in text.split(";"):
        row, _, place = (piece.strip() for piece in part.partition("→"))
        kanji = re.match(r"第[^0-9]+", place)
        if kanji is None:
            raise ValueError(f"cannot read the article in {part!r}")
        wanted = [int(one) for one in re.findall(r"(\d+)号", place)] or [0]
        number = article(kanji.group(0))
        for one in wanted:
            fitting = [
                sub["id"] for sub in subs if sub["article"] == number and sub["number"] == one
            ]
            if not fitting:
                raise ValueError(f"article {number} has no 号 {one}")
            found += [{"row": row, "sub_affair": sub} for sub in fitting]
    return found


def papers(listed: str, given: set[str]) -> list[Json]:
    """The papers of `listed` that some of the items `given` make unnecessary."""
    made: dict[str, Json] = {}
    for paper in re.split("[;；]", listed):
        for pattern, ja, en, items in PAPERS:
            spared = [item for item in items if item in given]
            if re.search(pattern, paper) and spared:
                made.setdefault(ja, {"ja": ja, "en": en, "items": spared, "source": "practice"})
    return list(made.values())


def procedure(cells: list[str], subs: dict[str, Json]) -> Json:
    """One procedure from one line of the source."""
    rests = affairs(cells[4])
    rests += [{"row": subs[one]["row"], "sub_affair": one} for one in MORE.get(cells[0], [])]
    given = {item["item"] for one in rests for item in subs[one["sub_affair"]]["items"]}
    starts = max(subs[one["sub_affair"]]["valid_from"] for one in rests)
    ends = [subs[one["sub_affair"]]["valid_to"] for one in rests]
    return {
        "id": cells[0],
        "ja": cells[1],
        "en": cells[2].replace("’", "'"),
        "act_ja": cells[3],
        "deciding_ja": re.sub(r"[（(].*", "", cells[5]),
        "affairs": rests,
        "papers": papers(cells[6], given),
        "remaining": [{"ja": ja, "en": en} for word, ja, en in STAYS if word in cells[8]],
        "note_ja": "",
        "note_en": "",
        "valid_from": starts,
        "valid_to": None if None in ends else max(ends),
        "source": "命令の各条 (e-Gov 2026-02-08); papers: practice",
    }


def main(source: str) -> None:
    """Read the list of procedures and write the table."""
    subs = {sub["id"]: sub for sub in json.loads((GENERATED / "articles.json").read_text("utf-8"))}
    path = GENERATED / "procedures.json"
    kept = [one for one in json.loads(path.read_text("utf-8")) if one["id"] in KEPT]
    made = list(kept)
    for line in Path(source).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        listed = line.startswith("| ") and len(cells) == 9
        if listed and re.match(r"[\d-]+ → 第", cells[4]) and cells[0] not in KEPT:
            made.append(procedure(cells, subs))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in made)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{len(made)} procedures, {sum(not one['papers'] for one in made)} without papers")


if __name__ == "__main__":
    main(*sys.argv[1:])
