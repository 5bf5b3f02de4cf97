"""Our own short labels: for rows from the tables beside this file, for sub-affairs by citation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from law_numbers import Cited, N, cited
from law_text import SIGN, Marker, bare

HERE = Path(__file__).resolve().parent
ENDS: list[tuple[str, str, str]] = [
    # What the head ends in says what is done; the words before it may name other things.
    (
        r"(?:調整又は要請|要請)に関する事務$",
        "利用の調整・要請",
        "Arranging or requesting a place",
    ),
    (r"(?:費用|負担)の調整に関する事務$", "費用の調整", "Adjusting costs"),
    (r"額の調整に関する事務$", "額の調整", "Adjusting an amount"),
    (r"の適用に関する事務$", "適用", "Applying a relief"),
    (r"実費の徴収の決定に関する事務$", "実費の徴収の決定", "Deciding to collect costs"),
    (r"返還に関する事務$", "返還", "Return"),
    (r"返納に関する事務$", "返納", "Return"),
    (r"算定に関する事務$", "算定", "Calculation"),
    (r"確認に関する事務$", "確認", "Confirmation"),
    (r"決定に関する事務$", "決定", "Decision"),
    (r"管理(?:に関する事務)?$", "管理", "Management"),
    (
        r"職権による保護.*に関する事務$",
        "職権による保護の開始・変更",
        "Assistance begun or changed ex officio",
    ),
    (r"の変更(?:の決定)?に関する事務$", "変更", "Change"),
    (r"算定に係る事実についての審査に関する事務$", "算定の審査", "Examining a calculation"),
    (r"変更.*届出に関する事務$", "届出の審査", "Examining a report"),
    (r"申請又は.*届出.*審査", "申請・届出の審査", "Examining an application or report"),
    (r"届出に係る(?:事実についての審査に関する)?事務$", "届出の審査", "Examining a report"),
]
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
    (r"保険料の納付", "保険料の納付", "Payment of premiums"),
    (r"障害福祉サービスの提供", "障害福祉サービスの提供", "Providing disability welfare services"),
    (r"課税に関する", "課税", "Taxation"),
    (r"明渡し", "明渡しの請求", "Claim to vacate"),
    (r"あっせん", "あっせん等", "Finding another place"),
    (r"条例で定める事項", "条例で定める事項", "Matters fixed by ordinance"),
    (r"指導又は助言", "指導・助言", "Guidance or advice"),
    (r"資料の提示等の求め", "資料の提示等の求め", "Asking for documents"),
    (r"費用の支弁", "費用の支弁", "Bearing costs"),
    (r"訪問指導", "訪問指導・勧奨", "Home visits"),
    (r"相談", "相談・支援", "Consultation and support"),
    (r"契約の解除", "契約の解除", "Ending a lease"),
    (r"職権による開始", "職権による支援給付の開始・変更", "Support begun or changed ex officio"),
    (r"利用料の請求", "利用料の請求", "Claim for fees"),
    (r"^前条に掲げる事務", "前条の事務", "Affairs of the article before"),
    (r"停止|廃止", "停止・廃止", "Suspension or end"),
    (r"消滅|喪失|得喪|異動|死亡", "資格の異動", "Change of status"),
    (r"管理", "管理", "Management"),
    (r"実施|便宜|援助", "実施", "Carrying out"),
    (r"返還|返納|償還", "返還", "Repayment"),
]
LONGEST_ACT = 60
APPLIED = re.compile(r"において(?:読み替えて)?準用する")


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


def sub_affair(text: str, cites: int = 1, *, detail: bool = False) -> tuple[str, str]:
    """A label of ours for a sub-affair: the kind of act and the provisions it rests on, ja and en.

    `cites`: how many provisions are named; with `detail` what is done there is added. A row whose
    sub-affairs share a label gets longer ones (`unique`).
    """
    plain = bare(Marker().mark(text))
    kinds = ENDS if "給付の調整" not in plain and "支給の調整" not in plain else []
    ja, en = next(
        ((j, e) for p, j, e in [*kinds, *KINDS] if re.search(p, plain)), ("事務", "Affair")
    )
    found = _provisions(text)
    if not found:
        tail = _detail(plain).strip() if detail else ""
        return (f"{ja}（{tail}）", f"{en} ({_english(plain)[2:]})") if tail else (ja, en)
    starts = [at for at, (before, _) in enumerate(found) if not APPLIED.match(before)]
    named_ja, named_en = _named(found[: [*starts, len(found)][min(cites, len(starts))]])
    tail = _detail(plain) if detail else ""
    return f"{ja}（{named_ja}{tail}）", f"{en} ({named_en}{_english(plain) if detail else ''})"


# Acts whose own name cites another one: the number in it is no citation.
NAMES = re.compile(r"(?:歯科)?医師法第十六条の二第一項に規定する臨床研修に関する省令")
SAVED = re.compile(
    rf"^(?:、(?:第{N}[条項])+|(?:又は|若しくは)(?:第{N}[条項])+)*"
    r"(?:の規定により(?:なお|みなし|読み替え|支給するもの|その例)|の規定による(?:改正|廃止)前の)"
    r"|^の福祉手当の障害児福祉手当及び"
)


def _provisions(text: str) -> list[tuple[str, Cited]]:
    """The provisions an affair rests on: without saving clauses, and numbers in an act's name.

    A parenthesis ends a number: 第八条の二（…）の一級 is article 8-2.
    """
    apart = SIGN.sub("｜", Marker().mark(re.sub(r"[\[\]]", "", text)))
    apart = NAMES.sub(lambda name: name[0].replace("第", "第" + JOINER), apart)
    found = cited(apart)
    rests, at = [], 0
    for before, one in found:
        at = apart.index(before, at) + len(before)
        ended = apart.index("条", at)
        if not SAVED.match(NUMBERS.sub("", apart[ended + 1 :])):
            rests.append((_act(before), one))
    return rests or [(_act(before), one) for before, one in found]


JOINER = "\u2060"
"""Within an act's own name, so that no number of it is read as a citation."""
NUMBERS = re.compile(rf"^(?:の?{N}|第{N}[項号])*")
"""What is left of a citation after its 条."""


