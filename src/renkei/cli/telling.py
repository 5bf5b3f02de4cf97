"""Telling the story of the demo in a terminal (顛末の表示)."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from renkei.law import items_permitted, procedure
from renkei.sandbox.country import Country
from renkei.sandbox.story import Account

_THOUSANDS_FROM: Final = 10_000
_OUTCOMES: Final = {
    "provided": "provided 提供",
    "no-data": "no data 該当なし",
    "refused": "refused 拒否",
    "lapsed": "lapsed 失効",
}


def tell(account: Account, country: Country) -> None:
    """Print who asked whom for what, what fell away, what was refused, and the codes."""
    console = Console(soft_wrap=False)
    names = {plan.party: f"{plan.name_ja} ({plan.name_en})" for plan in country.plans}
    console.rule(f"[bold]{procedure('child-allowance').ja} — child allowance, new claim")
    _exchanges(console, account, names)
    _papers(console, account)
    _refusals(console, account, names)
    _codes(console, account, names)
    _history(console, account)
    timings = account.timings
    console.print(
        f"\nThe exchanges took {timings['exchange_seconds']} s, "
        f"everything {timings['total_seconds']} s.",
        highlight=False,
    )


def _exchanges(console: Console, account: Account, names: dict[str, str]) -> None:
    day = account.day
    console.print("\n[bold]Who asked whom for what, under which law")
    for one in account.exchanges:
        labels = ", ".join(_label(one, item, day) for item in one["items"])
        lines = (
            f"  {names[one['requester']]} asked {names[one['provider']]}",
            f"      for    {labels}, about the {one['subject']}",
            f"      basis  {_basis(one['basis']['article'], one['basis']['row'])}",
            f"      result {_OUTCOMES.get(one['outcome'], one['outcome'])}",
        )
        console.print("\n".join(lines), highlight=False)
    console.print("\n[bold]What arrived")
    for one in account.provided:
        console.print(f"  {one['item']}, as of {one['as_of']}:", highlight=False)
        for name, value in one["fields"].items():
            console.print(f"      {name:<16} {_shown(value)}", highlight=False)


def _label(one: dict[str, Any], item: str, day: date) -> str:
    """The item's name in both languages, as the article's table has it."""
    for permitted in items_permitted(one["affair"], one["sub_affair"], day):
        if permitted.item == item:
            return f"{permitted.label_ja} ({permitted.label_en})"
    return item


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) and value >= _THOUSANDS_FROM else str(value)


def _basis(article: str | None, row: str | None) -> str:
    return f"{article or 'no article (technical)'}" + (f", row {row}" if row else "")


def _papers(console: Console, account: Account) -> None:
    console.print("\n[bold]Papers the parent need not bring (添付書類の省略)")
    for line, people in _grouped(account.documents_omitted, _why_omitted).items():
        console.print(f"  ✓ {line}{_times(people)}", highlight=False)
    console.print("\n[bold]Papers still to bring")
    for line, people in _grouped(account.documents_needed, _why_needed).items():
        console.print(f"  • {line}{_times(people)}", highlight=False)


def _grouped(
    papers: list[dict[str, Any]], why: Callable[[dict[str, Any]], str]
) -> dict[str, list[str]]:
    """Papers with the same name and reason on one line, with whom they are about."""
    lines: dict[str, list[str]] = {}
    for paper in papers:
        text = f"{paper['paper']} ({paper['paper_en']}): {why(paper)}"
        lines.setdefault(text, []).append(str(paper["subject"]))
    return lines


def _times(people: list[str]) -> str:
    counted = ", ".join(f"{who} ×{n}" if n > 1 else who for who, n in Counter(people).items())
    return escape(f" [{counted}]")


def _why_omitted(paper: dict[str, Any]) -> str:
    return "the city holds it itself" if paper["reason"] == "own-data" else "provided"


def _why_needed(paper: dict[str, Any]) -> str:
    reasons = {
        "not-connected": "no body that holds it is connected to this country yet",
        "no-code": "the city has no code for this person yet",
    }
    reason = str(paper["reason"])
    return reasons.get(reason, reason)


def _refusals(console: Console, account: Account, names: dict[str, str]) -> None:
    console.print("\n[bold]Refused on purpose: the spouse's tax (配偶者の税)")
    by = {
        "requester": "the city's own rules",
        "network": "the network, asked by a requester double",
    }
    for one in account.refusals:
        console.print(
            f"  ✗ by {by[one['refused_by']]}: {_basis(one['article'], one['row'])} "
            f"({one['reason']}), asked of {names[one['provider']]}",
            highlight=False,
        )


def _history(console: Console, account: Account) -> None:
    console.print("\n[bold]What the parent sees at the portal (やりとり履歴)")
    for line in account.history:
        items = "、".join(line["items"])
        seen = "witnessed" if line["witnessed"] else "not yet witnessed"
        text = (
            f"  line {line['number']}: {line['requester']['name_ja']} "
            f"{line['office']['name_ja']} asked {line['provider']['name_ja']} for {items}; "
            f"{line['article']}; {line['requester_outcome'] or 'no receipt yet'}; {seen}"
        )
        console.print(text, highlight=False)
    proof = account.proof
    verdict = "verified" if proof["verified"] else "NOT verified"
    seen = "witnessed by the Commission" if proof["witnessed"] else "not witnessed"
    console.print(
        f"  the whole history of {proof['lines']} lines: {verdict}, {seen}, "
        f"log size {proof['tree_size']}",
        highlight=False,
    )
    console.print(f"  check it yourself: renkei verify {proof['file']}", highlight=False)


def _codes(console: Console, account: Account, names: dict[str, str]) -> None:
    institutions = sorted({name for codes in account.codes.values() for name in codes})
    table = Table(title="The same people's codes, side by side: only this sandbox can see them so")
    table.add_column("institution", overflow="fold")
    for person in account.codes:
        table.add_column(person, no_wrap=True)
    for name in institutions:
        table.add_row(
            names[name], *(codes.get(name, "not on file") for codes in account.codes.values())
        )
    console.print(table)
