"""Several affairs in one 号: an item's words tie a person to one of them (命令の各条)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

import law_articles
import law_bundles
import law_fragments
import law_labels
import law_persons
from law_text import Marker
from renkei import law
from renkei.law import tables

DAY = date(2026, 2, 8)
MIDWIFERY, PROTECTION = "costs-midwifery", "costs-mother-child"
USERS, FEES, GROUPS = "community-support-1", "community-support-3b", "community-support-4"


def ask(place: str, item: str, about: str, *stated: str) -> str:
    """What is said of an item about somebody, asked by and of bodies that the row names."""
    row = tables.provision_rows()[tables.sub_affairs()[place].row]
    lines = [one for one in tables.sub_affairs()[place].items if one.item == item]
    asked = (row.requesters[0], row.row, place, lines[0].providers[0], item)
    heads = tables.sub_affairs()[place].conditions
    return law.may_ask_item(*asked, subject=about, day=DAY, stated=(*heads, *stated)).reason


def lines(place: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Letter, person and conditions of every line of a 号."""
    for one in tables.sub_affairs()[place].items:
        yield from ((one.letter, who, one.conditions) for who in one.subjects)


@pytest.mark.parametrize(
    ("item", "about"),
    [
        ("child-assessment", "household-member"),
        ("child-residential-benefit", "household-member"),
        ("ability-to-pay-placed", "household-member"),
        ("self-support-benefit", "child-concerned"),
        ("child-rearing-allowance", "person-liable-for-support"),
        ("disability-basic-pension", "child-concerned"),
        ("special-child-rearing-allowance", "person-liable-for-support"),
    ],
)
def test_costs_of_midwifery_open_nothing_of_the_protection_of_mother_and_child(
    item: str, about: str
) -> None:
    """命令22条4号: イからト, ヌ, ヲ, ヨ and タ are about 保護児童 and those around them alone."""
    assert ask("22-4", item, about) == "condition-open"
    assert ask("22-4", item, about, MIDWIFERY) == "condition-open"
    assert ask("22-4", item, about, PROTECTION) == "permitted"


@pytest.mark.parametrize(
    "item", ["municipal-tax", "public-assistance", "china-returnee-support", "resident-record"]
)
def test_who_is_liable_for_either_affair_is_asked_about_for_either(item: str) -> None:
    """命令22条4号チリルワカ: the expectant mother, or the child, and whoever is liable for them."""
    for stated in (MIDWIFERY, PROTECTION):
        assert ask("22-4", item, "person-liable-for-support", stated) == "permitted"
    assert ask("22-4", item, "person-liable-for-support") == "condition-open"
    assert ask("22-4", item, "expectant-mother", PROTECTION) == "condition-open"
    assert ask("22-4", item, "child-concerned", MIDWIFERY) == "condition-open"


def test_the_household_of_an_expectant_mother_is_asked_about_for_one_item() -> None:
    """命令22条4号リ: her household's resident record; nothing else of the household is tied so."""
    found = {letter for letter, who, needs in lines("22-4") if MIDWIFERY in needs}
    assert found == set("チリルワカ")
    households = {
        letter
        for letter, who, needs in lines("22-4")
        if who == "household-member" and MIDWIFERY in needs
    }
    assert households == {"リ"}


def test_each_programme_of_article_59_has_its_own_people() -> None:
    """命令157条18号イロハ: 3号ロ, 1号, and 3号ロ or 4号 of article 59 of the childcare act."""
    guardian, account = "guardian", "receiving-account"
    assert ask("157-18", "municipal-tax", guardian, USERS) == "condition-open"
    assert ask("157-18", "municipal-tax", guardian, FEES) == "permitted"
    assert ask("157-18", "municipal-tax", "guardian-household-member", FEES) == "permitted"
    whose = ("child-in-livelihood", "not-anothers-dependant")
    assert ask("157-18", "municipal-tax", *whose) == "condition-open"
    assert ask("157-18", "municipal-tax", *whose, FEES) == "permitted"
    for about in ("expectant-mother", "spouse", "child-concerned", guardian):
        assert ask("157-18", "community-childcare-support", about, FEES) == "condition-open"
        assert ask("157-18", "community-childcare-support", about, USERS) == "permitted"
    assert ask("157-18", account, guardian, FEES) == "permitted"
    assert ask("157-18", account, guardian, USERS) == "condition-open"
    assert ask("157-18", account, guardian, GROUPS) == "condition-open"
    assert ask("157-18", account, guardian, GROUPS, "group-activity-programme") == "permitted"


