"""`renkei law coverage`: what of the law is held, and what of that is tested (網羅の状況)."""

from __future__ import annotations

import typer

from renkei.cli.saying import AsJson, say_json
from renkei.law import coverage as held

COUNTED = ("rows", "sub_affairs", "items", "procedures", "subjects")


def coverage(as_json: AsJson = False) -> None:
    """Count what of the law is held and tested (網羅の状況).

    Rows, sub-affairs, items, procedures and subjects are those the tables in force hold, each id
    once, with lines that ended or are still to begin. Articles are those of the order (3 to
    175-2) and the provisions of the Act that the law package cites. An article of the order is
    tested if the second reading compares every one of its 号 with the text of the order; one it
    lets pass, or that holds no items, is not. A provision of the Act is tested if a test names a
    function that cites it, or states it. The marks are data; a test fails where one is false.
    """
    found = held.coverage()
    if as_json:
        say_json(found)
        return
    counts = {name: getattr(found, name) for name in COUNTED}
    counts |= {"articles": found.articles.total, "tested": found.articles.tested}
    for name, count in counts.items():
        typer.echo(f"{name.replace('_', '-')}\t{count}")
    for one in held.untested():
        typer.echo(f"not tested\t{one}")
