"""The kinds of mistake an outside reading found in the articles' items, each with its examples."""

from collections import Counter
from datetime import date

import pytest

from renkei import law
from renkei.law import tables
from renkei.law.permitted_items_and_persons import conditions_of

DAY = date(2026, 2, 8)


def ask(place: str, item: str, subject: str, provider: str, *stated: str) -> law.Decision:
    """One question about one item, by the first body that may ask."""
    sub = tables.sub_affairs()[place]
    requester = sub.bodies[0] if sub.bodies else tables.provision_rows()[sub.row].requesters[0]
    return law.may_ask_item(
        requester, sub.row, place, provider, item, subject=subject, day=DAY, stated=stated
    )


def subjects(place: str, item: str) -> set[str]:
    """Everybody an item may be asked about."""
    sub = tables.sub_affairs()[place]
    return {who for one in sub.items if one.item == item for who in one.subjects}


@pytest.mark.parametrize(
    ("place", "item", "subject", "provider", "wanted"),
    [
        # a limit in the head line of a list
        ("15-4", "resident-record", "guardian", "municipality-mayor", "guardian-certified"),
        ("15-4", "insured-status", "guardian", "health-insurer", "guardian-certified"),
        ("83-6", "employees-pension", "father", "payer-public-pension", "mother-or-carer-acts"),
        ("83-6", "employees-pension", "mother", "payer-public-pension", "father-acts"),
        # one that goes on by 「において同じ」
        ("83-1", "national-pension", "father", "payer-public-pension", "mother-or-carer-acts"),
        ("83-9", "local-service-pension", "mother", "payer-public-pension", "father-acts"),
        ("90-3", "prefectural-tax", "applicant", "prefecture-governor", "widow-without-dependants"),
        # one about age, and about who is somebody else's dependant
        ("92-2", "municipal-tax", "deductible-dependant", "municipality-mayor", "under-19"),
        ("108-1", "municipal-tax", "child-in-livelihood", "municipality-mayor",
         "not-anothers-dependant"),
        # one in the head of the 号
        ("22-1", "municipal-tax", "child-concerned", "municipality-mayor",
         "not-residential-facility"),
        ("146-3", "disability-basic-pension", "applicant", "pension-service", "work-support-b"),
    ],
)  # fmt: skip
def test_a_limit_is_a_condition_that_decides(
    place: str, item: str, subject: str, provider: str, wanted: str
) -> None:
    """Refused with the article while it is not stated, allowed once it is."""
    sub = tables.sub_affairs()[place]
    row = tables.provision_rows()[sub.row]
    if provider == "prefecture-governor" and place == "90-3":
        provider = next(one.providers[0] for one in sub.items if one.item == item)
    needs = law.conditions_open(place, item, subject, stated=())
    assert wanted in needs
    open_still = ask(place, item, subject, provider, *(set(needs) - {wanted}))
    assert open_still.reason == "condition-open"
    assert (open_still.article or "").startswith("命令第")
    assert ask(place, item, subject, provider, *needs).allowed
    assert set(row.conditions) <= set(needs)


def test_a_limit_by_reference_to_another_affair_keeps_its_persons() -> None:
    """50-13 and 50-14 point to 50-4, for the taxpayer only."""
    for place in ("50-13", "50-14"):
        for item in ("child-assessment", "physical-disability-grade", "intellectual-disability"):
            assert subjects(place, item) == {"taxpayer"}, (place, item)
    assert subjects("50-4", "child-assessment") == {
        "taxpayer",
        "spouse-in-livelihood",
        "tax-dependant",
    }


@pytest.mark.parametrize("place", ["22-1", "22-2", "22-5", "22-6", "22-8"])
def test_the_carer_of_a_child_is_meant_and_nobody_else(place: str) -> None:
    """The special child rearing allowance goes to the carer, not to the child or its household."""
    assert subjects(place, "special-child-rearing-allowance") == {"carer"}


def test_persons_are_whom_the_text_describes() -> None:
    """A deceased dependant, the first degree, somebody who counts the borrower as a dependant."""
    assert subjects("5-10", "family-register") >= {"deceased-dependant", "deceased"}
    assert "dependant" not in subjects("5-10", "family-register")
    assert subjects("143-2", "family-register") == {"applicant", "first-degree-relative"}
    assert subjects("143-5", "municipal-tax") == {
        "beneficiary", "grant-repayer", "taxpayer-with-dependant",
    }  # fmt: skip
    assert subjects("88-1", "public-assistance") == {
        "person-concerned",
        "person-liable-for-support",
    }


@pytest.mark.parametrize("place", ["4-18", "8-10", "58-9", "67-15", "85-16"])
def test_an_act_that_is_not_named_is_not_asked(place: str) -> None:
    """Entitlement without the national health insurance: no mayor gives it."""
    assert ask(place, "insured-status", "insured-person", "health-insurance-society").allowed
    refused = ask(place, "insured-status", "insured-person", "municipality-mayor")
    assert refused.reason == "provider-not-of-item"


def test_information_of_the_row_narrows_the_item() -> None:
    """60-1.2 gives two benefits of employment insurance; the job change benefit is governors'."""
    items = {one.item for one in tables.sub_affairs()["60-1.2"].items}
    assert "basic-employment-benefit" in items
    assert "employment-insurance" not in items
    who = ("public-assistance-recipient",)
    assert ask("44-1", "job-change-benefit", *who, "prefecture-governor").allowed
    assert ask("44-1", "job-change-benefit", *who, "minister-of-health").reason == (
        "provider-not-of-item"
    )


def test_labels_are_unique_within_a_row() -> None:
    """A clerk can tell the affairs of a row apart, in both languages."""
    for language in ("ja", "en"):
        labels = Counter((sub.row, getattr(sub, language)) for sub in tables.sub_affairs().values())
        assert [label for label, count in labels.items() if count > 1] == [], language


def test_every_condition_is_used_and_has_its_question() -> None:
    """No condition stands in the table for nothing, none is wanted that is not there."""
    wanted = {need for row in tables.provision().rows for need in row.conditions}
    for sub in tables.sub_affairs().values():
        for one in sub.items:
            wanted.update(conditions_of(sub, one))
    used_by_use_rows = {need for row in tables.use_rows().values() for need in row.conditions}
    assert set(tables.conditions()) == wanted | used_by_use_rows
    for one in tables.conditions().values():
        assert one.ask_ja.endswith("か")
        assert one.ask_en.endswith("?")


@pytest.mark.parametrize(
    ("procedure", "places"),
    [
        ("disabled-child-daycare", {"16-1", "17-1"}),
        ("outpatient-psychiatric", {"146-6", "147-2", "148-1"}),
        ("elderly-limit", {"117-10", "118-8"}),
        ("high-school-grant", {"171-0", "172-0"}),
        ("local-tax-nonresident", {"50-2", "50-3", "50-4"}),
        ("ltc-high-cost", {"134-14", "134-27"}),
        ("ltc-food-room", {"134-16", "134-17", "134-29", "134-30"}),
    ],
)
def test_a_procedure_names_every_place_it_is_split_over(procedure: str, places: set[str]) -> None:
    """Where the order splits an affair, the desk asks under each place."""
    assert {one.sub_affair for one in law.procedure(procedure).affairs} == places


def test_every_label_says_what_is_done() -> None:
    """A label is the kind of act; none is the bare word for an affair."""
    assert not [one.id for one in tables.sub_affairs().values() if one.ja.startswith("事務")]
