"""The former table (法別表第二) against its source, read here by other means than the tools.

This reader cuts a cell where one piece of information ends and the next begins, and knows odd
pieces by how they begin or end; the tools cover a cell with phrases. They share no code, and no
data but the Japanese names that `renkei law names` prints. Skipped where the source is absent.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import order_lines
import pytest

from renkei import law
from renkei.law import tables

CITED = "法別表第二"
LAST = date(2024, 5, 26)
PROVEN = date(2022, 1, 11)
DAYS = [PROVEN, *(date.fromisoformat(day) for day in (
    "2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01", "2024-03-31", "2024-04-01",
    "2024-04-23", "2024-04-24", "2024-05-26",
))]  # fmt: skip
MUTATIONS = 3_000
Atom = tuple[str, str, str, str]


SOURCE = order_lines.source("provision-table-2024.json")
pytestmark = pytest.mark.skipif(SOURCE is None, reason="the source table is not at hand")

OTHER_LAW = {
    "健康保険法第五十五条又は": "健康保険法第55条・第128条の他法",
    "健康保険法第五十五条に": "健康保険法第55条の他法",
    "船員保険法第三十三条": "船員保険法第33条の他法",
    "児童福祉法第十九条の七": "児童福祉法第19条の7の他法",
    "児童福祉法第二十一条の五の三十一": "児童福祉法第21条の5の31の他法",
    "児童福祉法第二十四条の二十二": "児童福祉法第24条の22の他法",
    "国民健康保険法第五十六条": "国民健康保険法第56条第1項の他法",
    "雇用保険法第三十七条": "雇用保険法第37条第8項の他法",
    "高齢者の医療の確保に関する法律第五十七条": "高齢者医療確保法第57条第1項の他法",
    "介護保険法第二十条": "介護保険法第20条の他法",
    "障害者の日常生活及び社会生活を総合的に支援するための法律第七条": (
        "障害者総合支援法第7条の他法"
    ),
    "難病の患者に対する医療等に関する法律第十二条": "難病法第12条の他法",
    "私立学校教職員共済法第二十五条": "私学共済法第25条の他法",
    "国家公務員共済組合法第六十条": "国共済法第60条第1項の他法",
    "地方公務員等共済組合法第六十二条": "地共済法第62条第1項の他法",
}
# What begins with the words; who pays it; what is paid.
WHOLE = {
    **{words: (f"{name}給付の支給者", f"{name}給付情報") for words, name in OTHER_LAW.items()},
    "健康保険法第五十五条又は": (
        "健康保険法第55条又は第128条の他法給付の支給者",
        "健康保険法第55条・第128条の他法給付情報",
    ),
    "精神保健及び精神障害者福祉に関する法律第三十条の二": (
        "精神保健福祉法第30条の2の他法医療給付の支給者",
        "精神保健福祉法第30条の2の他法医療給付情報",
    ),
    "感染症の予防": (
        "感染症法第39条第1項の他法医療給付の支給者",
        "感染症法第39条第1項の他法医療給付情報",
    ),
    "原子爆弾被爆者に対する援護に関する法律第十八条": (
        "被爆者援護法第18条の他法医療給付の支給者",
        "被爆者援護法第18条の他法医療給付情報",
    ),
    "国民年金法その他の法令による年金": (
        "国民年金法その他の法令による年金給付の支給者",
        "国民年金法その他の法令による年金給付情報",
    ),
    "国民年金法その他の法令による給付": (
        "国民年金法その他の法令による給付の支給者",
        "国民年金法その他の法令による給付情報",
    ),
    "特別児童扶養手当等の支給に関する法律その他の法令による障害": (
        "障害を有する者の手当の支給者",
        "障害を有する者の手当情報",
    ),
    "特別児童扶養手当等の支給に関する法律その他の法令による給付": (
        "特別児童扶養手当等の支給に関する法律その他の法令による給付の支給者",
        "特別児童扶養手当等その他の法令による給付情報",
    ),
    "医療保険者その他": ("医療保険者その他の法令による医療給付の支給者", ""),
    "医療保険各法その他": ("", "医療保険各法その他の法令による医療給付情報"),
    "児童扶養手当法第三条": ("児童扶養手当法第3条第2項の公的年金給付の支給者", "公的年金給付情報"),
    "昭和六十年法律第三十四号附則第九十七条第二項": (
        "昭和60年法律第34号附則第97条第2項の障害給付の支給者",
        "昭和60年法律第34号附則第97条第2項の障害給付情報",
    ),
    "介護保険法第百三十六条": ("", "介護保険の特別徴収の通知情報"),
    "国民健康保険法第七十六条の四": ("", "国民健康保険の特別徴収の通知情報"),
    "高齢者の医療の確保に関する法律第百十条": ("", "後期高齢者医療の特別徴収の通知情報"),
    "社会福祉法による生計困難者": ("", "生計困難者への資金の貸付情報"),
    "中国残留邦人等の円滑な帰国": ("", "中国残留邦人等の帰国旅費・一時金情報"),
    "障害者の日常生活及び社会生活を総合的に支援するための法律による療養介護": (
        "",
        "療養介護・施設入所支援情報",
    ),
}
BODIES = {
    "医療保険者（": ["医療保険者", "後期高齢者医療広域連合"],
    "公営住宅法": ["都道府県知事", "市町村長"],
    "住宅地区改良法": ["都道府県知事", "市町村長"],
    "特定優良賃貸住宅": ["都道府県知事", "市町村長"],
    "市町村長（児童手当法": ["市町村長", "児童手当法第17条第1項の表の下欄に掲げる者"],
    "公的給付の支給等の迅速": [
        "特定公的給付の支給を実施する行政機関の長等", "行政機関の長", "地方公共団体の機関",
        "独立行政法人等", "地方独立行政法人",
    ],
    "平成八年法律第八十二号": ["存続組合", "指定基金"],
    "確定給付企業年金法": ["確定給付企業年金の事業主等", "企業年金連合会"],
    "確定拠出年金法": ["確定拠出年金の事業主"],
    "平成二十三年法律第五十六号": ["存続共済会"],
    "平成二十五年法律第六十三号附則第三条第十一号": ["存続厚生年金基金"],
    "平成二十五年法律第六十三号附則第三条第十三号": ["存続連合会", "企業年金連合会"],
}  # fmt: skip
ENDS = {
    "障害児通所支援": "障害児通所支援情報", "障害児入所支援": "障害児入所支援情報",
    "調査及び判定": "児童の調査・判定情報", "障害児入所給付費": "障害児入所給付費情報",
    "指定難病要支援者証明事業": "指定難病要支援者証明情報", "特定医療費": "特定医療費情報",
    "小児慢性特定疾病要支援者証明事業": "小児慢性特定疾病要支援者証明情報",
    "小児慢性特定疾病医療費": "小児慢性特定疾病医療費情報", "療育の給付": "療育の給付情報",
    "母子生活支援施設における保護": "母子生活支援施設の保護情報",
    "障害基礎年金": "障害基礎年金情報", "予防接種法による予防接種": "予防接種法の予防接種情報",
    "特別措置法による予防接種": "新型インフルエンザ等の予防接種情報",
    "による入院措置": "精神障害者の入院措置情報", "措置": "児童福祉法の措置情報",
    "廃止する等の法律による年金である給付": "農林漁業団体職員共済の年金給付情報",
    "国民年金法による年金である給付": "国民年金法の年金給付情報",
    "遺族等援護法による年金である給付": "戦傷病者戦没者遺族等援護法の年金情報",
    "一般疾病医療費": "被爆者の一般疾病医療費情報",
    "援護に関する法律による手当等": "被爆者の手当等情報",
    "援護に関する法律による介護手当": "被爆者の介護手当情報",
    "災害救助法による救助": "災害救助法の救助情報", "扶助金": "災害救助法の扶助金情報",
    "資金の貸付け": "母子父子寡婦福祉資金の貸付情報",
    "寡婦福祉法による給付金": "母子父子寡婦福祉の給付金情報",
    "障害児福祉手当": "障害児福祉手当情報", "特別障害者手当": "特別障害者手当情報",
    "の福祉手当": "経過的福祉手当情報", "養育医療の給付": "養育医療情報",
    "養育医療に要する費用": "養育医療情報", "妊娠の届出": "妊娠の届出情報",
    "母子保健法による健康診査": "母子保健法の健康診査情報",
    "経費の支弁": "特別支援学校就学奨励情報", "についての援助": "学校保健安全法の医療費援助情報",
    "職業転換給付金": "職業転換給付金情報", "船員保険法による保険給付": "船員保険の保険給付情報",
    "基本手当": "基本手当・高年齢雇用継続基本給付金情報",
    "高年齢雇用継続基本給付金": "基本手当・高年齢雇用継続基本給付金情報",
    "教育訓練給付金": "教育訓練給付金情報", "基金の加入員": "国民年金基金の加入員情報",
    "施設に入所する者": "国民年金法第89条の施設入所情報",
    "農業者年金の被保険者": "農業者年金の被保険者情報",
    "日常生活上の援助及び生活指導並びに就業の支援": "児童自立生活援助情報",
    "確保に関する法律による保険料の徴収": "後期高齢者医療の保険料徴収情報",
    "健康増進事業": "健康増進事業情報", "就学支援金": "高等学校等就学支援金情報",
}  # fmt: skip
PARTS = {
    "都道府県知事等": ["都道府県知事", "市長", "福祉に関する事務所を管理する町村長",
                "特別区の区長"],
    "市町村長": ["特別区の区長", "市長", "福祉に関する事務所を管理する町村長",
              "保健所を設置する市の長"],
    "市長": ["広島市長", "長崎市長"],
    "都道府県知事": ["関係県の知事"],
    "保健所を設置する市の長": ["特別区の区長"],
    "社会福祉協議会": ["市町村社会福祉協議会", "都道府県社会福祉協議会"],
    "共済組合": ["国家公務員共済組合", "地方公務員共済組合"],
    "共済組合等": ["日本私立学校振興・共済事業団", "国家公務員共済組合連合会",
               "地方公務員共済組合", "全国市町村職員共済組合連合会"],
    "医療保険者": ["全国健康保険協会", "健康保険組合", "日本私立学校振興・共済事業団", "共済組合",
              "市町村長", "国民健康保険組合"],
    "医療保険給付関係情報": ["後期高齢者医療の保険料徴収情報"],
    "年金給付関係情報": ["障害基礎年金情報", "国民年金法の年金給付情報"],
    "失業等給付関係情報": ["基本手当・高年齢雇用継続基本給付金情報", "教育訓練給付金情報"],
}  # fmt: skip


def _bare(text: str) -> str:
    while "（" in text:
        text = re.sub(r"（[^（）]*）", "", text)
    return text


def _starting(table: dict[str, object], cell: str) -> str | None:
    return max((start for start in table if cell.startswith(start)), key=len, default=None)


def _bodies(cell: str) -> list[str]:
    known = _starting(dict(BODIES), cell)
    if known is not None:
        return BODIES[known]
    whole = _starting(dict(WHOLE), cell)
    if whole is not None:
        return [WHOLE[whole][0]]
    return re.split("、|又は|若しくは", _bare(cell))


def _information(cell: str) -> Iterator[str]:
    text = re.sub(r"であって主務省令で定めるもの$", "", cell)
    text = _bare(re.sub(r"（以下「([^「」]*)」という。）", r"＝\1＝", text))
    for piece in re.split(r"(?<=情報)(?:、|又は|若しくは)|(?<=＝)(?:、|又は)", text):
        whole = _starting(dict(WHOLE), piece)
        if "＝" in piece:
            yield piece.split("＝")[1]
        elif whole is not None:
            yield WHOLE[whole][1]
        elif piece.endswith("関係情報"):
            yield piece
        else:
            yield from map(_odd, _pieces(piece))


def _pieces(piece: str) -> list[str]:
    plain = piece.removesuffix("に関する情報")
    return re.split(r"(?:の実施|の支給)?(?:、|又は|若しくは)", re.sub("の(実施|支給)$", "", plain))


def _odd(piece: str) -> str:
    fitting = [end for end in ENDS if piece.endswith(end)]
    assert fitting, f"this reader cannot read {piece!r}"
    return ENDS[max(fitting, key=len)]


@cache
def _cells() -> tuple[tuple[Atom, date, date | None], ...]:
    """Every atom of the source with its first proven and last day; none of deleted rows."""
    found = []
    assert SOURCE is not None
    for row in json.loads(SOURCE.read_text("utf-8"))["rows"]:
        if row["deleted"]:
            continue
        affair = row.get("affair_was", [{"valid_from": row["affair_valid_from"]}])[0]["valid_from"]
        for pair in row["exchanges"]:
            for wording in (pair, *pair.get("was", [])):
                since = date.fromisoformat(wording["valid_from"] or PROVEN.isoformat())
                first = since if affair else max(since, PROVEN)
                last = wording.get("valid_to")
                for r in _bodies(row["requester"]):
                    for p in _bodies(pair["provider"]):
                        for i in _information(wording["info"]):
                            days = (first, date.fromisoformat(last) if last else None)
                            found.append(((row["row"], r, p, i), *days))
    return tuple(found)


def _on(day: date) -> set[Atom]:
    """What the source has in force on a day; before 2022-01-11 what it proves."""
    return {
        atom for atom, first, last in _cells() if first <= day and (last is None or day <= last)
    }


def _carried(day: date) -> set[Atom]:
    kinds, categories = tables.kinds(), tables.categories()
    return {
        (row.row, kinds[r].ja, kinds[p].ja, categories[c].ja)
        for row in tables.former_rows().values()
        for one in row.exchanges
        if max(one.valid_from or row.valid_from, row.valid_from) <= day
        and (one.valid_to is None or day <= one.valid_to)
        for r in row.requesters
        for p in one.providers
        for c in one.categories
    }


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_on_every_proven_day_the_table_is_the_source_and_nothing_else(day: date) -> None:
    """Every exchange with its pairs is allowed, and the packaged rows have no pair beside them."""
    source = _on(day)
    assert len({row for row, *_ in source}) == 131
    assert _carried(day) == source
    for row, requester, provider, item in source:
        decision = law.may_ask(requester, row, provider, item, day)
        assert decision == law.Decision(True, CITED, row, "permitted"), (row, provider, item)


def test_the_source_has_as_many_exchanges_as_are_carried() -> None:
    """413 exchanges of 131 rows, and the seven wordings before a change since 2022."""
    assert SOURCE is not None
    rows = json.loads(SOURCE.read_text("utf-8"))["rows"]
    pairs = [pair for row in rows for pair in row.get("exchanges", [])]
    wordings = sum(1 + len(pair.get("was", [])) for pair in pairs)
    assert len(pairs) == 413
    carried = tables.former_rows().values()
    assert wordings == sum(len(row.exchanges) for row in carried) == 420


def test_before_the_proven_days_only_what_is_proven_is_allowed() -> None:
    """On 2018-06-01 an atom is allowed where its start is proven; all others are not proven."""
    day = date(2018, 6, 1)
    proven, counted = _on(day), {True: 0, False: 0}
    for atom, *_ in _cells():
        row, requester, provider, item = atom
        decision = law.may_ask(requester, row, provider, item, day)
        covered = any(wide in proven for wide in _wider(atom))
        assert decision.allowed is covered, atom
        assert decision.reason == ("permitted" if covered else "not-proven-for-this-day"), atom
        counted[covered] += 1
    assert min(counted.values()) > 300, counted


def test_what_is_not_in_the_source_is_refused() -> None:
    """Change one part of an atom to what the source does not list: refused, citing this table."""
    source, dice = _on(LAST), random.Random(20240526)
    atoms = sorted(source)
    pools = [sorted({atom[part] for atom in atoms}) for part in range(4)]
    pools[0] = sorted({*pools[0], *tables.provision_rows()})
    refused = 0
    while refused < MUTATIONS:
        changed = list(dice.choice(atoms))
        part = dice.randrange(4)
        changed[part] = dice.choice(pools[part])
        row, requester, provider, item = changed
        if any(wide in source for wide in _wider((row, requester, provider, item))):
            continue
        decision = law.may_ask(requester, row, provider, item, LAST)
        assert not decision.allowed, changed
        assert (decision.article, decision.row) == (CITED, row)
        refused += 1


def _wider(atom: Atom) -> Iterator[Atom]:
    row, requester, provider, item = atom
    for r in _names(requester):
        for p in _names(provider):
            for i in _names(item):
                yield row, r, p, i


@cache
def _names(name: str) -> frozenset[str]:
    names = {name}
    while True:
        more = {whole for whole, parts in PARTS.items() if names.intersection(parts)}
        if more <= names:
            return frozenset(names)
        names |= more
