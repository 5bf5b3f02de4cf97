"""Identity and number verification: every row of the table, and a second reading of the law."""

import random
from datetime import date
from typing import get_args

import msgspec
import pytest
from identity_second_reading import complete

from renkei.law import Presented, Shown, UnknownNameError, Verification, verify_identity
from renkei.law.identity import Completion, Uncounted
from renkei.law.identity_tables import (
    PARTS,
    Agrees,
    Channel,
    Member,
    Way,
    Who,
    circumstances,
    evidence,
    ways,
)

DAY = date(2026, 7, 1)
ALL: frozenset[Agrees] = frozenset(get_args(Agrees))
ROUNDS = 10_000


def shown(kind: str, whose: str = "person", **more: object) -> Shown:
    """A faultless paper of a kind, changed by `more`."""
    given: dict[str, object] = {
        "kind": kind,
        "whose": whose,
        "valid": True,
        "agrees": ALL,
        "decision": "decision 1" if evidence()[kind].decision else "",
        "issued": date(2016, 4, 1),
    }
    return msgspec.convert({**given, **more}, Shown, strict=False)


def ask(who: Who, channel: Channel, *papers: Shown, stated: object = ()) -> Verification:
    """The answer on a day that is held."""
    facts = (
        frozenset(str(one) for one in stated) if isinstance(stated, tuple | set) else frozenset()
    )
    return verify_identity(Presented(day=DAY, who=who, channel=channel, shown=papers, stated=facts))


def person(channel: Channel, *kinds: str, stated: tuple[str, ...] = ()) -> Verification:
    """The person comes with faultless papers of these kinds."""
    return ask("person", channel, *(shown(kind) for kind in kinds), stated=stated)


def done(answer: Verification) -> set[str]:
    """The parts that are complete."""
    return {check.part for check in answer.checks}


def filled(members: tuple[Member, ...], turn: int) -> list[Shown]:
    """Faultless papers for all members; `turn` picks among the kinds."""
    found = []
    for place, member in enumerate(members):
        for number in range(member.count):
            kind = member.kinds[(turn + number) % len(member.kinds)]
            found.append(shown(kind, member.whose, label=f"{place}-{number}"))
    return found


def neighbours(way: Way, who: Who, turn: int) -> list[Presented]:
    """The row's own case first, then each that differs from it in one thing."""
    papers = filled(way.members, turn)
    whole = Presented(
        day=DAY, who=who, channel=way.channel, shown=tuple(papers), stated=frozenset(way.stated)
    )
    changes: list[dict[str, object]] = [{"agrees": ALL - {one}} for one in ALL]
    changes += [{"agrees": frozenset({"name", one})} for one in ("birth", "address", "number")]
    changes += [{"valid": False}, {"copy": True}, {"decision": ""}, {"issued": None}]
    changes += [{"whose": "agent"}, {"whose": "person"}]
    others = (
        []
        if turn or who != way.who[0]
        else [{"kind": kind, "decision": "decision 1"} for kind in evidence()]
    )
    lists = [tuple(p for p in papers if p is not one) for one in papers]
    for one in papers:
        for change in (*changes, *others):
            changed = msgspec.structs.replace(one, **change)
            lists.append(tuple(changed if p is one else p for p in papers))
    near = [msgspec.structs.replace(whole, shown=some) for some in lists]
    near += [
        msgspec.structs.replace(whole, stated=whole.stated ^ {fact}) for fact in circumstances()
    ]
    elsewhere = whole.stated ^ {"moved-abroad"}
    near += [msgspec.structs.replace(whole, shown=some, stated=elsewhere) for some in lists]
    return [whole, *near]


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.id)
def test_every_row_completes_its_parts_and_each_case_beside_it_is_read_alike(way: Way) -> None:
    """A row is enough with each of its kinds; less or else only where the articles say so too."""
    for who in way.who:
        for turn in range(max(len(member.kinds) for member in way.members)):
            whole, *near = neighbours(way, who, turn)
            cited = {one.part for one in verify_identity(whole).checks if one.way == way.id}
            assert cited == set(way.parts)
            for case in (whole, *near):
                read = complete(case)
                assert done(verify_identity(case)) == {part for part in read if read[part]}, case


