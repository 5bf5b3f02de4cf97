"""The provision table against its source, read here by other means than the package's tools.

This reader cuts cells at their connecting words and knows the odd fragments by heart; the tools
search for names. Neither shares code or data with the other beyond the Japanese names that
`renkei law names` prints. Skipped where the source is not at hand.
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
from renkei.law import bodies, tables
from renkei.law.payers import members

DAY = date(2026, 2, 8)
"""The day of the source text."""
MUTATIONS = 10_000
Atom = tuple[str, str, str, str]


SOURCE = order_lines.source("provision-table.json")
pytestmark = pytest.mark.skipif(SOURCE is None, reason="the source table is not at hand")

# Whole cells of bodies that do not cut at their connecting words.
WHOLE = {
    "公営住宅法": ["都道府県知事", "市町村長"],
    "住宅地区改良法": ["都道府県知事", "市町村長"],
    "特定優良賃貸住宅": ["都道府県知事", "市町村長"],
    "地域優良賃貸住宅制度要綱": ["都道府県知事", "市町村長"],
    "通訳案内士法": ["市町村長", "都道府県知事"],
    "都道府県知事、市長（": ["都道府県知事等"],
    "医療保険者（": ["医療保険者", "後期高齢者医療広域連合"],
    "市町村長（児童手当法": ["市町村長", "児童手当法第17条第1項の表の下欄に掲げる者"],
    "児童福祉法第十八条の二十七": ["認定地方公共団体の長"],
    "児童福祉法等の一部を改正する法律": ["特区地方公共団体の長"],
    "平成八年法律第八十二号": ["存続組合", "指定基金"],
    "公的給付の支給等の迅速": [
        "特定公的給付の支給を実施する行政機関の長等",
        "行政機関の長",
        "地方公共団体の機関",
        "独立行政法人等",
        "地方独立行政法人",
    ],
    "健康保険法第五十五条又は": ["健康保険法第55条又は第128条の他法給付の支給者"],
    "健康保険法第五十五条に": ["健康保険法第55条の他法給付の支給者"],
    "船員保険法第三十三条": ["船員保険法第33条の他法給付の支給者"],
    "国民年金法その他の法令による年金": ["国民年金法その他の法令による年金給付の支給者"],
    "国民年金法その他の法令による給付": ["国民年金法その他の法令による給付の支給者"],
    "児童福祉法第十九条の七": ["児童福祉法第19条の7の他法給付の支給者"],
    "児童福祉法第二十一条の五の三十一": ["児童福祉法第21条の5の31の他法給付の支給者"],
    "児童福祉法第二十四条の二十二": ["児童福祉法第24条の22の他法給付の支給者"],
    "特別児童扶養手当等の支給に関する法律その他の法令による障害": ["障害を有する者の手当の支給者"],
    "特別児童扶養手当等の支給に関する法律": [
        "特別児童扶養手当等の支給に関する法律その他の法令による給付の支給者"
    ],
    "医療保険者その他": ["医療保険者その他の法令による医療給付の支給者"],
    "精神保健及び": ["精神保健福祉法第30条の2の他法医療給付の支給者"],
    "国民健康保険法第五十六条": ["国民健康保険法第56条第1項の他法給付の支給者"],
    "児童扶養手当法第三条": ["児童扶養手当法第3条第2項の公的年金給付の支給者"],
    "雇用保険法第三十七条": ["雇用保険法第37条第8項の他法給付の支給者"],
    "高齢者の医療の確保": ["高齢者医療確保法第57条第1項の他法給付の支給者"],
    "昭和六十年法律第三十四号": ["昭和60年法律第34号附則第97条第2項の障害給付の支給者"],
    "介護保険法第二十条": ["介護保険法第20条の他法給付の支給者"],
    "感染症の予防": ["感染症法第39条第1項の他法医療給付の支給者"],
    "障害者の日常生活": ["障害者総合支援法第7条の他法給付の支給者"],
    "難病の患者": ["難病法第12条の他法給付の支給者"],
}
# Fragments of information cells that carry no …関係情報 name: how they end, and our label.
ENDS = [
    ("調査及び判定", "児童の調査・判定情報"),
    ("障害児入所支援", "障害児入所支援情報"),
    ("障害児入所給付費の支給", "障害児入所給付費情報"),
    ("措置", "児童福祉法の措置情報"),
    ("障害児通所支援", "障害児通所支援情報"),
    ("精神障害者保健福祉手帳", "精神障害者保健福祉手帳情報"),
    ("身体障害者手帳", "身体障害者手帳情報"),
    ("知的障害者", "知的障害者情報"),
    ("指定難病要支援者証明事業の実施", "指定難病要支援者証明情報"),
    ("特定医療費の支給", "特定医療費情報"),
    ("小児慢性特定疾病医療費", "小児慢性特定疾病医療費情報"),
    ("小児慢性特定疾病医療費の支給", "小児慢性特定疾病医療費情報"),
    ("小児慢性特定疾病要支援者証明事業の実施", "小児慢性特定疾病要支援者証明情報"),
    ("療育の給付", "療育の給付情報"),
    ("資金の貸付け", "母子父子寡婦福祉資金の貸付情報"),
    ("寡婦福祉法による給付金", "母子父子寡婦福祉の給付金情報"),
    ("母子生活支援施設における保護の実施", "母子生活支援施設の保護情報"),
    ("就業の支援の実施", "児童自立生活援助情報"),
    ("養育医療の給付", "養育医療情報"),
    ("養育医療に要する費用の支給", "養育医療情報"),
    ("妊娠の届出", "妊娠の届出情報"),
    ("妊婦のための支援給付の支給", "妊婦のための支援給付情報"),
    ("地域子ども・子育て支援事業の実施", "地域子ども・子育て支援事業情報"),
    ("経費の支弁", "特別支援学校就学奨励情報"),
    ("医療に要する費用についての援助", "学校保健安全法の医療費援助情報"),
    ("職業転換給付金の支給", "職業転換給付金情報"),
    ("障害児福祉手当", "障害児福祉手当情報"),
    ("特別障害者手当", "特別障害者手当情報"),
    ("の福祉手当の支給", "経過的福祉手当情報"),
    ("療養介護", "療養介護・施設入所支援情報"),
    ("施設入所支援", "療養介護・施設入所支援情報"),
    ("予防接種法による予防接種の実施", "予防接種法の予防接種情報"),
    ("予防接種法", "予防接種法の予防接種情報"),
    ("措置法による予防接種の実施", "新型インフルエンザ等の予防接種情報"),
    ("健康増進事業の実施", "健康増進事業情報"),
    ("就学支援金の支給", "高等学校等就学支援金情報"),
    ("統合法による年金である給付の支給", "農林漁業団体職員共済の年金給付情報"),
    ("雇用保険法による基本手当", "基本手当・高年齢雇用継続基本給付金情報"),
    ("高年齢雇用継続基本給付金の支給", "基本手当・高年齢雇用継続基本給付金情報"),
    ("障害基礎年金の支給", "障害基礎年金情報"),
]
WHOLE_INFO = {
    "医療保険各法による": "医療保険各法の給付の支給情報",
    "医療保険各法又は高齢者": "医療保険給付の支給情報",
    "医療保険各法その他": "医療保険各法その他の法令による医療給付情報",
    "母子保健法による相談": "母子保健事業情報",
    "健康保険法第五十五条又は": "健康保険法第55条・第128条の他法給付情報",
    "健康保険法第五十五条に": "健康保険法第55条の他法給付情報",
    "船員保険法第三十三条": "船員保険法第33条の他法給付情報",
    "国民年金法その他の法令による年金": "国民年金法その他の法令による年金給付情報",
    "国民年金法その他の法令による給付": "国民年金法その他の法令による給付情報",
    "児童福祉法第十九条の七": "児童福祉法第19条の7の他法給付情報",
    "児童福祉法第二十一条の五の三十一": "児童福祉法第21条の5の31の他法給付情報",
    "児童福祉法第二十四条の二十二": "児童福祉法第24条の22の他法給付情報",
    "特別児童扶養手当等の支給に関する法律その他の法令による障害": "障害を有する者の手当情報",
    "特別児童扶養手当等の支給に関する法律その他": "特別児童扶養手当等その他の法令による給付情報",
    "精神保健及び精神障害者福祉に関する法律": "精神保健福祉法第30条の2の他法医療給付情報",
    "国民健康保険法第五十六条": "国民健康保険法第56条第1項の他法給付情報",
    "児童扶養手当法第三条": "公的年金給付情報",
    "雇用保険法第三十七条": "雇用保険法第37条第8項の他法給付情報",
    "高齢者の医療の確保に関する法律第五十七条": "高齢者医療確保法第57条第1項の他法給付情報",
    "昭和六十年法律第三十四号附則": "昭和60年法律第34号附則第97条第2項の障害給付情報",
    "介護保険法第二十条": "介護保険法第20条の他法給付情報",
    "感染症の予防": "感染症法第39条第1項の他法医療給付情報",
    "障害者の日常生活及び社会生活を総合的に支援するための法律第七条": (
        "障害者総合支援法第7条の他法給付情報"
    ),
    "難病の患者に対する医療等に関する法律第十二条": "難病法第12条の他法給付情報",
}
# Cells that define the name they use: row, place in the row, what is in them.
DEFINING = {
    ("1", 1): ["地方税関係情報", "住民票関係情報"],
    ("1", 2): ["年金給付関係情報"],
    ("1", 3): ["失業等給付関係情報"],
    ("2", 0): ["医療保険給付関係情報"],
    ("2", 6): ["公的給付支給等口座登録簿関係情報"],
    ("13", 2): ["生活保護関係情報", "中国残留邦人等支援給付関係情報"],
    ("42", 8): ["地方公務員災害補償関係情報"],
    ("48", 1): ["障害者関係情報"],
}
# What the source's own definitions include.
MEMBERS = {
    "市町村長": [
        "特別区の区長",
        "市長",
        "福祉に関する事務所を管理する町村長",
        "保健所を設置する市の長",
    ],
    "都道府県知事等": [
        "都道府県知事",
        "市長",
        "福祉に関する事務所を管理する町村長",
        "特別区の区長",
    ],
    "共済組合等": [
        "日本私立学校振興・共済事業団",
        "国家公務員共済組合連合会",
        "地方公務員共済組合",
        "全国市町村職員共済組合連合会",
    ],
    "医療保険者": [
        "全国健康保険協会",
        "健康保険組合",
        "日本私立学校振興・共済事業団",
        "共済組合",
        "市町村長",
        "国民健康保険組合",
    ],
    "共済組合": ["国家公務員共済組合", "地方公務員共済組合"],
    "市長": ["広島市長", "長崎市長"],
    "障害者関係情報": [
        "児童の調査・判定情報",
        "身体障害者手帳情報",
        "精神障害者保健福祉手帳情報",
        "知的障害者情報",
    ],
    "医療保険給付関係情報": ["医療保険給付の支給情報"],
    "医療保険給付の支給情報": ["医療保険各法の給付の支給情報"],
    "年金給付関係情報": ["障害基礎年金情報"],
    "失業等給付関係情報": ["基本手当・高年齢雇用継続基本給付金情報"],
    "都道府県知事": ["関係県の知事"],
    "保健所を設置する市の長": ["特別区の区長"],
}


def _bare(text: str) -> str:
    depth, kept = 0, []
    for sign in text:
        depth += sign == "（"
        if not depth:
            kept.append(sign)
        depth -= sign == "）"
    return "".join(kept)


def _bodies(cell: str) -> list[str]:
    for start in sorted(WHOLE, key=len, reverse=True):
        if cell.startswith(start):
            return WHOLE[start]
    return re.split("、|又は|若しくは", _bare(cell))


def _information(row: str, place: int, cell: str) -> list[str]:
    if (row, place) in DEFINING:
        return DEFINING[row, place]
    for start in sorted(WHOLE_INFO, key=len, reverse=True):
        if cell.startswith(start):
            return [WHOLE_INFO[start]]
    marked = re.sub(r"（[^（）]*「([^「」]*関係情報)」という。）", r"＝\1", cell)
    marked = _bare(re.sub(r"であって(?:次条|第[^第]*)で定めるもの$", "", marked))
    marked = re.sub(r"「[^」]*」", "", marked)
    marked = marked.replace("日常生活上の援助及び生活指導並びに", "")
    return list(_fragments(marked))


def _fragments(cell: str) -> Iterator[str]:
    pieces = re.split("、|又は|若しくは|及び児童手当|保護の決定及び実施", cell)
    for count, piece in enumerate(pieces):
        if "＝" in piece:
            yield piece.split("＝")[1]
            continue
        text = re.sub(r"(の実施)?に関する情報$", r"\1", piece)
        if text.endswith("関係情報"):
            yield text
            continue
        fitting = [(end, label) for end, label in ENDS if text.endswith(end)]
        if fitting:
            yield max(fitting, key=lambda pair: len(pair[0]))[1]
        elif not any("＝" in later for later in pieces[count + 1 :]):
            raise AssertionError(f"this reader cannot read {piece!r} in {cell!r}")


@cache
def _atoms() -> tuple[Atom, ...]:
    assert SOURCE is not None
    found: dict[Atom, None] = {}
    for row in json.loads(SOURCE.read_text("utf-8"))["rows"]:
        if row["deleted"]:
            continue
        for place, pair in enumerate(row["exchanges"]):
            for requester in _bodies(row["requester"]):
                for provider in _bodies(pair["provider"]):
                    for item in _information(row["row"], place, pair["info"]):
                        found[row["row"], requester, provider, item] = None
    return tuple(found)


def _wider(name: str) -> set[str]:
    names = {name}
    while True:
        more = {whole for whole, parts in MEMBERS.items() if names.intersection(parts)}
        if more <= names:
            return names
        names |= more


@cache
def _paying(name: str) -> set[str]:
    """The open classes ("who pays by another law") that a body may stand in, by what it pays."""
    kinds = tables.kinds()
    found = {kinds[open_].ja for open_, payers in members().items() if bodies.body(name) in payers}
    return {wide for one in found for wide in _wider(one)}


def test_every_atom_of_the_source_is_allowed() -> None:
    """Whatever the source table lists, may_ask allows and cites the row."""
    atoms = _atoms()
    assert len({row for row, *_ in atoms}) == 180
    for row, requester, provider, item in atoms:
        decision = law.may_ask(requester, row, provider, item, DAY)
        assert decision == law.Decision(True, "法第19条第8号・命令第2条", row, "permitted"), (
            row,
            requester,
            provider,
            item,
        )


def test_no_atom_beyond_the_source_is_carried() -> None:
    """The packaged table lists exactly the source's atoms: none more, none fewer."""
    kinds, categories = tables.kinds(), tables.categories()
    carried = {
        (row.row, kinds[r].ja, kinds[p].ja, categories[c].ja)
        for row in tables.provision().rows
        if row.valid_to is None or row.valid_to >= DAY
        for exchange in row.exchanges
        for r in row.requesters
        for p in exchange.providers
        for c in exchange.categories
    }
    assert carried == set(_atoms())