STANDS_BEFORE = re.compile(
    r"^.*(?:された|される|による(?=(?:改正|廃止)前の)|なお従前の例による|の福祉手当の)"
)


def _act(before: str) -> str:
    """The act's name at the end of the words before a citation."""
    name = STANDS_BEFORE.sub("", before)
    name = re.sub("^同[条項]に規定する", "", name)
    return name.replace("｜", "").replace(JOINER, "")


FORMER = re.compile("^(?:準用)?旧|改正前|廃止前")
"""An act as it was: its label says so, since the act of that name today says something else."""
SHORT = re.compile("「(旧[令法])」という")


def spelled(heads: list[str], parens: Mapping[str, str]) -> list[str]:
    """Marked heads of an article, with the act's own name where a later one has 旧令 alone."""
    acts: dict[str, str] = {}
    made = []
    for head in heads:
        for short, act in acts.items():
            head = re.sub(f"(?<![一-龥]){short}(?=第)", act, head)
        made.append(head)
        for sign in SIGN.findall(head):
            named = SHORT.search(parens[sign])
            if named:
                acts[named[1]] = _act(bare(head[: head.index(sign)]))
    return made


def _named(found: list[tuple[str, Cited]]) -> tuple[str, str]:
    ja, en, kind = "", [], ""
    for before, one in found:
        applied = APPLIED.match(before)
        name = plain_name = before[applied.end() :] if applied else before
        name = re.sub(r"^.*(?:又は|若しくは|及び|並びに|、)", "", name) if ja else name
        name = "" if len(name) > LONGEST_ACT or re.match("同|当該", name) else name
        if ja:
            ja += "において準用する" if applied else "・"
        ja += name + one.ja
        if plain_name and not plain_name.endswith("同令"):
            kind = "former " if FORMER.search(plain_name) else ""
            kind += next((word for end, word in KINDS_OF_ACT if re.search(end, plain_name)), "")
        en.append(kind + one.en)
    return ja, ", ".join(en)


KINDS_OF_ACT = [(r"規則$|施行規程$|省令$", "rules "), (r"施行令$", "order ")]
DONE: list[tuple[str, str, str]] = [
    ("家族療養費", "家族療養費", "family medical cost"),
    ("療養費", "療養費", "medical cost"),
    ("移送費", "移送費", "transport cost"),
    ("傷病手当金", "傷病手当金", "sickness allowance"),
    ("出産手当金", "出産手当金", "maternity allowance"),
    ("休業手当金", "休業手当金", "leave allowance"),
    ("埋葬料", "埋葬料", "funeral benefit"),
    ("弔慰金", "弔慰金", "condolence money"),
    ("災害見舞金", "災害見舞金", "disaster money"),
    ("家族出産費", "家族出産費", "childbirth benefit for family"),
    ("家族埋葬料", "家族埋葬料", "funeral benefit for family"),
    ("出産費", "出産費", "childbirth benefit"),
    ("出産育児一時金", "出産育児一時金", "childbirth lump sum"),
    ("葬祭", "葬祭費", "funeral cost"),
    ("医療費", "医療費", "medical cost"),
    ("医療手当", "医療手当", "medical allowance"),
    ("初回精密検査費用", "初回精密検査費用", "cost of the first close examination"),
    ("定期検査費用", "定期検査費用", "cost of regular examinations"),
    ("保険料の納付", "保険料の納付", "payment of premiums"),
    ("被扶養者", "被扶養者", "dependants"),
    ("調整", "調整", "adjustment"),
    ("給付に係る", "給付", "benefits"),
]


def _detail(plain: str) -> str:
    found = [ja for word, ja, _ in DONE if word in plain]
    return " " + "・".join(found[:3]) if found else ""


def _english(plain: str) -> str:
    found = [en for word, _, en in DONE if word in plain]
    return "; " + ", ".join(found[:3]) if found else ""


def unique(texts: list[str], extras: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labels of a row's sub-affairs, none twice: with more provisions, what is done, what limits.

    `extras`: for each what only that one is about (a limit, a body), ja and en. Raises ValueError
    where two stay the same.
    """
    made = [sub_affair(text) for text in texts]
    for grow in range(1, 6):
        for at in _doubled(made):
            ja, en = made[at] if grow == 1 else sub_affair(texts[at], grow, detail=grow > 2)
            more_ja, more_en = extras[at]
            made[at] = (f"{ja}・{more_ja}", f"{en}; {more_en}") if more_ja else (ja, en)
    left = sorted({made[at][0] for at in _doubled(made)})
    if left:
        raise ValueError(f"labels that stand twice in one row: {left}")
    return made


def _doubled(labels: list[tuple[str, str]]) -> list[int]:
    """Places of the labels that another one equals, in either language."""
    ja, en = Counter(one for one, _ in labels), Counter(one for _, one in labels)
    return [at for at, (one, other) in enumerate(labels) if ja[one] > 1 or en[other] > 1]
