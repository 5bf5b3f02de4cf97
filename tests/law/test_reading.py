"""How the tools read the articles: parentheses, persons, information, numbers (条文の読み方).

The phrases here are made up in the manner of the order; `test_second_reading` compares with its
text.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import law_articles
import law_items
import law_labels
import law_limits
import law_numbers
import law_persons
from law_text import Marker, bare

HEAD = (
    "第二条の表百の項で定める事務は、次の各号に掲げる事務とし、同項で定める情報は、"
    "当該各号に定める情報とする。"
)


def people(phrase: str) -> list[list[str]]:
    """The subjects of a phrase, person by person."""
    return [law_persons.subjects(one) for one in law_persons.parts(Marker().mark(phrase))]


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("当該申請を行う者又は当該者の配偶者", [["applicant"], ["spouse"]]),
        # one person: whoever cares for either child
        ("措置児童又は当該措置児童と同一の世帯に属する児童を監護又は養育する者", [["carer"]]),
        # two persons: the disabled adult, or the guardian of a disabled child
        ("当該申請を行う障害者又は障害児の保護者", [["applicant"], ["guardian"]]),
        # guardians of both, and neither of them
        ("高等学校等に在学する生徒又は学生の保護者等", [["school-cost-bearer"]]),
        ("死亡した当該被扶養者", [["deceased-dependant"]]),
        ("当該猶予申請者の一親等以内の親族", [["first-degree-relative"]]),
        ("第一号被措置者等", [["person-concerned", "person-liable-for-support"]]),
        ("当該者の被扶養者等", [["dependant", "former-dependant"]]),
        (
            "学資金被貸与者又は当該学資金被貸与者若しくは当該学資支給金返還者を同項に規定する"
            "同一生計配偶者若しくは同項に規定する扶養親族とする者",
            [["beneficiary"], ["taxpayer-with-dependant"]],
        ),
        ("要保護者等", [["public-assistance-recipient"]]),
        ("当該福祉事業に係る被災職員又はその遺族", [["worker"], ["survivor"]]),
    ],
)
def test_persons_are_split_by_grammar(phrase: str, found: list[list[str]]) -> None:
    """A conjunction of persons is split, one of objects is not; terms are what they stand for."""
    assert people(phrase) == found


@pytest.mark.parametrize("phrase", ["当該申請", "町内会長", "当該申請を行う者又は町内会長"])
def test_a_person_nobody_judged_stops_the_reading(phrase: str) -> None:
    """Nothing is guessed, and nothing is left out."""
    with pytest.raises(ValueError, match=r"no person|no rule"):
        people(phrase)


def article(*lines: str) -> list[law_articles.RawSubAffair]:
    """The sub-affairs of made-up lines."""
    return law_articles.read([HEAD, *lines]).subs


def persons(item: law_articles.RawItem) -> set[tuple[str, tuple[str, ...]]]:
    """Whom an item is about, with what has to be stated."""
    return {(one.subject, one.conditions) for one in item.persons}


def test_a_limit_stays_with_its_word_and_goes_on_as_far_as_it_says() -> None:
    """ルからヨまで, 以下この号: the father's limit in its letters only, the mother's to the end."""
    lines = [
        "当該請求を行う者又は手当支給児童若しくは当該手当支給児童の父（当該手当支給児童の母又は養育者が"
        "当該請求を行う場合に限る。ロからハまでにおいて同じ。）若しくは母（当該手当支給児童の父が"
        "当該請求を行う場合に限る。以下この号において同じ。）に係る戸籍関係情報",
        *(["当該手当支給児童の父若しくは母に係る戸籍関係情報"] * 3),
    ]
    (sub,) = article("児童扶養手当法第六条の請求に関する事務", "次に掲げる情報", *lines)
    father, mother = ("father", ("mother-or-carer-acts",)), ("mother", ("father-acts",))
    assert persons(sub.items[0]) == {("applicant", ()), ("child-concerned", ()), father, mother}
    assert persons(sub.items[1]) == persons(sub.items[2]) == {father, mother}
    assert persons(sub.items[3]) == {("father", ()), mother}


def test_words_that_mean_fewer_than_the_role_are_a_condition() -> None:
    """The disabled person who applies is not the guardian who does, nor is the household."""
    (sub,) = article(
        "何とか法第一条の申請に係る事実についての審査に関する事務",
        "当該申請を行う障害者、当該障害者と同一の世帯に属する者又は当該申請に係る障害児の保護者に"
        "係る市町村民税に関する情報",
    )
    acts = ("disabled-person-acts",)
    assert persons(sub.items[0]) == {
        ("applicant", acts),
        ("household-member", acts),
        ("guardian", ()),
    }


def test_limits_in_heads_lists_and_references_are_held() -> None:
    """Of a 号 for all its items, of a list's head for each, of a reference for whom it keeps."""
    one, two, three = article(
        "児童福祉法第五十六条第一項の認定に関する事務（障害児入所施設に係る部分を除く。）",
        "納税義務者又は当該納税義務者の配偶者に係る次に掲げる情報",
        "戸籍関係情報",
        "住民票に記載された住民票関係情報",
        "地方税法第四百六十一条の減免に関する事務",
        "第一号に掲げる情報（納税義務者に係る情報に限る。）",
        "地方税法第四百六十二条の減免に関する事務",
        "当該届出に係る感染症の患者（同法第六条第九項に規定する新感染症の所見がある者を除く。）に係る"
        "第一号イに掲げる情報及び納税義務者に係る生活保護実施関係情報",
    )
    assert one.conditions == ["not-residential-facility"]
    assert [item.letter for item in one.items] == ["イ", "ロ"]
    assert [persons(item) for item in two.items] == [{("taxpayer", ())}] * 2
    assert persons(three.items[0]) == {("patient", ("not-new-infection",))}
    assert [item.what for item in three.items] == ["戸籍関係情報", "生活保護実施関係情報"]


