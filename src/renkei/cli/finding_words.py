"""What the Commission found, as people read it in a terminal (指摘事項の表示)."""

from collections.abc import Sequence
from typing import Final

import typer

from renkei.cli.saying import as_typed, say
from renkei.roles.oversight.store.findings import Found, Group, Summary

KINDS: Final = {
    "fork": "the log contradicts itself ログの分岐",
    "entries-differ": "entries are not those of the log 項目の相違",
    "withheld-leaf": "a promised entry is not in the log 記録の欠落",
    "records-differ": "records of one exchange differ 記録の相違",
    "ledger-count": "the ledger's sum is not the log's 台帳の件数違い",
    "ledger-fork": "two ledgers at one log size 台帳の分岐",
    "ledger-old": "an old ledger is shown 古い台帳",
    "count-fell": "an account is not what it was 口座の減少",
    "opening-failed": "a line does not stand where it must 開封不可",
    "unassigned": "a line opens for nobody 帰属不明",
    "record-departs": "a record is not what was signed 署名との相違",
    "record-changed": "an old record was changed 記録の改変",
    "record-vanished": "an old record is gone 記録の消失",
    "unconfirmed-code": "a line under a code nobody confirmed 未確認の符号",
    "lines-lost": "the portal cannot open lines any more 行の喪失",
    "flood": "very many requests about one person 過剰な照会",
    "false-evidence": "evidence is not what it is said to be 虚偽の証拠",
    "directory-refused": "a version of the directory is not fit 機関台帳の不備",
    "guessing": "attributes are tried out 照合の試行",
}
"""Every kind of finding in words, English with Japanese."""


def say_summary(summary: Summary) -> None:
    """One paragraph for each kind and those who can have done it, however many there are."""
    for one in summary.groups:
        _say_group(one)
    if summary.more_groups:
        text = f"and {summary.more_groups} more groups; to open a kind: "
        say(as_typed(f"{text}renkei oversight findings --kind KIND"))


def _say_group(one: Group) -> None:
    say(f"{one.count:>7} × {one.kind}: {KINDS.get(one.kind, one.kind)}")
    say(f"          can have done it: {', '.join(one.possible)}")
    say(f"          {one.first_at:%Y-%m-%d %H:%M:%S} to {one.last_at:%Y-%m-%d %H:%M:%S} UTC")
    say(f"          newest: {one.newest_subject}", hang=2)
    if one.with_evidence < one.count:
        say(f"          with evidence: {one.with_evidence} of {one.count}; the others are counted")


def say_findings(found: Sequence[Found], following: str | None) -> None:
    """Findings one by one, and the command for the next page."""
    for one in found:
        typer.echo(f"{one.number:>7} {one.found_at:%Y-%m-%d %H:%M:%S} {one.kind}: {one.subject}")
        say(f"          {one.detail}", hang=2)
        say(f"          can have done it: {', '.join(one.possible)}", hang=2)
        if one.excluded:
            say(f"          cannot have done it: {', '.join(one.excluded)}", hang=2)
        if one.why:
            say(f"          because {one.why}", hang=2)
        kept = f"{len(one.evidence)} signed" if one.evidence_kept else "not kept: too many that day"
        say(f"          evidence: {kept}")
    if following is not None:
        typer.echo(as_typed(f"more: {following}"), err=True)