def test_words_that_name_one_tax_or_one_way_to_pay_decide() -> None:
    """命令50条21号 and 22号イ: 特別徴収対象被保険者, 国民健康保険税の納税義務者."""
    assert ask("50-22", "dependant-change", "taxpayer") == "condition-open"
    tax = "national-health-insurance-tax"
    assert ask("50-22", "dependant-change", "taxpayer", tax) == "permitted"
    assert ask("50-22", "public-assistance", "taxpayer") == "permitted"
    assert ask("50-21", "receiving-account", "taxpayer") == "permitted"
    assert ask("50-21", "receiving-account", "insured-person") == "condition-open"
    by_pension = "withheld-from-pension"
    assert ask("50-21", "receiving-account", "insured-person", by_pension) == "permitted"


@pytest.mark.parametrize("place", ["22-1", "22-2", "22-5", "22-6", "22-8"])
def test_who_cares_for_another_child_of_the_household_is_meant_where_the_item_says_so(
    place: str,
) -> None:
    """命令22条1号ワとレ: the carer of the child of the measure, or of any child at home."""
    assert ask(place, "child-rearing-allowance", "carer") == "condition-open"
    assert ask(place, "child-rearing-allowance", "carer", "cares-for-this-child") == "permitted"
    assert ask(place, "special-child-rearing-allowance", "carer") == "permitted"


def test_a_condition_of_an_affair_stands_in_its_own_place_only() -> None:
    """No other 号 carries what ties an item to an affair of 22-4 or 157-18 (命令22条, 157条)."""
    ties = {MIDWIFERY, PROTECTION, USERS, FEES, GROUPS}
    for place in tables.sub_affairs():
        held = {need for _, _, needs in lines(place) for need in needs}
        assert not (held & ties and place not in ("22-4", "157-18")), place
    for place in ("22-4", "157-18"):
        assert all(set(needs) & ties for _, _, needs in lines(place)), place


HEAD = "第二条の表二十の項で定める事務は、次の各号に掲げる事務とし、…とする。"


def doubts(*article: str) -> list[tuple[str, str, str]]:
    """What the guard doubts in an article made up for it."""
    return list(law_articles.read([HEAD, *article], None, "999").bundles.doubts())


def test_the_guard_finds_one_role_of_two_descriptions_and_two_affairs() -> None:
    """The tool stops at a 号 whose one role is said in two ways, or that names two affairs."""
    affair = "甲法第一条の費用の徴収に関する事務"
    one = "当該徴収に係る障害児に係る戸籍関係情報"
    assert doubts(affair, "次に掲げる情報", one, one) == []
    other = "肢体不自由児通所医療を受けた障害児に係る戸籍関係情報"
    found = doubts(affair, "次に掲げる情報", one, other)
    assert [place[:2] for place in found] == [("999-1", "disabled-child")]
    act = "当該申請に係る障害児に係る戸籍関係情報"
    assert doubts(affair, "次に掲げる情報", one, act) == [("999-1", "acts", "徴収 / 申請")]
    with pytest.raises(ValueError, match="999-1 may bundle affairs: disabled-child"):
        law_bundles.stop_at(found)


def test_the_guard_finds_a_condition_that_never_decides_and_one_of_another_place() -> None:
    """A person with and without a condition for one item; an affair of 22-4 said elsewhere."""
    line = {"item": "x", "category": "y", "subjects": ["guardian"]}
    limited = line | {"conditions": ["under-19"]}
    assert not list(law_bundles.undecided({"id": "1-1", "items": [limited]}))
    (found,) = law_bundles.undecided({"id": "1-1", "items": [line, limited]})
    assert found[:2] == ("1-1", "guardian")
    strange = line | {"conditions": [MIDWIFERY]}
    assert list(law_bundles.undecided({"id": "22-4", "items": [strange]})) == []
    assert list(law_bundles.undecided({"id": "22-3", "items": [strange]})) == [
        ("22-3", MIDWIFERY, "x")
    ]


