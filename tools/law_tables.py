"""Make the tables of provision, use and articles and docs/judgements.md from the sources.

    python tools/law_tables.py PROVISION_TABLE.json USE_TABLE.json

Then run tools/law_former.py, which adds the former table and its part of the report.

The two files are extracts of e-Gov texts (see their `meta`); the package does not need them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import law_articles
import law_bundles
import law_items
import law_labels
import law_numbers
from law_cells import GENERATED, Atoms, bodies, categories, load
from law_days import START, Calendar, Days
from law_report import Judgement, write
from law_use import DELEGATED, ORDER_ARTICLES, USE_DAYS, USE_SOURCES

ORDER = "令和6年デジタル庁・総務省令第9号"
Json = dict[str, Any]
TABLES: list[Json] = [
    {
        "id": "former-table-2",
        "ja": "旧別表第二",
        "en": "Former Appended Table 2",
        "citation": "法別表第二",
        "valid_from": "2017-05-30",
        "valid_to": "2024-05-26",
        "held": True,
        "proven_from": "2022-01-11",
        "source": "法附則第1条第5号 (the last day it could start on); 令和5年法律第48号により削除",
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
        self.doubts: list[tuple[str, str, str]] = []
        self.affairs = law_labels.affairs()
        self.acts = law_labels.acts()
        self.kinds = self._kinds()
        self.before: law_articles.Article | None = None
        self.calendar = Calendar()
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
        days = self.calendar.of(f"row {row}")
        start = days.first or START
        note += f"; {days.source}" if days.source else ""
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
        dated: dict[tuple[str, str], list[str]] = {}
        for category in what.ids:
            days = self.calendar.of(f"row {row} {category}")
            dated.setdefault((days.first, days.last), []).append(category)
        made: list[Json] = []
        for (first, last), ids in dated.items():
            one: Json = {"providers": asked.ids, "categories": ids}
            made.append(one | _days(first, last))
        return made

    def items(self, source: Json, row: Json) -> list[Json]:
        """The sub-affairs of one row's article."""
        self.before = law_articles.read(source["detail_text"], self.before, row["article"])
        self.doubts += self.before.bundles.doubts()
        raws = self.before.subs
        extras = [self._extra(raw) for raw in raws]
        heads = law_labels.spelled([raw.affair for raw in raws], self.before.marker.parens)
        labels = law_labels.unique(heads, extras)
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
        days = self.calendar.of(identity)
        sub: Json = {
            "id": identity,
            "row": row["row"],
            "article": row["article"],
            "number": raw.number,
            "ja": label[0],
            "en": label[1],
            "held": not raw.problem,
            "items": [] if raw.problem else self._lines(row, raw, identity),
            "valid_from": days.first or row["valid_from"],
            "valid_to": days.last or None,
            "source": f"{ORDER}第{row['article'].replace('-', '条の')}"
            + ("" if "-" in row["article"] else "条")
            + (f"第{raw.paragraph}項" if raw.paragraph else "")
            + (f"第{raw.number}号" if raw.number else "")
            + ", e-Gov 2026-02-08"
            + (f"; {days.source}" if days.source else ""),
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

    def _lines(self, row: Json, raw: law_articles.RawSubAffair, identity: str) -> list[Json]:
        """One line per item of a 号 and set of conditions, with the persons they hold for."""
        made: list[Json] = []
        for line in raw.items:
            for item, holders in law_items.items(line.what):
                groups: dict[tuple[Days, tuple[str, ...]], list[str]] = {}
                for person in line.persons:
                    wanted = tuple(dict.fromkeys((*person.conditions, *line.conditions)))
                    days = self._days_of(identity, item, person.subject)
                    groups.setdefault((days, wanted), []).append(person.subject)
                places = self._categories(row, raw, item, self.kinds[item][2])
                for (days, wanted), who in groups.items():
                    dated = _days(days.first, days.last)
                    dated |= {"source": days.source} if days.source else {}
                    for place in places:
                        one = self._line(line, (item, holders), place, who, wanted)
                        made.append(one | dated)
        return made

    def _days_of(self, identity: str, item: str, subject: str) -> Days:
        """The days of an item about somebody: of that person, else of the item."""
        about = self.calendar.of(f"{identity} {item} {subject}")
        return about if about != Days() else self.calendar.of(f"{identity} {item}")

    def _line(
        self,
        line: law_articles.RawItem,
        named: tuple[str, tuple[str, ...]],
        place: tuple[str, list[str]],
        who: list[str],
        wanted: tuple[str, ...],
    ) -> Json:
        item, holders = named
        category, providers = place
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
            self.unfit.append(f"nobody of the row holds {item} in {category}")
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

    def _categories(
        self, row: Json, raw: law_articles.RawSubAffair, item: str, wanted: list[str]
    ) -> list[tuple[str, list[str]]]:
        """Where in the row an item stands: the first kind of information that fits, its providers.

        What adjusts benefits is asked of those who pay under another law, too (調整).
        """
        asked = [self._open(row, raw) if one == "*" else one for one in wanted]
        found = [(one, self._providers(row, one)) for one in asked if one]
        found = [(one, providers) for one, providers in found if providers]
        if not found:
            self.unfit.append(f"row {row['row']} {raw.number}: {item} fits no information of it")
            return []
        other = self._open(row, raw) if "調整" in raw.affair and "*" in wanted else ""
        meant = (found[0][0], other)
        return [(one, providers) for one, providers in dict(found).items() if one in meant]

    @staticmethod
    def _among(exchange: Json, kinds: set[str]) -> bool:
        return bool(set(exchange["categories"]) & kinds)

    def _providers(self, row: Json, category: str) -> list[str]:
        kinds = {category, *self._wider(category)}
        asked = [one["providers"] for one in row["exchanges"] if self._among(one, kinds)]
        return list(dict.fromkeys(body for bodies_ in asked for body in bodies_))

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
            "valid_from": USE_DAYS.get(row, (START, None))[0],
            "valid_to": USE_DAYS.get(row, (START, None))[1],
            "source": f"法別表{row.replace('-', 'の')}の項, 2026-04-01施行版"
            + (f"; {USE_SOURCES[row]}" if row in USE_SOURCES else ""),
        }
        if row in DELEGATED:
            made["delegates"] = ["pension-service"]
        if using.conditions:
            made["conditions"] = using.conditions
        if source.get("ordinance_article"):
            cited = law_numbers.article(source["ordinance_article"])
            made["ordinance_article"] = ORDER_ARTICLES.get(row, cited)
        return made


