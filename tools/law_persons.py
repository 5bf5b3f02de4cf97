"""Whom an item is about: a noun phrase of the order, split by its grammar (対象者).

A conjunction joins persons, or objects within one description: 「A又はBを監護又は養育する者」
is one person. Two equal connectives never nest (the smaller one would be 若しくは), so that one
before a description that holds the same one after を joins the description's objects.
Every part must fit one rule wholly; what fits none is an error, never left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import law_fragments
from law_text import SIGN, bare

CONNECTIVES = ("、", "又は", "若しくは", "及び", "並びに")
PIECES = re.compile("(" + "|".join(CONNECTIVES) + ")")
SOMEBODY = re.compile(
    r"(?:者|者等|児|児等|児童|児童等|父|母|子|子ども|員|生徒|学生|人|婦|女子|卑属|尊属|親族|家族|遺族|患者)$"
)
OPEN_OBJECT = re.compile(
    r"(?:者|児童|子ども)を(?!.*(?:する|した|いる|られる|受ける|認める)[^をに、]{1,3}$)"
)
"""An object without its verb yet: the description goes on."""


@dataclass
class Part:
    """One person's description, with the signs of its parentheses still in it."""

    text: str
    before: str = ""

    @property
    def bare(self) -> str:
        """The description without its parentheses."""
        return bare(self.text)


def parts(phrase: str) -> list[Part]:
    """A marked noun phrase as descriptions of one person each; raises ValueError for a rest."""
    found: list[Part] = []
    held, before, start = "", "", ""
    for piece in PIECES.split(phrase):
        if piece in CONNECTIVES:
            before = piece
            held += piece if held else ""
            continue
        start = start if held else before
        held += piece
        said = bare(held)
        if SOMEBODY.search(said) and not OPEN_OBJECT.search(said):
            _add(found, Part(held, start))
            held = ""
    if held:
        raise ValueError(f"no person: {bare(held)!r} in {bare(phrase)!r}")
    return found


def _add(found: list[Part], part: Part) -> None:
    """Add a part; one whose description holds the connective before it takes in what that joins."""
    within = part.bare.partition("を")[2]
    joined = part.before if part.before in ("又は", "若しくは") else None
    if joined is not None and found and (joined in within or _one_owner(found[-1], part)):
        last = found.pop()
        part = Part(last.text + part.before + part.text, last.before)
    found.append(part)


# 「生徒又は学生の保護者等」: the owners are joined, and only what is theirs is meant. Elsewhere the
# same order of words joins two persons (障害者又は障害児の保護者), so that each case is listed.
OWNERS = [
    (re.compile(r".*在学する生徒"), re.compile(r"学生の保護者等")),
    (re.compile(r"死亡した当該被保険者"), re.compile(r"死亡した当該日雇特例被保険者の被扶養者")),
    (re.compile(r"死亡した当該請求に係る被保険者"), re.compile(r"被保険者であった者")),
]


def _one_owner(last: Part, part: Part) -> bool:
    return any(a.fullmatch(last.bare) and b.fullmatch(part.bare) for a, b in OWNERS)