def test_the_list_of_an_article_with_one_affair_is_made_of_items() -> None:
    """Where an article has no 号 its list is 第1号, 第2号 …, not イ, ロ."""
    head = (
        "第二条の表百の項で定める事務は、旅券法第三条の申請に係る事実についての審査に関する事務とし、"
        "同項で定める情報は、次に掲げる情報とする。"
    )
    lines = ["当該申請を行う者に係る戸籍関係情報", "当該申請を行う者に係る市町村民税に関する情報"]
    (sub,) = law_articles.read([head, *lines]).subs
    assert [item.letter for item in sub.items] == ["第1号", "第2号"]


@pytest.mark.parametrize(
    "lines",
    [
        ["旅券法第三条の事務（知られていない場合に限る。）に関する事務"],
        [
            "旅券法第三条の申請に関する事務",
            "当該申請を行う者（月夜の者に限る。）に係る戸籍関係情報",
        ],
        ["旅券法第三条の申請に関する事務", "当該申請を行う者に係る第九号に掲げる情報"],
    ],
)
def test_a_parenthesis_or_reference_nobody_judged_stops_the_reading(lines: list[str]) -> None:
    """A new limit in the text is found on the day it is there."""
    with pytest.raises(ValueError, match=r"nobody has judged|not held"):
        article(*lines)


@pytest.mark.parametrize(
    ("phrase", "item", "holders"),
    [
        ("医療保険被保険者等資格に関する情報", "insured-status", "municipality-mayor"),
        (
            "健康保険法による保険給付の支給に関する情報",
            "health-insurance-act-benefit",
            "health-insurer",
        ),
        ("国民年金法による年金である給付の支給に関する情報", "national-pension", "mutual-aid-body"),
    ],
)
def test_an_act_that_is_named_narrows_who_holds_it(phrase: str, item: str, holders: str) -> None:
    """What the national health insurance does not give, no mayor is asked for."""
    ((found, who),) = law_items.items(phrase)
    assert found == item
    assert who
    assert holders not in who


def test_information_nobody_judged_stops_the_reading() -> None:
    """A phrase with one word more is another phrase."""
    with pytest.raises(ValueError, match="0 rules"):
        law_items.items("健康保険法による保険給付の支給及び返還に関する情報")


@pytest.mark.parametrize(
    ("text", "ja", "en"),
    [
        ("建築基準法第七十七条の五十八第一項の", "第77条の58第1項", "art. 77-58(1)"),
        (
            "児童福祉法第二十一条の五の二十九第十一項第十二号の",
            "第21条の5の29第11項第12号",
            "art. 21-5-29(11) item 12",
        ),
        ("同法附則第百二十一条の二の", "附則第121条の2", "suppl. art. 121-2"),
        ("地方税法第三十四条第一項第十号の二の", "第34条第1項第10号の2", "art. 34(1) item 10-2"),
    ],
)
def test_numbers_are_read_whole(text: str, ja: str, en: str) -> None:
    """Branches of any depth, numbers above ten, in articles, paragraphs and 号."""
    ((_, one),) = law_numbers.cited(text)
    assert (one.ja, one.en) == (ja, en)


def test_labels_within_a_row_are_told_apart() -> None:
    """By a further provision, by what is done, or by what limits; else the reading stops."""
    texts = ["国民健康保険法第五十八条第一項の出産育児一時金の支給の申請に関する事務"]
    other = "国民健康保険法第五十八条第一項の葬祭費の支給の申請に関する事務"
    made = law_labels.unique([*texts, other], [("", ""), ("", "")])
    assert made[0][0] != made[1][0]
    with pytest.raises(ValueError, match="stand twice"):
        law_labels.unique(texts * 2, [("", "")] * 2)


def test_parentheses_nest_and_sentences_end_outside_inner_ones() -> None:
    """An inner parenthesis ends no sentence of the outer one; each outer one has its own sign."""
    marker = Marker()
    text = marker.mark("甲（乙（丙。）に限る。以下同じ。）丁（戊をいう。）")
    assert bare(text) == "甲丁"
    assert marker.at(text) == ["乙（丙。）に限る。以下同じ。", "戊をいう。"]
    assert law_limits.sentences("乙（丙。）に限る。以下同じ。") == ["乙（丙。）に限る", "以下同じ"]
    with pytest.raises(ValueError, match="not closed"):
        Marker().mark("甲（乙")