def test_without_its_member_hardly_any_row_is_complete() -> None:
    """The rule above bites: a row of one paper, without it, completes nothing."""
    alone = [way for way in ways() if len(way.members) == 1 and way.members[0].count == 1]
    assert len(alone) > 100
    for way in alone:
        assert not done(ask(way.who[0], way.channel, stated=set(way.stated)))


def drawn(dice: random.Random) -> Presented:
    """A random case: some papers of rows that fit, some of none, with faults here and there."""
    who: Who = dice.choice(get_args(Who))
    channel: Channel = dice.choice(get_args(Channel))
    fitting = [way for way in ways() if who in way.who and way.channel == channel]
    stated = {fact for fact in circumstances() if dice.random() < 0.25}
    papers: list[Shown] = []
    for way in dice.sample(fitting, min(len(fitting), dice.randint(2, 7))):
        papers += filled(way.members, dice.randint(0, 9))
        stated |= set(way.stated) if dice.random() < 0.8 else set()
    papers += [
        shown(kind, dice.choice(("person", "agent")))
        for kind in dice.sample(sorted(evidence()), dice.randint(0, 3))
    ]
    papers = [faulty(one, dice) for one in papers if dice.random() < 0.9]
    return Presented(
        day=DAY, who=who, channel=channel, shown=tuple(papers), stated=frozenset(stated)
    )


def faulty(one: Shown, dice: random.Random) -> Shown:
    """The same paper, or one with a fault."""
    changes: list[dict[str, object]] = [
        {"valid": False},
        {"copy": True},
        {"decision": " "},
        {"issued": None},
        {"issued": dice.choice((date(2012, 3, 31), date(2012, 4, 1), date(2020, 5, 25)))},
        {"agrees": frozenset(one for one in ALL if dice.random() < 0.6)},
        {"label": ""},
        {"whose": "agent" if one.whose == "person" else "person"},
    ]
    return msgspec.structs.replace(one, **dice.choice(changes)) if dice.random() < 0.2 else one


def test_ten_thousand_random_cases_are_read_alike_twice() -> None:
    """No part is complete that the articles do not complete, and none is refused that they do."""
    dice = random.Random(16)
    verified = incomplete = 0
    for _ in range(ROUNDS):
        case = drawn(dice)
        answer, read = verify_identity(case), complete(case)
        assert {part: part in done(answer) for part in PARTS[case.who]} == read, case
        assert answer.verified == all(read.values())
        assert {one.part for one in answer.missing} == {one for one in read if not read[one]}
        verified += answer.verified
        incomplete += not answer.verified
    assert verified > 1_000
    assert incomplete > 1_000


def brought(case: Presented, one: Completion, dice: random.Random) -> list[Presented]:
    """The case with the whole set brought, then with each one thing of it left out."""
    papers = [
        shown(dice.choice(want.kinds), want.whose, label=f"brought {place} {number}")
        for place, want in enumerate(one.wants)
        for number in range(want.count)
    ]

    def given(more: list[Shown], facts: tuple[str, ...]) -> Presented:
        return msgspec.structs.replace(
            case, shown=(*case.shown, *more), stated=case.stated | set(facts)
        )

    fewer = [given([p for p in papers if p is not left], one.stated) for left in papers]
    fewer += [given(papers, tuple(f for f in one.stated if f != left)) for left in one.stated]
    return [given(papers, one.stated), *fewer]


def test_what_is_missing_is_enough_and_nothing_of_it_too_much() -> None:
    """Each set completes its part by the second reading; without any one thing of it, not."""
    dice = random.Random(12)
    sets = 0
    for _ in range(2_000):
        case = drawn(dice)
        for missing in verify_identity(case).missing:
            for one in missing.sets:
                whole, *fewer = brought(case, one, dice)
                assert complete(whole)[missing.part], (case, one)
                for less in fewer:
                    assert not complete(less)[missing.part], (case, one)
                sets += 1
    assert sets > 3_000


def test_act_16_1_the_card_alone_is_enough_and_a_void_one_is_not() -> None:
    """法16条1号: number and identity at once; 法17条10項: a card past its term has no force."""
    answer = person("counter", "individual-number-card")
    assert answer.verified
    assert {check.article for check in answer.checks} == {"法16条1号"}
    void = ask("person", "counter", shown("individual-number-card", valid=False))
    assert void.uncounted == (
        Uncounted("individual-number-card", "person", "not-valid", "法17条10項"),
    )
    assert not void.verified
    assert not ask("person", "counter", shown("individual-number-card", agrees=["name"])).verified
    assert not ask("person", "counter", shown("individual-number-card", copy=True)).verified
    assert ask("person", "mail", shown("individual-number-card", copy=True)).verified


