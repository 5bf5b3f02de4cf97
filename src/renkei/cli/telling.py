"""Telling the story of the demo in a terminal (顛末の表示)."""

from typing import Any

from rich.console import Console
from rich.table import Table

from renkei.law import procedure
from renkei.sandbox.country import Country
from renkei.sandbox.story import Account

_OUTCOMES = {
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
    timings = account.timings
    console.print(
        f"\nThe exchanges took {timings['exchange_seconds']} s, "
        f"everything {timings['total_seconds']} s.",
        highlight=False,
    )


def _exchanges(console: Console, account: Account, names: dict[str, str]) -> None:
    table = Table(title="Who asked whom for what, under which law", show_lines=True)
    for heading in ("asked by", "asked of", "about", "item", "basis", "outcome"):
        table.add_column(heading, overflow="fold")
    for one in account.exchanges:
        table.add_row(
            names[one["requester"]],
            names[one["provider"]],
            one["subject"],
            ", ".join(one["items"]),
            _basis(one["basis"]["article"], one["basis"]["row"]),
            _OUTCOMES.get(one["outcome"], one["outcome"]),
        )
    console.print(table)
    for one in account.provided:
        shown = ", ".join(f"{name} {value}" for name, value in one["fields"].items())
        console.print(f"  {one['item']} (as of {one['as_of']}): {shown}", highlight=False)


def _basis(article: str | None, row: str | None) -> str:
    return f"{article or 'no article (technical)'}" + (f", row {row}" if row else "")


def _papers(console: Console, account: Account) -> None:
    console.print("\n[bold]Papers the parent need not bring (添付書類の省略)")
    for paper in account.documents_omitted:
        why = "the city holds it itself" if paper["reason"] == "own-data" else "provided"
        console.print(f"  ✓ {paper['paper']} ({paper['paper_en']}): {why}", highlight=False)
    console.print("[bold]Papers still to bring")
    for paper in account.documents_needed:
        console.print(
            f"  • {paper['paper']} ({paper['paper_en']}), about the {paper['subject']}: "
            f"{_why_needed(paper)}",
            highlight=False,
        )


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


def _codes(console: Console, account: Account, names: dict[str, str]) -> None:
    institutions = sorted({name for codes in account.codes.values() for name in codes})
    table = Table(title="The same people's codes, side by side: only this sandbox can see them so")
    table.add_column("person")
    for name in institutions:
        table.add_column(names[name], overflow="fold")
    for person, codes in account.codes.items():
        table.add_row(person, *(codes.get(name, "not on file") for name in institutions))
    console.print(table)
