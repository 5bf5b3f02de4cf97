"""Telling the story of the demo in a terminal (顛末の表示)."""

import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from renkei.cli import words
from renkei.cli.saying import heading, program, say
from renkei.law import procedure
from renkei.sandbox.country import Country
from renkei.sandbox.story import Account
from renkei.wire.reasons import reason_text


def tell(account: Account, country: Country) -> None:
    """Print who asked whom for what, what fell away, what was refused, and the codes."""
    names = {plan.party: f"{plan.name_ja} ({plan.name_en})" for plan in country.plans}
    say(f"{procedure('child-allowance').ja} — child allowance, new claim")
    _exchanges(account, names)
    _papers(account)
    _refusals(account, names, country.folder)
    _codes(account, names)
    _history(account, country)
    timings = account.timings
    say(
        f"\nThe exchanges took {timings['exchange_seconds']} s, "
        f"everything {timings['total_seconds']} s."
    )


def _exchanges(account: Account, names: dict[str, str]) -> None:
    heading("Who asked whom for what, under which law")
    for one in account.exchanges:
        labels = ", ".join(
            words.item_words(one["affair"], one["sub_affair"], item, account.day)
            for item in one["items"]
        )
        say(f"  {names[one['requester']]} asked {names[one['provider']]}", hang=4)
        say(f"      for    {labels}", hang=7)
        say(f"      about  {_about(one)}", hang=7)
        say(f"      basis  {words.basis_words(one['basis']['article'], one['basis']['row'])}")
        say(f"      result {words.OUTCOMES[one['outcome']]}")
    if account.provided:
        heading("What arrived")
    for one in account.provided:
        say(f"  {words.category_words(one['item'])}, as of {one['as_of']}", hang=4)
        say(f"  about {_about(one)}", hang=4)
        for name, value in filter(lambda pair: words.is_shown(pair[0]), one["fields"].items()):
            label = words.field_word(one["item"], name)
            say(f"      {label}: {words.value_word(one['item'], name, value)}", hang=4)


def _about(one: dict[str, Any]) -> str:
    """Whom something is about, so that two children are two: as the asking city's file has it."""
    who = words.subject_words(one["subject"])
    return f"the {who}: {one['name']}, born {one['birth_date']}"


def _papers(account: Account) -> None:
    titles = ("Papers the parent need not bring (添付書類の省略)", "Papers still to bring")
    lists = (account.documents_omitted, account.documents_needed)
    for title, sign, papers in zip(titles, "✓•", lists, strict=True):
        if papers:
            heading(title)
        for line, people in _grouped(
            papers, lambda paper: words.paper_reason(paper["reason"])
        ).items():
            say(f"  {sign} {line}{_times(people)}", hang=4)
    if not account.documents_needed:
        heading("No paper is left to bring.")


def _grouped(
    papers: list[dict[str, Any]], why: Callable[[dict[str, Any]], str]
) -> dict[str, list[str]]:
    """Papers with the same name and reason on one line, with whom they are about."""
    lines: dict[str, list[str]] = {}
    for paper in papers:
        text = f"{paper['paper']} ({paper['paper_en']}): {why(paper)}"
        subject = paper["subject"]
        lines.setdefault(text, [])
        if subject is not None:
            lines[text].append(words.subject_words(subject))
    return lines


def _times(people: list[str]) -> str:
    counted = ", ".join(f"{who} ×{n}" if n > 1 else who for who, n in Counter(people).items())
    return f" [{counted}]" if counted else ""


def _refusals(account: Account, names: dict[str, str], folder: Path) -> None:
    heading("Refused on purpose: the spouse's tax (配偶者の税)")
    by = {
        "requester": "the city's own rules",
        "network": "the network, asked by a requester double",
    }
    for one in account.refusals:
        say(
            f"  ✗ as the {words.subject_words(one['subject'])}, by {by[one['refused_by']]}: "
            f"{words.basis_words(one['article'], one['row'])}, "
            f"asked of {names[one['provider']]}: {reason_text(one['reason'])}",
            hang=4,
        )
    say("  The double keeps no record of what it asked. The Commission finds that out, going round")
    say(f"  the log: {program()} oversight findings --folder {shlex.quote(str(folder))}", hang=4)


def _history(account: Account, country: Country) -> None:
    heading("What the parent sees at the portal (やりとり履歴)")
    for line in account.history:
        items = "、".join(words.category_words(item) for item in line["items"])
        outcome = line["requester_outcome"]
        text = (
            f"  line {line['number']}: {line['requester']['name_ja']} "
            f"{line['office']['name_ja']} asked {line['provider']['name_ja']} for {items}; "
            f"{words.basis_words(line['article'], None)}; "
            f"{'no receipt yet' if outcome is None else words.OUTCOMES[outcome]}; "
            f"{'witnessed' if line['witnessed'] else 'not yet witnessed'}"
        )
        say(text, hang=4)
    proof = account.proof
    verdict = "verified" if proof["verified"] else "NOT verified"
    seen = "witnessed by the Commission" if proof["witnessed"] else "not witnessed"
    say(
        f"  the whole history of {proof['lines']} lines: {verdict}, {seen}, "
        f"log size {proof['tree_size']}",
        hang=4,
    )
    heading("Check it yourself:")
    typer.echo(f"  {verify_command(proof['file'], country)}")


def verify_command(file: str, country: Country) -> str:
    """The command that checks a download of this country, as it must be typed."""
    return f"{program()} verify {shlex.quote(file)} --anchors {shlex.quote(str(country.anchors))}"


def _codes(account: Account, names: dict[str, str]) -> None:
    institutions = sorted({name for codes in account.codes.values() for name in codes})
    heading("The same people's codes, side by side: only this sandbox can see them so")
    for name in institutions:
        say(f"  {names[name]}", hang=4)
        for person, codes in account.codes.items():
            typer.echo(f"      {person:<10} {codes.get(name, 'not on file')}")