def test_rule_1_a_licence_needs_a_number_paper_beside_it() -> None:
    """令12条1項, 規則1条1号: one paper for the number, one for the person."""
    assert not person("counter", "driving-licence").verified
    assert not person("counter", "resident-record-copy").verified
    answer = person("counter", "resident-record-copy", "driving-licence")
    assert [one.article for one in answer.checks] == ["令12条1項1号", "令12条1項2号・規則1条1号"]


@pytest.mark.parametrize(
    ("agrees", "abroad", "known"),
    [
        (["name", "birth"], False, True),
        (["name", "address"], False, True),
        (["birth", "address"], False, False),
        (["name"], False, False),
        (["name", "birth"], True, True),
        (["name", "address"], True, False),
    ],
)
def test_order_12_1_2_name_and_birth_or_address_agree(
    agrees: list[str], abroad: bool, known: bool
) -> None:
    """令12条1項2号: name with birth or address; 規則1条の2第2項: abroad name with birth."""
    stated = ("moved-abroad",) if abroad else ()
    answer = ask("person", "counter", shown("passport", agrees=agrees), stated=stated)
    assert ("identity" in done(answer)) == known


@pytest.mark.parametrize(
    ("issued", "why"),
    [
        (date(2012, 4, 1), None),
        (date(2012, 3, 31), "issued-on-another-day"),
        (None, "issue-day-not-stated"),
    ],
)
def test_rule_1_1_a_driving_history_certificate_by_its_day(
    issued: date | None, why: str | None
) -> None:
    """規則1条1号: only one issued on 2012-04-01 or later."""
    answer = ask("person", "counter", shown("driving-history-certificate", issued=issued))
    assert [one.why for one in answer.uncounted] == ([why] if why else [])
    assert ("identity" in done(answer)) == (why is None)


def test_rule_2_3_two_lesser_papers_only_where_one_with_photo_is_hard() -> None:
    """規則2条3項: two different ones, and the difficulty is stated; the same one is not two."""
    two = ("eligibility-certificate", "child-rearing-allowance-certificate")
    assert "identity" not in done(person("counter", *two))
    hard = ("identity-paper-hard",)
    assert "identity" in done(person("counter", *two, stated=hard))
    assert "identity" not in done(person("counter", two[0], two[0], stated=hard))
    left = person("counter", two[0], stated=hard).missing[-1].sets
    (wanted,) = (one.wants[0] for one in left if one.article == "規則2条3項")
    assert wanted.count == 1


def test_rule_1_2_a_recognised_paper_needs_its_decision() -> None:
    """規則1条2号, 2条3項2号: what a body recognises counts where the decision is named."""
    for kind in (one.id for one in evidence().values() if one.decision):
        row = next(way for way in ways() if any(kind in m.kinds for m in way.members))
        (place,) = {m.whose for m in row.members if kind in m.kinds}
        papers = [one for one in filled(row.members, 0) if one.kind != kind]
        unnamed = shown(kind, place, decision="")
        answer = ask(row.who[0], row.channel, unnamed, *papers, stated=set(row.stated))
        assert "decision-not-named" in {one.why for one in answer.uncounted}


def test_rule_2_5_the_telephone_needs_a_file_and_what_only_the_person_knows() -> None:
    """規則2条5項: papers say nothing on the telephone; the file and the questions do."""
    stated = ("file-made", "confirms-file")
    papers = ("individual-number-card", "resident-record-copy", "passport")
    assert not done(person("telephone", *papers, stated=stated))
    assert done(person("telephone", "file-on-hand", stated=stated)) == {"number"}
    told = person("telephone", "file-on-hand", "facts-only-the-person-knows", stated=stated)
    assert told.verified
    assert not person("telephone", "file-on-hand", "facts-only-the-person-knows").verified


def test_rule_2_6_an_employee_plainly_known_still_shows_the_number() -> None:
    """規則2条6項: no identity paper, but the number paper, and the decision is named."""
    assert done(person("counter", "plainly-known")) == {"identity"}
    assert person("counter", "plainly-known", "resident-record-copy").verified
    assert not done(person("online", "plainly-known"))