# Each rule fits a whole description. `C` is whatever the affair's own act stands for.
C = r"(?:.*に係る|.*における)?"
APPLIED_FOR = "(?:支給|返還|学資貸与金の貸与及び学資支給金の支給|保険料の減免)の"
RULES: list[tuple[str, list[str]]] = [
    (r"死亡した.*被扶養者", ["deceased-dependant"]),
    (rf"死亡した.*|{C}死亡者|{C}死亡した被保険者", ["deceased"]),
    (r"その遺族", ["survivor"]),
    (r"(?:その)?配偶者", ["spouse"]),
    (
        r"(?:当該者|当該申請を行う者|当該納税義務者|当該患者|当該学資金申請者|当該猶予申請者)の配偶者",
        ["spouse"],
    ),
    (r"当該扶養義務者の配偶者", ["spouse-of-person-liable-for-support"]),
    (r"その者の配偶者", ["spouse-of-household-member"]),
    (r"当該者の直系卑属の配偶者", ["spouse-of-descendant"]),
    (r"当該障害者と同一の世帯に属するその配偶者", ["spouse-in-household"]),
    (r"当該納税義務者の同一生計配偶者", ["spouse-in-livelihood"]),
    (r".*を.*同一生計配偶者若しくは.*扶養親族とする者", ["taxpayer-with-dependant"]),
    (rf"{C}.*第一号被保険者と同一の世帯に属する第一号被保険者", ["insured-household-member"]),
    (
        r"当該納税義務者と同一の世帯に属する国民健康保険の被保険者|特定同一世帯所属者",
        ["insured-household-member"],
    ),
    # Defined terms come first: each is read as its definition, which `law_terms` checks.
    (r"当該者の被扶養者等", ["dependant", "former-dependant"]),
    (r"要保護者等(?:に準ずる者)?", ["public-assistance-recipient"]),
    (r"要支援者等", ["support-recipient"]),
    (r"第[一二]号被措置者等", ["person-concerned", "person-liable-for-support"]),
    (r"措置入院者", ["person-concerned"]),
    (r"助産妊産婦", ["expectant-mother"]),
    (r"被措置未熟児", ["infant"]),
    (r"学資金申請者|猶予申請者", ["applicant"]),
    (r"(?:当該)?学資金被貸与者", ["beneficiary"]),
    (r"学資支給金返[納還]者", ["grant-repayer"]),
    (r".*(?:教育・保育|施設等利用)給付認定子ども", ["child-concerned"]),
    (r".*の生計維持者", ["livelihood-supporter"]),
    (r".*(?<!要)保護者(?:等)?と同一の世帯に属する者", ["guardian-household-member"]),
    (r".*(?<!を監護又は養育する)と同一の世帯に属する者", ["household-member"]),
    (r".*を監護又は養育する者|養育者", ["carer"]),
    (r".*を現に介護する者その他.*認める者", ["care-giver"]),
    (r"(?:その者|これらの者|当該納税義務者)と生計を一にする子", ["child-in-livelihood"]),
    (rf"その子|{C}子", ["child"]),
    (r"当該者が扶養している児童", ["supported-child"]),
    (r"当該.*(?:児童|の)の?父|当該届出に係る父", ["father"]),
    (r"母", ["mother"]),
    (r".*一親等以内の親族", ["first-degree-relative"]),
    (r".*二親等以内の親族", ["close-relative"]),
    (r"当該者の直系卑属", ["descendant"]),
    (r"直系尊属", ["ascendant"]),
    (r"当該者の対象家族", ["family-member-cared-for"]),
    (r"当該者の扶養義務者でない所得税法に規定する控除対象扶養親族", ["deductible-not-liable"]),
    (r"当該者の所得税法に規定する控除対象扶養親族", ["deductible-dependant"]),
    (r"扶養親族", ["tax-dependant"]),
    (r"当該者と生計を同じくする扶養義務者", ["liable-sharing-livelihood"]),
    (r"(?:.*の)?扶養義務者", ["person-liable-for-support"]),
    (r"被扶養者であった者", ["former-dependant"]),
    (r".*被扶養者", ["dependant"]),
    (r".*の保証人", ["guarantor"]),
    (rf"{C}支給要件児童", ["eligible-child"]),
    (rf"{C}一般受給資格者", ["claimant"]),
    (rf"{C}施設等受給資格者", ["facility-claimant"]),
    (rf"{C}施設入所等児童であった者", ["former-facility-child"]),
    (rf"{C}施設入所等児童", ["facility-child"]),
    (rf"{C}児童であった者", ["former-child"]),
    (r".*の生計を(?:主として)?維持(?:する|している)者", ["livelihood-supporter"]),
    (r".*と住居及び生計を同じくする者", ["home-and-livelihood-sharer"]),
    (r".*と生計を同じくする者", ["livelihood-sharer"]),
    (r".*(?:同居しようとする者|同居させようとする者)", ["intending-cohabitant"]),
    (r"その同居者|当該者の同居人", ["cohabitant"]),
    (r".*入居者", ["tenant"]),
    (r".*に際し確認することとされている者", ["person-to-be-verified"]),
    (r".*支援給付の支給を必要とする状態にある者|支給を受けていた者", ["support-recipient"]),
    (
        r".*同法第六条第二項の要保護者|同条第一項の被保護者であった者(?:に準ずる者)?",
        ["public-assistance-recipient"],
    ),
    # Alone it is the term of article 61: they and whoever shares their household.
    (r"保護者等", ["school-cost-bearer", "guardian-household-member"]),
    (r".*[^要]保護者等", ["school-cost-bearer"]),
    (r"(?:.*[^要])?保護者", ["guardian"]),
    (rf"{C}(?:妊婦|妊産婦|妊婦給付認定者)|.*対象となる妊婦|{C}.*女子", ["expectant-mother"]),
    (rf"{C}(?:乳児|幼児|未熟児)", ["infant"]),
    (r".*在学する生徒|学生", ["student"]),
    (r".*基準世帯員", ["benefit-household-member"]),
    (r"成年患者", ["adult-patient"]),
    (rf"{C}.*(?:指定難病の|感染症の|に係る)患者", ["patient"]),
    (rf"{C}.*小児慢性特定疾病児童等", ["child-concerned", "adult-patient"]),
    (r"(?:.*に係る)?同法第三十三条の六の.*義務教育終了児童等", ["child-concerned"]),
    (rf"{C}.*障害児", ["disabled-child"]),
    (rf"{C}.*(?:児童|小学校就学前子ども)|子ども", ["child-concerned"]),
    (r".*の?申込みをした者|当該申込みを行う者", ["applicant"]),
    (r"(?:.*に係る)?.*(?:届出|申告)を行う者", ["notifier"]),
    (r"当該(?:申出|願出|定期報告)を行う者|当該(?:届書|書類)を提出する者", ["notifier"]),
    (r"葬祭を行う者", ["funeral-performer"]),
    (r"当該申請等を行う者", ["applicant", "notifier"]),
    (r"当該認定を受ける若しくは当該申請を行う者", ["beneficiary", "applicant"]),
    # What stands before is the act applied for; one that is narrower than the affair is below.
    (
        rf"(?:当該(?:{APPLIED_FOR}|交付)?|同条第二項の認定の)(?:申請|請求)を行う者"
        r"|当該申請を行う障害者",
        ["applicant"],
    ),
    (r"当該届出を行う障害者", ["notifier"]),
    (r"当該支給を受けようとする者|.*省令第一項の請求者|.*の請求者", ["applicant"]),
    (r".*(?:返還|納入)すべき者", ["grant-repayer"]),
    (r"当該還付を受ける者|.*(?:還付.*|過誤納確認申請書)を提出した者", ["refund-claimant"]),
    (
        r".*(?:受給権者|受給資格者)|.*(?:支給|認定|決定|貸付け|貸与|交付)を受け(?:る|た|ていた)者"
        r"|.*について医療を受ける者",
        ["beneficiary"],
    ),
    (r".*特別徴収義務者", ["withholding-agent"]),
    (r"譲渡担保権者", ["security-assignee"]),
    (r".*保険料.*納付義務者|当該保険料を課せられる者", ["premium-payer"]),
    (
        r"(?:.*の|第二次)?納税義務者|納税者|申告納税者|特別徴収対象年金所得者|更正若しくは決定をする者",
        ["taxpayer"],
    ),
    (r"当該請求に係る利用者", ["service-user"]),
    (
        rf"{C}.*(?:被保険者|被保険者等|組合員|加入者|保険料滞納者|被保険者であった者)",
        ["insured-person"],
    ),
    (r"避難行動要支援者", ["person-needing-evacuation-help"]),
    (r"被災者", ["disaster-victim"]),
    (r"当該求職者", ["job-seeker"]),
    (rf"{C}.*(?:労働者|職員)", ["worker"]),
    (rf"{C}.*(?:障害者|外国人)", ["person-concerned"]),
    (
        r".*に係る者|当該(?:予防接種|特定接種)の対象者|.*予防接種を受けた者",
        ["person-concerned"],
    ),
]
SWALLOWING = re.compile(r"\.\*(?:\[\^.\])?")
COMPILED = [
    (re.compile(SWALLOWING.sub(lambda words: f"({words[0]})", pattern)), ids)
    for pattern, ids in RULES
]
"""The rules with a group for the words that they pass over; there is no other group in them."""
# Words that mean fewer people than the role they name: what must be so of whoever acts.
NARROWER = [
    (re.compile(r"当該(?:申請|届出)を行う障害者(?:と.*)?"), "disabled-person-acts"),
    (re.compile(r"当該保険料の減免の申請を行う者"), "reduction-applied-for"),
    (re.compile(r"措置児童を監護又は養育する者"), "cares-for-this-child"),
]