def test_words_passed_over_are_judged_or_stop_the_reading() -> None:
    """What a rule passes over stands in the table of fragments; new words are an error."""
    part = law_persons.Part("国民健康保険税の納税義務者")
    assert law_persons.swallowed(part) == ["国民健康保険税"]
    assert law_persons.narrowed(part) == ("national-health-insurance-tax",)
    new = law_persons.Part("自動車税の納税義務者")
    assert law_persons.subjects(new) == ["taxpayer"]
    with pytest.raises(ValueError, match="自動車税"):
        law_persons.narrowed(new)
    with pytest.raises(ValueError, match="0 judgements"):
        law_fragments.decides("")


def test_a_place_with_several_affairs_takes_no_description_of_neither() -> None:
    """In a listed 号 every description is tied, by its words or as the one before it."""
    bundles = law_bundles.Bundles("22")
    assert bundles.tie("22-4", law_persons.Part("保護児童"), ()) == (PROTECTION,)
    assert bundles.tie("22-4", law_persons.Part("その保護者"), (MIDWIFERY,)) == (MIDWIFERY,)
    with pytest.raises(ValueError, match="no affair"):
        bundles.tie("22-4", law_persons.Part("措置児童"), ())
    with pytest.raises(ValueError, match="0 affairs"):
        bundles.tie("22-3", law_persons.Part("保護児童"), ())


@pytest.mark.parametrize(
    ("place", "ja", "en"),
    [
        ("14-2-2", "児童福祉法施行令第20条の6において準用する第17条第1項", "order art. 17(1)"),
        ("14-2-3", "児童福祉法施行規則第6条の54において準用する第6条の34", "rules art. 6-34"),
        ("51-15", "改正前の地方税法第128条", "former art. 128"),
        ("78-6", "改正前の公営住宅法第12条第1項", "former art. 12(1)"),
        ("78-7", "旧公営住宅法第12条第2項", "former art. 12(2)"),
        ("94-4", "改正前の特別児童扶養手当等の支給に関する法律第35条第1項", "former art. 35(1)"),
        ("142-16", "廃止前の農業者年金基金法施行規則第38条第1項", "former rules art. 38(1)"),
        (
            "145-1",
            "改正前の臨床検査技師、衛生検査技師等に関する法律施行令第5条第1項",
            "former order art. 5(1)",
        ),
        (
            "145-2",
            "改正前の臨床検査技師、衛生検査技師等に関する法律施行令第6条第2項",
            "former order art. 6(2)",
        ),
        ("162-2-2", "準用旧児童福祉法施行令第17条第1項", "former order art. 17(1)"),
        ("162-2-3", "準用旧児童福祉法施行規則第6条の34", "former rules art. 6-34"),
    ],
)
def test_a_label_names_the_act_and_which_state_of_it(place: str, ja: str, en: str) -> None:
    """命令14条の2, 51条15号, 78条6号, 94条4号, 142条16号, 145条, 162条の2: the act as cited."""
    sub = tables.sub_affairs()[place]
    assert f"（{ja}）" in sub.ja
    assert sub.en.endswith(f"{en})")


def test_a_short_name_is_spelled_out_after_the_head_that_gives_it() -> None:
    """命令145条2号: 旧令 alone says which order only in the 号 before."""
    marker = Marker()
    heads = ["甲令による改正前の乙法施行令（以下この条において「旧令」という。）第一条の事務"]
    heads = [marker.mark(one) for one in [*heads, "旧令第二条の事務", "旧令和第二条の事務"]]
    made = law_labels.spelled(heads, marker.parens)
    assert made[1:] == ["改正前の乙法施行令第二条の事務", "旧令和第二条の事務"]