def test_rule_7_2_a_corporation_shows_two_papers_with_name_and_seat() -> None:
    """規則6条2項, 7条2項: the mandate, the register, and who belongs to the corporation."""
    kinds = ("power-of-attorney", "registry-certificate", "proof-of-belonging")
    papers = [shown(kind, "agent") for kind in kinds]
    card = shown("individual-number-card", copy=True)
    assert ask("mandated-corporate-agent", "counter", *papers, card).verified
    for left in papers:
        rest = [one for one in papers if one is not left]
        assert not ask("mandated-corporate-agent", "counter", *rest, card).verified
    bare = [shown(kind, "agent", agrees=["name", "birth"]) for kind in kinds]
    assert not done(ask("mandated-corporate-agent", "counter", *bare))
    assert not ask("mandated-agent", "counter", *papers, card).verified


def test_rule_9_4_a_corporation_has_no_way_on_the_telephone() -> None:
    """規則9条4項 names no paper of a corporation: nothing is offered for agency or identity."""
    answer = ask("mandated-corporate-agent", "telephone")
    assert [one.part for one in answer.missing if not one.sets] == ["authority", "agent-identity"]


def test_the_agents_own_card_is_not_the_persons() -> None:
    """令12条2項2号・3号: a card proves the agent or the person's number, by whose it is."""
    mandate = shown("power-of-attorney", "agent")
    own = shown("individual-number-card", "agent")
    assert done(ask("mandated-agent", "counter", mandate, own)) == {"authority", "agent-identity"}
    theirs = shown("individual-number-card", copy=True)
    assert ask("mandated-agent", "counter", mandate, own, theirs).verified


def test_supplement_6_2_a_notification_card_counts_while_nothing_changed() -> None:
    """令和元年法16号附則6条2項: unchanged since 2020-05-25; of none issued from that day on."""
    photo = shown("passport")
    fact = ("notification-card-unchanged",)
    assert ask("person", "counter", shown("notification-card"), photo, stated=fact).verified
    assert not ask("person", "counter", shown("notification-card"), photo).verified
    late = shown("notification-card", issued=date(2020, 5, 25))
    assert not ask("person", "counter", late, photo, stated=fact).verified


def test_a_paper_of_no_article_is_named() -> None:
    """The notice of the number and the old insurance card complete nothing anywhere."""
    kinds = {kind for way in ways() for member in way.members for kind in member.kinds}
    assert set(evidence()) - kinds == {"number-notice", "health-insurance-card"}
    answer = person("counter", "number-notice", "health-insurance-card")
    assert {one.why for one in answer.uncounted} == {"not-of-this-case"}


def test_a_day_before_the_wording_at_hand_is_not_held() -> None:
    """What read otherwise or is not known is answered `day-not-held`, never verified."""
    card = shown("individual-number-card")
    case = Presented(day=date(2026, 3, 31), who="person", channel="counter", shown=(card,))
    assert verify_identity(case).reason == "day-not-held"
    assert verify_identity(msgspec.structs.replace(case, day=date(2026, 4, 1))).verified


def test_unknown_names_are_errors() -> None:
    """A paper or circumstance of no list is an error, not a refusal."""
    with pytest.raises(UnknownNameError, match="student-card"):
        ask("person", "counter", Shown(kind="student-card", valid=True, agrees=ALL))
    with pytest.raises(UnknownNameError, match="in-a-hurry"):
        ask("person", "counter", stated=("in-a-hurry",))


def test_the_tables_keep_their_own_rules() -> None:
    """Every name is known, every row has article, days and source, every label both languages."""
    assert len({way.id for way in ways()}) == len(ways())
    for way in ways():
        assert way.article
        assert way.source
        assert {*way.stated, *way.unless} <= set(circumstances())
        assert way.members
        assert all(set(way.parts) <= set(PARTS[who]) for who in way.who)
        for member in way.members:
            assert set(member.kinds) <= set(evidence())
            paper = any(evidence()[kind].form == "paper" for kind in member.kinds)
            assert paper or not member.copy
            assert way.channel != "mail" or member.copy == paper
    assert {fact for way in ways() for fact in (*way.stated, *way.unless)} == set(circumstances())
    for one in [*evidence().values(), *circumstances().values()]:
        assert one.ja
        assert one.en.isascii()