def _rule(part: Part) -> tuple[re.Match[str], list[str]]:
    for pattern, ids in COMPILED:
        found = pattern.fullmatch(part.bare)
        if found:
            return found, ids
    raise ValueError(f"no rule reads the person {part.bare!r}")


def subjects(part: Part) -> list[str]:
    """The subject ids of one description; raises ValueError where no rule fits it wholly."""
    return list(_rule(part)[1])


def swallowed(part: Part) -> list[str]:
    """The words of a description that its rule passes over, without の and に係る at their end."""
    found = (re.sub("(?:に係る|の)$", "", words or "") for words in _rule(part)[0].groups())
    return [words for words in found if words]


def signs(part: Part) -> list[str]:
    """The signs of the parentheses that stand in one description."""
    return SIGN.findall(part.text)


def narrowed(part: Part) -> tuple[str, ...]:
    """The conditions that the words of a description set by themselves."""
    whole = tuple(what for pattern, what in NARROWER if pattern.fullmatch(part.bare))
    return (*whole, *law_fragments.conditions(swallowed(part)))


def instead(part: Part, subject: str) -> str:
    """Who stands in by a definition (…にあっては、当該者): here the one these words begin with.

    A definition made for an applicant and carried to 「当該届出を行う者の生計維持者」 means the one
    who reports.
    """
    owner = OWNER.match(part.bare)
    return subjects(Part(owner[1]))[0] if owner and subject in ACTING else subject


OWNER = re.compile(r"(当該(?:申請|請求|届出|申出)を行う者)の")
ACTING = ("applicant", "notifier")
