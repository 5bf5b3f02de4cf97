"""Which item of ours a phrase of the detail articles means, and whom it is about.

The articles say the same things in some 150 phrases. Each rule below is a telling pattern and the
items it means; the first rule that fits decides. A phrase no rule fits is left out and reported.
"""

from __future__ import annotations

import re

PENSIONS = {
    "私立学校教職員共済法": "private-school-pension",
    "厚生年金保険法": "employees-pension",
    "国家公務員共済組合法": "national-service-pension",
    "国民年金法": "national-pension",
    "地方公務員等共済組合法": "local-service-pension",
}

RULES: list[tuple[str, list[str]]] = [
    (r"^戸籍関係情報$", ["family-register"]),
    (r"^住民票に記載された住民票関係情報$", ["resident-record"]),
    (r"^公的給付支給等口座登録簿関係情報$", ["receiving-account"]),
    (r"^市町村民税に関する情報$", ["municipal-tax"]),
    (r"^道府県民税に関する情報$", ["prefectural-tax"]),
    (r"^道府県民税又は市町村民税に関する情報$", ["prefectural-tax", "municipal-tax"]),
    (
        r"^外国人生活保護実施関係情報.*就労自立.*進学",
        [
            "foreign-public-assistance",
            "foreign-employment-independence-benefit",
            "foreign-education-preparation-benefit",
        ],
    ),
    (
        r"^外国人生活保護実施関係情報又は.*就労自立",
        ["foreign-public-assistance", "foreign-employment-independence-benefit"],
    ),
    (r"^外国人生活保護実施関係情報$", ["foreign-public-assistance"]),
    (r"の規定に準じて行う保護の実施", ["foreign-public-assistance"]),
    (
        r"^生活保護実施関係情報.*就労自立.*進学",
        [
            "public-assistance",
            "employment-independence-benefit",
            "education-preparation-benefit",
        ],
    ),
    (
        r"^生活保護実施関係情報又は.*就労自立",
        ["public-assistance", "employment-independence-benefit"],
    ),
    (r"^生活保護実施関係情報$", ["public-assistance"]),
    (r"^生活保護法第十九条第一項の保護の実施", ["public-assistance"]),
    (r"^中国残留邦人等", ["china-returnee-support"]),
    (r"平成十三年統合法", ["pension-benefit", "agricultural-mutual-aid-pension"]),
    (r"^年金給付関係情報$", ["pension-benefit"]),
    (r"障害基礎年金の支給", ["disability-basic-pension"]),
    (r"特別障害給付金", ["special-disability-benefit"]),
    (r"年金生活者支援給付金", ["pension-supplement"]),
    (r"特定理由離職者", ["leaving-reason"]),
    (r"教育訓練給付金", ["training-benefit"]),
    (r"失業等給付", ["employment-insurance"]),
    (r"身体障害者手帳", ["physical-disability-handbook"]),
    (r"精神障害者保健福祉手帳", ["mental-disability-handbook"]),
    (r"^知的障害者福祉法第十一条.*判定", ["intellectual-disability"]),
    (r"第十一条第一項第二号ハの調査及び判定", ["child-assessment"]),
    (r"^障害者の日常生活.*第六条の自立支援給付", ["self-support-benefit"]),
    (r"^障害者の日常生活.*支給認定", ["self-support-certification"]),
    (r"療養介護|施設入所支援", ["care-facility-services"]),
    (
        r"^介護保険法.*市町村特別給付.*地域支援事業",
        ["long-term-care-benefit", "municipal-care-benefit", "long-term-care-support"],
    ),
    (r"^介護保険法.*市町村特別給付", ["long-term-care-benefit", "municipal-care-benefit"]),
    (r"^介護保険法第十八条", ["long-term-care-benefit"]),
    (r"要介護認定又は要支援認定", ["long-term-care-certification"]),
    (r"出産育児一時金", ["childbirth-benefit"]),
    (r"埋葬料", ["funeral-benefit"]),
    (r"傷病手当金", ["sickness-allowance"]),
    (r"被保険者等資格|の資格に関する情報$|資格者等に関する情報$", ["insured-status"]),
    (r"被扶養者の異動に関する情報$", ["insured-status"]),
    (
        r"^(医療保険各法|高齢者の医療|健康保険法|船員保険法|私立学校|国家公務員共済|地方公務員等共済)"
        r".*保険給付の支給に関する情報$",
        ["insurance-benefit"],
    ),
    (r"^船員保険法第五十三条.*療養の給付", ["insurance-benefit"]),
    (r"児童扶養手当法第四条", ["child-rearing-allowance"]),
    (r"^児童手当法第八条", ["child-allowance"]),
    (r"障害児入所給付費", ["child-residential-benefit"]),
    (r"障害児通所給付費", ["child-day-benefit"]),
    (r"負担能力の認定", ["ability-to-pay"]),
    (r"^児童福祉法第二十七条第一項第三号の措置", ["child-protection-measure"]),
    (r"児童自立生活援助|日常生活上の援助", ["youth-independence-support"]),
    (r"母子生活支援施設", ["mother-child-facility"]),
    (r"指定難病要支援者", ["rare-disease-certificate"]),
    (r"特定医療費", ["rare-disease-medical-cost"]),
    (r"小児慢性特定疾病医療費", ["child-chronic-disease-cost"]),
    (r"小児慢性特定疾病要支援者", ["child-chronic-disease-certificate"]),
    (r"療育の給付", ["child-rehabilitation-care"]),
    (r"寡婦福祉法.*資金の貸付け", ["single-parent-loan"]),
    (r"寡婦福祉法第三十一条の給付金", ["single-parent-benefit"]),
    (r"養育医療", ["premature-infant-care"]),
    (r"妊娠の届出", ["pregnancy-notice"]),
    (r"妊婦支援給付金", ["pregnancy-support"]),
    (r"乳幼児健康診査等", ["infant-check-up"]),
    (r"規定による相談.*産後ケア", ["maternal-child-health"]),
    (r"^同号の相談", ["community-childcare-support"]),
    (r"特別支援学校.*経費の支弁", ["special-school-support"]),
    (r"学校保健安全法", ["school-medical-aid"]),
    (r"求職者の知識及び技能の習得", ["job-change-benefit"]),
    (r"職業訓練受講給付金", ["job-training-benefit"]),
    (r"新型インフルエンザ等対策特別措置法|特定接種", ["influenza-vaccination"]),
    (r"予防接種に関する記録", ["vaccination"]),
    (r"健康増進法", ["health-promotion"]),
    (r"就学支援金の支給", ["high-school-support"]),
    (r"^地方公務員災害補償法第二十八条の休業補償の", ["local-accident-leave"]),
    (
        r"^地方公務員災害補償法第二十八条の休業補償、",
        ["local-accident-leave", "local-accident-pension"],
    ),
    (r"^地方公務員災害補償法", ["local-accident-pension"]),
    (r"^労働者災害補償保険法", ["workers-accident-pension"]),
]
GRADES = {
    "physical-disability-handbook": "physical-disability-grade",
    "mental-disability-handbook": "mental-disability-grade",
}
ALLOWANCES = [
    (
        "特別児童扶養手当の|特別児童扶養手当、|特別児童扶養手当又は",
        "special-child-rearing-allowance",
    ),
    ("障害児福祉手当", "disabled-child-welfare-allowance"),
    ("特別障害者手当", "special-disability-allowance"),
    ("の福祉手当", "transitional-welfare-allowance"),
]