def test_ten_thousand_mutations_are_refused_with_article_and_reason() -> None:
    """Change one part of a listed atom to what the source does not list: refused, with why."""
    atoms, dice = _atoms(), random.Random(20260401)
    listed = set(atoms)
    pools = [sorted({atom[part] for atom in atoms}) for part in range(4)]
    refused = 0
    while refused < MUTATIONS:
        changed = list(dice.choice(atoms))
        part = dice.randrange(4)
        changed[part] = dice.choice(pools[part])
        row, requester, provider, item = changed
        if any(
            (row, r, p, i) in listed
            for r in _wider(requester)
            for p in _wider(provider) | _paying(provider)
            for i in _wider(item)
        ):
            continue
        decision = law.may_ask(requester, row, provider, item, DAY)
        assert not decision.allowed, changed
        assert decision.article, changed
        assert decision.row == row
        assert decision.reason in law.REASONS
        assert decision.reason != "permitted"
        refused += 1


def test_the_deleted_row_allows_nobody() -> None:
    """Row 157 was deleted: asking under it is refused, not unknown."""
    decision = law.may_ask("市町村長", "157", "法務大臣", "戸籍関係情報", DAY)
    assert (decision.allowed, decision.row, decision.reason) == (False, "157", "no-longer-in-force")


