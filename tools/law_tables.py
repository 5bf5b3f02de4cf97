"""Make the tables of provision, use and articles and docs/judgements.md from the sources.

    python tools/law_tables.py PROVISION_TABLE.json USE_TABLE.json

The two files are extracts of e-Gov texts (see their `meta`); the package does not need them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import law_articles
import law_items
import law_labels
import law_numbers
from law_cells import GENERATED, Atoms, bodies, categories, load
from law_report import Judgement, write

START = "2024-05-27"
PROVEN = "2026-02-08"
ORDER = "令和6年デジタル庁・総務省令第9号"
Json = dict[str, Any]
# Later starts the sources themselves show.
ROW_START = {"12-2": "2025-10-01", "160-2": "2025-10-01"}
USE_START = {"8-2": "2025-10-01", "137": "2025-10-01"}
CATEGORY_START = {"pregnancy-support": "2025-04-01"}
SUB_AFFAIR_START = {f"157-{n}": "2025-04-01" for n in (1, 2, 3, 4)}
# Benefits that the Employment Insurance Act has had since 2025-04-01 (令和6年法律第47号).
EMPLOYMENT_2025 = ("雇用保険法第六十一条の十第", "雇用保険法第六十一条の十二")
# Work of ministers that the pension service does by law (法9条1項, parenthesis).
DELEGATED = {"1", "3", "37", "46", "86", "98", "109", "116", "119", "120", "121", "122", "128"}
TABLES: list[Json] = [
    {
        "id": "former-table-2",
        "ja": "旧別表第二",
        "en": "Former Appended Table 2",
        "citation": "法旧別表第二",
        "valid_from": "2015-10-05",
        "valid_to": "2024-05-26",
        "held": False,
        "source": "令和5年法律第48号により削除",
    },
    {
        "id": "order-9",
        "ja": "命令第2条の表",
        "en": "Table of article 2 of the Order",
        "citation": "法第19条第8号・命令第2条",
        "valid_from": START,
        "valid_to": None,
        "held": True,
        "source": f"{ORDER} (506M60004008009), e-Gov 2026-02-08",
    },
]


class Maker:
    """Turns the two extracts into our tables and collects every judgement on the way."""

    def __init__(self) -> None:
        self.judgements: list[Judgement] = []
        self.unfit: list[str] = []
        self.affairs = law_labels.affairs()
        self.acts = law_labels.acts()
        self.kinds = self._kinds()
        self.before: law_articles.Article | None = None
        known = load("bodies.json")
        self.body_names = {str(k["id"]): (str(k["ja"]), str(k["en"])) for k in known}
        self.within = {str(k["id"]): list(k.get("part_of", [])) for k in known}  # type: ignore[call-overload]
        self.conditions = {
            str(c["id"]): (str(c["ja"]), str(c["en"])) for c in load("conditions.json")
        }
        self.open_bodies = {str(k["id"]) for k in load("bodies.json") if k.get("open_class")}
        self.part_of = {str(c["id"]): list(c.get("part_of", [])) for c in load("categories.json")}  # type: ignore[call-overload]

    @staticmethod
    def _kinds() -> dict[str, tuple[str, str, list[str]]]:
        path = Path(__file__).with_name("law_itemkinds.tsv")
        rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
        return {one: (ja, en, wanted.split(",")) for one, ja, en, wanted in rows}

    def judge(self, row: str, place: str, cell: str, atoms: Atoms) -> Atoms:
        """Keep what was decided by hand in one cell."""
        if atoms.judgement:
            self.judgements.append(Judgement(row, place, cell, atoms.ids, atoms.judgement))
        return atoms

    def row(self, source: Json) -> Json:
        """One row of the provision table."""
        row = source["row"]
        note = f"{ORDER}第2条の表{row.replace('-', 'の')}の項, e-Gov 2026-02-08"
        start = ROW_START.get(row, PROVEN if "-" in row else START)
        if start == PROVEN:
            note += "; start not held, first day shown by the source"
        if source["deleted"]:
            blank = {"act_ja": "", "act_en": "", "affair_ja": "削除", "affair_en": "deleted"}
            empty: Json = {"requesters": [], "exchanges": [], "article": "", "deleted": True}
            return {"row": row, **blank, **empty, "valid_from": START, "valid_to": None} | {
                "source": note
            }
        act, ja, en = self.affairs[f"P{row}"]
        asking = self.judge(row, "requester", source["requester"], bodies(source["requester"]))
        exchanges: list[Json] = []
        for count, pair in enumerate(source["exchanges"], 1):
            exchanges += self._exchange(row, count, pair)
        made: Json = {
            "row": row,
            "act_ja": act,
            "act_en": self.acts[act],
            "affair_ja": ja,
            "affair_en": en,
            "requesters": asking.ids,
            "exchanges": exchanges,
            "article": law_numbers.article(source["detail_article"]),
            "valid_from": start,
            "valid_to": None,
            "source": note,
        }
        if asking.conditions:
            made["conditions"] = asking.conditions
        if int(row.split("-")[0]) >= 161:
            made["quasi_statutory"] = True
        return made

    def _exchange(self, row: str, count: int, pair: Json) -> list[Json]:
        asked = self.judge(row, f"provider {count}", pair["provider"], bodies(pair["provider"]))
        what = self.judge(row, f"information {count}", pair["info"], categories(pair["info"]))
        later = {c: CATEGORY_START[c] for c in what.ids if c in CATEGORY_START}
        made: list[Json] = [
            {"providers": asked.ids, "categories": [c for c in what.ids if c not in later]}
        ]
        for category, start in later.items():
            made.append({"providers": asked.ids, "categories": [category], "valid_from": start})
        return [one for one in made if one["categories"]]

    def items(self, source: Json, row: Json) -> list[Json]:
        """The sub-affairs of one row's article."""
        self.before = law_articles.read(source["detail_text"], self.before)
        raws = self.before.subs
        extras = [self._extra(raw) for raw in raws]
        labels = law_labels.unique([raw.affair for raw in raws], extras)
        return [self._sub(row, raw, label) for raw, label in zip(raws, labels, strict=True)]

    def _extra(self, raw: law_articles.RawSubAffair) -> tuple[str, str]:
        """What tells a 号 from others of its row besides its provision: who asks, what limits."""
        if raw.body and raw.paragraph:
            body = self.body_names[bodies(raw.body).ids[0]]
            return f"{body[0]}の事務", f"affair of the {body[1]}"
        limits = [self.conditions[one] for one in raw.conditions]
        return "・".join(one[0] for one in limits), ", ".join(one[1] for one in limits)

    def _sub(self, row: Json, raw: law_articles.RawSubAffair, label: tuple[str, str]) -> Json:
        place = f"{raw.paragraph}.{raw.number}" if raw.paragraph else str(raw.number)
        identity = f"{row['article']}-{place}" if raw.number else f"{row['article']}-0"
        if raw.problem:
            self.judgements.append(
                Judgement(row["row"], identity, raw.affair, [], raw.problem, held=False)
            )
        sub: Json = {
            "id": identity,
            "row": row["row"],
            "article": row["article"],
            "number": raw.number,
            "ja": label[0],
            "en": label[1],
            "held": not raw.problem,
            "items": [] if raw.problem else self._lines(row, raw),
            "valid_from": self._start(identity, raw, row),
            "valid_to": None,
            "source": f"{ORDER}第{row['article'].replace('-', '条の')}"
            + ("" if "-" in row["article"] else "条")
            + (f"第{raw.number}号" if raw.number else "")
            + ", e-Gov 2026-02-08",
        }
        if raw.paragraph:
            sub["paragraph"] = raw.paragraph
        if raw.body:
            sub["bodies"] = bodies(raw.body).ids if raw.paragraph else [raw.body]
        if raw.conditions:
            sub["conditions"] = raw.conditions
        if raw.problem:
            sub["note"] = "whole-row-only: judgement needed"
        return sub

    @staticmethod
    def _start(identity: str, raw: law_articles.RawSubAffair, row: Json) -> str:
        if any(place in raw.affair for place in EMPLOYMENT_2025):
            return "2025-04-01"
        return SUB_AFFAIR_START.get(identity, str(row["valid_from"]))

    def _lines(self, row: Json, raw: law_articles.RawSubAffair) -> list[Json]:
        """One line per item of a 号 and set of conditions, with the persons they hold for."""
        made: list[Json] = []
        for line in raw.items:
            for item, holders in law_items.items(line.what):
                groups: dict[tuple[str, ...], list[str]] = {}
                for person in line.persons:
                    wanted = tuple(dict.fromkeys((*person.conditions, *line.conditions)))
                    groups.setdefault(wanted, []).append(person.subject)
                for wanted, who in groups.items():
                    made.append(self._line(row, raw, line, (item, holders), who, wanted))
        return made

    def _line(
        self,
        row: Json,
        raw: law_articles.RawSubAffair,
        line: law_articles.RawItem,
        named: tuple[str, tuple[str, ...]],
        who: list[str],
        wanted: tuple[str, ...],
    ) -> Json:
        item, holders = named
        category, providers = self._category(row, raw, item, self.kinds[item][2])
        item = law_items.NARROWER.get((item, category), item)
        ja, en, _ = self.kinds[item]
        made: Json = {
            "letter": line.letter,
            "item": item,
            "ja": ja,
            "en": en,
            "category": category,
            "subjects": list(dict.fromkeys(who)),
            "providers": self._holders(self._holders(providers, holders), line.providers),
        }
        if not made["providers"]:
            self.unfit.append(f"row {row['row']} {raw.number}: nobody of the row holds {item}")
        if wanted:
            made["conditions"] = list(wanted)
        return made

    def _holders(self, providers: list[str], holders: tuple[str, ...]) -> list[str]:
        """Those of a row's providers that can hold what an act gives; an open class stays one."""
        if not holders:
            return providers
        found: list[str] = []
        for one in providers:
            if one in self.open_bodies or one in holders:
                found.append(one)
            else:
                found += [held for held in holders if one in self._kinds_of(held)]
                found += [one] if set(holders) & set(self._kinds_of(one)) else []
        return list(dict.fromkeys(found))

    def _kinds_of(self, body: str) -> list[str]:
        """The wider kinds a body is of."""
        wider = self.within.get(body, [])
        return [*wider, *(more for one in wider for more in self._kinds_of(one))]

    def _category(
        self, row: Json, raw: law_articles.RawSubAffair, item: str, wanted: list[str]
    ) -> tuple[str, list[str]]:
        for category in wanted:
            if category == "*":
                category = self._open(row, raw)
            providers = [
                body
                for exchange in row["exchanges"]
                if set(exchange["categories"]) & {category, *self._wider(category)}
                for body in exchange["providers"]
            ]
            if providers:
                return category, list(dict.fromkeys(providers))
        self.unfit.append(f"row {row['row']} {raw.number}: {item} fits no information of the row")
        return "", []

    def _wider(self, category: str) -> list[str]:
        wider = self.part_of.get(category, [])
        return [*wider, *(more for one in wider for more in self._wider(one))]

    def _open(self, row: Json, raw: law_articles.RawSubAffair) -> str:
        """The open-class information of the row that this sub-affair draws on."""
        found = [
            category
            for exchange in row["exchanges"]
            if set(exchange["providers"]) & self.open_bodies
            for category in exchange["categories"]
        ]
        if len(found) > 1:
            adjusting = "調整" in raw.affair
            found = [c for c in found if c.startswith("other-benefit") == adjusting]
        return found[0] if len(found) == 1 else ""

    def use(self, source: Json) -> Json:
        """One row of the use table."""
        row = source["row"]
        act, ja, en = self.affairs[f"U{row}"]
        using = self.judge(f"別表 {row}", "user", source["entity"], bodies(source["entity"]))
        made: Json = {
            "row": row,
            "act_ja": act,
            "act_en": self.acts[act],
            "affair_ja": ja,
            "affair_en": en,
            "bodies": using.ids,
            "valid_from": USE_START.get(row, START),
            "valid_to": None,
            "source": f"法別表{row.replace('-', 'の')}の項, 2026-04-01施行版",
        }
        if row in DELEGATED:
            made["delegates"] = ["pension-service"]
        if using.conditions:
            made["conditions"] = using.conditions
        if source.get("ordinance_article"):
            made["ordinance_article"] = law_numbers.article(source["ordinance_article"])
        return made