def items(phrase: str) -> list[str]:
    """Our items for the information `phrase` names (no parentheses), or none."""
    if phrase.startswith("特別児童扶養手当等の支給に関する法律"):
        rest = phrase.removeprefix("特別児童扶養手当等の支給に関する法律")
        return [item for pattern, item in ALLOWANCES if re.search(pattern, rest)]
    if re.search(r"年金である給付の支給", phrase) and not re.search("統合法|労働者災害", phrase):
        return [item for act, item in PENSIONS.items() if act in phrase]
    graded = "障害の程度" in phrase
    for pattern, found in RULES:
        if re.search(pattern, phrase):
            return list(found) + [GRADES[item] for item in found if graded and item in GRADES]
    return []


# Whom an item is about: the last rule word of a noun phrase decides its role.
ROLES: list[tuple[str, str]] = [
    (r"同一の世帯に属する(?:その配偶者|当該[^ ]*配偶者)$", "spouse"),
    (r"同一の世帯に属する(?:者|児童|.*被保険者|.*者)$", "household-member"),
    (r"扶養義務者の(?:配偶者)$", "spouse-of-person-liable-for-support"),
    (r"(?:控除対象)?扶養親族(?:とする者)?$", "tax-dependant"),
    (r"扶養義務者$", "person-liable-for-support"),
    (r"(?:同一生計)?配偶者$", "spouse"),
    (r"被扶養者(?:等|であった者)?$", "dependant"),
    (r"保証人$", "guarantor"),
    (r"父$", "father"),
    (r"母$", "mother"),
    (r"(?:監護|養育)(?:し|する)?.*者$|養育者$", "carer"),
    (r"支給要件児童$", "eligible-child"),
    (r"生計を一にする子$", "child-in-livelihood"),
    (r"一般受給資格者$", "claimant"),
    (r"施設等受給資格者$", "facility-claimant"),
    (r"施設入所等児童$", "facility-child"),
    (r"施設入所等児童であった者$", "former-facility-child"),
    (r"児童であった者$", "former-child"),
    (r"(?:その|る|の|^)子$", "child"),
    (r"生計(?:を|の)?.*(?:維持|同じく).*者$|生計維持者$|住居及び生計", "livelihood-supporter"),
    (r"同居者$|同居人$|同居しようとする者$|同居させようとする者$|同居者等$", "cohabitant"),
    (r"死亡した.*|死亡者$", "deceased"),
    (r"遺族$", "survivor"),
    (r"[一二]親等以内の親族$", "close-relative"),
    (r"直系卑属$", "descendant"),
    (r"直系尊属$", "ascendant"),
    (r"対象家族$", "family-member-cared-for"),
    (r"際し確認することとされている者$", "person-to-be-verified"),
    (
        r"(?:要保護者等?|被保護者であった者|(?<!動)要支援者等|準ずる者)$",
        "public-assistance-recipient",
    ),
    (r"保護者等?$", "guardian"),
    (r"(?:妊婦|妊産婦|妊婦給付認定者|女子)$", "expectant-mother"),
    (r"(?:乳児|幼児|未熟児|乳幼児)$", "infant"),
    (r"(?:生徒|学生|学資金.*者|学資支給金.*者|猶予申請者)$", "student"),
    (r"世帯員$", "benefit-household-member"),
    (r"患者$", "patient"),
    (
        r"(?:組合員|加入者|被保険者|被保険者等|保険料滞納者|利用者|保険料を課せられる者)$",
        "insured-person",
    ),
    (r"(?:納税義務者|納税者|徴収義務者|譲渡担保権者|年金所得者|特定同一世帯所属者)$", "taxpayer"),
    (r"(?:還付.*者|過誤納確認申請書を提出した者)$", "refund-claimant"),
    (r"(?:入居者|入居の申込みをした者)$", "tenant"),
    (r"(?:避難行動要支援者)$", "person-needing-evacuation-help"),
    (r"被災者$|被災職員$", "disaster-victim"),
    (r"(?:求職者)$", "job-seeker"),
    (r"(?:労働者|職員)$", "worker"),
    (r"(?:障害児)$", "disabled-child"),
    (r"申請(?:等)?を行う.*$|申請をした.*$|申込みを(?:行う|した)者$|交付申請を行う者$", "applicant"),
    (r"請求(?:等)?を行う.*$|請求者$|受けようとする者$", "applicant"),
    (
        r"(?:届出|申出|申告|願出|定期報告|届出等)を(?:行う|した).*$|(?:届書|書類)を提出する者$",
        "notifier",
    ),
    (r"(?:障害者|外国人)$", "person-concerned"),
    (r"児童等?$|子ども$", "child-concerned"),
    (
        r"受給権者$|受給資格者$|受ける(?:べき)?者$|受けた者$|受けていた者$|支給を受けるべき者$",
        "beneficiary",
    ),
    (r"返還すべき者$|借受人$|措置者等$", "person-concerned"),
    (r"者$", "person-concerned"),
]
PERSON = re.compile(
    r"(?:者|者等|児|児等|児童|児童等|父|母|子|子ども|員|生徒|学生|人|婦|女子|卑属|尊属|親族|家族|遺族|患者)$"
)


def roles(phrase: str) -> tuple[list[str], list[str]]:
    """Subject ids of a noun phrase without parentheses, and its parts that fit no role."""
    parts: list[str] = []
    held = ""
    for piece in re.split(r"(、|又は|若しくは|及び|並びに)", phrase):
        if piece in ("、", "又は", "若しくは", "及び", "並びに"):
            held += piece if held else ""
            continue
        held += piece
        if PERSON.search(held):
            parts.append(held)
            held = ""
    unfit = [held] if held else []
    found: list[str] = []
    for part in parts:
        role = next((role for pattern, role in ROLES if re.search(pattern, part)), None)
        if role is None:
            unfit.append(part)
        elif role not in found:
            found.append(role)
    return found, unfit