PHRASES = {
    "戸籍関係情報": "family-register",
    "住民票関係情報": "resident-record",
    "公的給付支給等口座登録簿関係情報": "receiving-account",
    "市町村民税に関する情報": "municipal-tax",
}


def test_articles_carry_as_many_items_as_their_lines() -> None:
    """Counted line by line, each article has the 号 and the four commonest items we carry."""
    assert SOURCE is not None
    carried = tables.sub_affairs().values()
    counted = 0
    for row in json.loads(SOURCE.read_text("utf-8"))["rows"]:
        lines = [_bare(line) for line in row.get("detail_text", [])]
        living = [sub for sub in carried if sub.valid_to is None or sub.valid_to >= DAY]
        subs = [sub for sub in living if sub.row == row["row"]]
        opened = sum(line.endswith("事務") for line in lines[1:])
        if not row["deleted"]:
            assert len(subs) == max(opened, 1), row["row"]
        if any("に掲げる情報" in line and "次に" not in line for line in lines[1:]):
            continue
        if not all(sub.held for sub in subs):
            continue
        for phrase, item in PHRASES.items():
            ends = (phrase, phrase + "とする。", phrase.replace("に関する", "に係る"))
            wanted = sum(line.endswith(ends) for line in lines)
            found = {(sub.id, one.letter) for sub in subs for one in sub.items if one.item == item}
            assert len(found) == wanted, (row["row"], phrase)
            counted += wanted
    assert counted > 600