def save(name: str, rows: list[Json]) -> None:
    """One entry a line, so that a change of law is a change of a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (GENERATED / name).write_text(f"[\n{lines}\n]\n", "utf-8")


def main(provision: str, use: str) -> None:
    """Read both extracts, write the tables and the report."""
    maker = Maker()
    source = json.loads(Path(provision).read_text("utf-8"))["rows"]
    rows = [maker.row(one) for one in source]
    subs: list[Json] = []
    for one, row in zip(source, rows, strict=True):
        if not row.get("deleted"):
            subs += maker.items(one, row)
    heads = ",\n".join(json.dumps(one, ensure_ascii=False) for one in TABLES)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{{"tables": [\n{heads}\n],\n"rows": [\n{lines}\n]}}\n'
    (GENERATED / "provision_table.json").write_text(text, "utf-8")
    save("articles.json", subs)
    rows = json.loads(Path(use).read_text("utf-8"))["rows"]
    save("use_table.json", [maker.use(one) for one in rows])
    write(maker.judgements, subs)
    if maker.unfit:
        raise ValueError("; ".join(maker.unfit))
    doubles = [k for k, n in Counter(sub["id"] for sub in subs).items() if n > 1]
    if doubles:
        raise ValueError(f"sub-affairs with one id: {doubles}")
    print(f"{len(rows)} rows, {len(subs)} sub-affairs, {sum(len(s['items']) for s in subs)} items")


if __name__ == "__main__":
    main(*sys.argv[1:])