def _days(first: str, last: str) -> Json:
    made: Json = {"valid_from": first} if first else {}
    return made | ({"valid_to": last} if last else {})


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
    law_bundles.stop_at(
        [*maker.doubts, *(one for sub in subs for one in law_bundles.undecided(sub))]
    )
    ended = json.loads(Path(__file__).with_name("law_ended.json").read_text("utf-8"))
    by_row = {row["row"]: row for row in ended["rows"]}
    rows = [by_row.get(row["row"], row) for row in rows]
    subs += ended["sub_affairs"]
    heads = ",\n".join(json.dumps(one, ensure_ascii=False) for one in TABLES)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{{"tables": [\n{heads}\n],\n"rows": [\n{lines}\n]}}\n'
    (GENERATED / "provision_table.json").write_text(text, "utf-8")
    save("articles.json", subs)
    rows = json.loads(Path(use).read_text("utf-8"))["rows"]
    save("use_table.json", [*(maker.use(one) for one in rows), *ended["use_rows"]])
    write(maker.judgements, subs)
    maker.calendar.check_used()
    if maker.unfit:
        raise ValueError("; ".join(maker.unfit))
    doubles = [k for k, n in Counter(sub["id"] for sub in subs).items() if n > 1]
    if doubles:
        raise ValueError(f"sub-affairs with one id: {doubles}")
    print(f"{len(rows)} rows, {len(subs)} sub-affairs, {sum(len(s['items']) for s in subs)} items")


if __name__ == "__main__":
    main(*sys.argv[1:])