def _headings() -> dict[str, str]:
    """Row of the appended table to the article of its order, by the order's own headings."""
    found = SOURCE
    assert found is not None
    text = (found.parent.parent / "law" / "426M6000000A005.md").read_text("utf-8")
    parts = re.split(r"\n\*\*(第[^*]+条[^*]*)\*\*", text)
    rows = {}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        branch, _, rest = body.partition("\n")
        named = re.match(r"法別表([一二三四五六七八九十百の]+)の項", rest.replace("**", ""))
        if named:
            rows[_numbered(named[1])] = _numbered(heading.replace("条", "") + branch.strip())
    return rows


def _numbered(kanji: str) -> str:
    """四十三の二の八 or 第四十三の二の八 as 43-2-8."""
    made = []
    for part in kanji.lstrip("第").split("の"):
        total, current = 0, 0
        for sign in part:
            if sign in "十百":
                total, current = total + (current or 1) * (10 if sign == "十" else 100), 0
            else:
                current = "〇一二三四五六七八九".index(sign)
        made.append(str(total + current))
    return "-".join(made)


def test_each_row_of_the_use_table_cites_its_own_article() -> None:
    """The article of the order that a row cites is headed by that row, branches and all."""
    headings, compared = _headings(), 0
    for number, row in tables.use_rows().items():
        if row.ordinance_article is not None and number in headings:
            assert headings[number] == row.ordinance_article, number
            compared += 1
    assert compared > 150
