"""Our own short labels: for rows from the tables beside this file, for sub-affairs by citation."""

from __future__ import annotations

import re
from pathlib import Path

from law_articles import number
from law_cells import strip

HERE = Path(__file__).resolve().parent
KINDS: list[tuple[str, str, str]] = [
    (r"申請、届出その他の行為.*審査", "申請・届出等の審査", "Examining applications and reports"),
    (r"申請、届出その他の行為", "申請・届出等", "Applications and reports"),
    (r"申請に係る事実についての審査", "申請の審査", "Examining an application"),
    (r"請求に係る事実についての審査", "請求の審査", "Examining a claim"),
    (r"届出に係る事実についての審査", "届出の審査", "Examining a report"),
    (
        r"届書?に係る事実についての審査|報告に係る事実",
        "届書・報告の審査",
        "Examining a filed report",
    ),
    (r"申出に係る事実についての審査", "申出の審査", "Examining a request"),
    (r"申告に係る事実についての審査", "申告の審査", "Examining a declaration"),
    (r"申込みに係る事実についての審査", "申込みの審査", "Examining an application for a place"),
    (r"に係る事実についての審査", "提出された事実の審査", "Examining the facts filed"),
    (r"調整", "給付の調整", "Adjusting benefits"),
    (r"還付", "還付", "Refund"),
    (r"減免|免除|減額|猶予", "減免・猶予", "Reduction, remission or deferral"),
    (r"賦課", "賦課", "Assessment of charges"),
    (r"徴収", "徴収", "Collection"),
    (r"取消し|消除|抹消", "取消し・抹消", "Cancellation or removal"),
    (r"貸付け|貸与", "貸付け", "Loan"),
    (r"確認", "確認", "Confirmation"),
    (r"認定", "認定", "Certification"),
    (r"判定", "判定", "Assessment"),
    (r"決定", "決定", "Decision"),
    (r"措置", "措置", "Measure"),
    (r"登録", "登録", "Registration"),
    (r"交付", "交付", "Issue"),
    (r"作成", "作成", "Drawing up"),
    (r"支給|支払|給付", "支給", "Payment"),
    (r"停止|廃止", "停止・廃止", "Suspension or end"),
    (r"消滅|喪失|得喪|異動|死亡", "資格の異動", "Change of status"),
    (r"管理", "管理", "Management"),
    (r"実施|便宜|援助", "実施", "Carrying out"),
    (r"返還|返納|償還", "返還", "Repayment"),
]
LONGEST_ACT = 60
PLACE = re.compile(
    r"(?P<annex>附則)?第(?P<article>[一二三四五六七八九十百]+)条"
    r"(?:の(?P<b1>[一二三四五六七八九十]+)(?!第))?(?:の(?P<b2>[一二三四五六七八九十]+))?"
    r"(?:第(?P<paragraph>[一二三四五六七八九十]+)項)?(?:第(?P<item>[一二三四五六七八九十]+)号)?"
)


def acts() -> dict[str, str]:
    """Names of acts, ja to en."""
    lines = (HERE / "law_acts.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def affairs() -> dict[str, tuple[str, str, str]]:
    """Row key ("P106", "U81") to act, label ja, label en."""
    found: dict[str, tuple[str, str, str]] = {}
    for line in (HERE / "law_affairs.tsv").read_text("utf-8").splitlines():
        keys, act, ja, en = line.split("\t")
        for key in keys.split("="):
            found[key] = (act, ja, en)
    return found


def sub_affair(text: str) -> tuple[str, str]:
    """A label of ours for a sub-affair: the kind of act and the provision it rests on."""
    plain = strip(text)
    ja, en = next(((j, e) for p, j, e in KINDS if re.search(p, plain)), ("事務", "Affair"))
    place = PLACE.search(plain)
    if place is None:
        return ja, en
    prefix = plain[: place.start()]
    name = "" if len(prefix) > LONGEST_ACT or prefix.startswith(("同", "当該")) else prefix
    main = [number(place["article"])] + [number(place[b]) for b in ("b1", "b2") if place[b]]
    paragraph = number(place["paragraph"]) if place["paragraph"] else 0
    item = number(place["item"]) if place["item"] else 0
    cited = ("附則" if place["annex"] else "") + f"第{main[0]}条"
    cited += "".join(f"の{branch}" for branch in main[1:])
    cited += (f"第{paragraph}項" if paragraph else "") + (f"第{item}号" if item else "")
    english = ("suppl. " if place["annex"] else "") + "art. " + "-".join(map(str, main))
    english += (f"({paragraph})" if paragraph else "") + (f" item {item}" if item else "")
    return f"{ja}（{name}{cited}）", f"{en} ({english})"
