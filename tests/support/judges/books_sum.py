"""Do log, ledger, codes and the Commission's books hold in themselves? Sentences that say no."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from books import EXCHANGE, Books
from looking import named_rows as read_rows
from placing import SQLITE as EMBEDDED
from sqlalchemy.exc import SQLAlchemyError

from renkei.crypto import merkle, sum_tree
from renkei.crypto.account_tree import line_hash
from renkei.crypto.checkpoint import parse_checkpoint
from renkei.crypto.errors import ProofError
from renkei.crypto.merkle import Frontier, TreeHead
from renkei.crypto.note import NoteKey
from renkei.crypto.sum_tree import Account
from renkei.roles.oversight.rules import GUESSES_A_DAY
from renkei.sandbox.configuration import LOG_ORIGIN
from renkei.sandbox.country import open_existing


def log_extends(books: Books, heads: Mapping[int, bytes]) -> list[str]:
    """What is wrong with the log: gaps, or a head once shown that is no beginning of the newest."""
    leaves = [leaf for leaf in books.leaves if leaf["position"] is not None]
    leaves.sort(key=lambda leaf: leaf["position"])
    # A root that came while everything was being stopped may wait for its place.
    if [leaf["position"] for leaf in leaves] != list(range(len(leaves))):
        return ["the positions of the log's entries are not 0, 1, 2 and so on"]
    path = books.country.database("linkage")
    notes = read_rows(path, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
    key = NoteKey(LOG_ORIGIN, books.country.keys("linkage").public("checkpoint"))
    newest = parse_checkpoint(notes[0]["note"].encode(), key)[0].head
    nodes = {
        (node.level, node.index): node.hash
        for node in Frontier().extend(leaf["hash"] for leaf in leaves)[1]
    }

    def get_hash(level: int, index: int) -> bytes:
        return nodes[level, index]

    if newest != TreeHead(len(leaves), merkle.root(leaf["hash"] for leaf in leaves)):
        return [f"the newest checkpoint (size {newest.size}) is not of the entries there are"]
    wrong = []
    for size, root in heads.items():
        try:
            proof = merkle.consistency_proof(size, newest.size, get_hash)
            merkle.verify_consistency(TreeHead(size, root), newest, proof)
        except ProofError as error:
            wrong.append(f"the log was shown with size {size}, which it does not extend: {error}")
    return wrong


def ledger_sums(books: Books) -> list[str]:
    """What is wrong with the ledger: accounts, their trees, the sum, the roots stated."""
    wrong = list(_trees(books))
    country = books.country
    entries = len(books.leaves_of(EXCHANGE))
    places = read_rows(country.database("portal"), "SELECT place, peaks, count FROM account")
    if sum(one["count"] for one in places) != entries:
        wrong.append(f"accounts count {sum(one['count'] for one in places)} lines, not {entries}")
    accounts = {
        one["place"]: Account(_frontier(one).root(), one["count"]) for one in places if one["count"]
    }
    root = sum_tree.root(sum_tree.update(accounts).get)
    for party, query in (
        ("portal", "SELECT root, exchange_entries FROM root WHERE noted"),
        ("linkage", "SELECT root, exchange_entries FROM ledger"),
        ("oversight", "SELECT root, exchange_entries FROM statement WHERE handed"),
    ):
        newest = read_rows(country.database(party), f"{query} ORDER BY log_size DESC LIMIT 1")
        if [(one["root"], one["exchange_entries"]) for one in newest] != [(root.hash, entries)]:
            wrong.append(f"{party}: the newest ledger root is not that of all {entries} lines")
    return wrong


def _frontier(account: Mapping[str, Any]) -> Frontier:
    """An account's tree as it stands; an empty one where what stands is no tree."""
    peaks = account["peaks"]
    hashes = tuple(peaks[at : at + 32] for at in range(0, len(peaks), 32))
    try:
        return Frontier(account["count"], hashes)
    except ProofError:
        return Frontier()


def _trees(books: Books) -> Iterator[str]:
    trees: dict[int, Frontier] = {}
    hashes = {leaf["position"]: leaf["hash"] for leaf in books.leaves}
    for line in books.lines:
        tree = trees.get(line["account"], Frontier())
        made = line_hash(tree.size + 1, line["leaf"], hashes.get(line["leaf"], bytes(32)))
        trees[line["account"]] = tree = tree.extend([made])[0]
        if (line["number"], line["head"]) != (tree.size, tree.root()):
            yield f"line of leaf {line['leaf']}: breaks the tree of its account"
    path = books.country.database("portal")
    for one in read_rows(path, "SELECT id, peaks, count, code FROM account"):
        if _frontier(one) != trees.get(one["id"], Frontier()):
            yield f"account {one['id']}: count or tree is not that of its lines"
        if one["code"] is None and one["count"]:
            yield f"{one['count']} lines are unassigned"


def commission_is_content(books: Books) -> list[str]:
    """What the Commission, the portal or an institution has found, or stopped for."""
    country, wrong = books.country, []
    for one in read_rows(country.database("oversight"), "SELECT halted FROM witness"):
        if one["halted"] is not None:
            wrong.append(f"the witness has halted: {one['halted']}")
    for one in read_rows(country.database("oversight"), "SELECT kind, detail FROM finding"):
        if not (one["kind"] == "guessing" and _offered_often(books, one["detail"])):
            wrong.append(f"the Commission found {one['kind']}: {one['detail']}")
    for one in read_rows(country.database("portal"), "SELECT kind, detail FROM finding"):
        wrong.append(f"the portal found {one['kind']}: {one['detail']}")
    for plan in country.institutions():
        for one in read_rows(country.database(plan.party), "SELECT kind, tx FROM finding"):
            wrong.append(f"{plan.party} found {one['kind']} in {one['tx']}")
    (counted,) = read_rows(country.database("oversight"), "SELECT size, exchange FROM counted")
    below = [leaf for leaf in books.leaves_of(EXCHANGE) if leaf["position"] < counted["size"]]
    if counted["exchange"] != len(below):
        wrong.append(f"the Commission counted {counted['exchange']} exchanges of {len(below)}")
    return wrong


def _offered_often(books: Books, detail: str) -> bool:
    """Whether a finding of guessing is true: a long run asks about strangers all day long."""
    offered = Counter(
        (one["institution"], one["provider"]) for one in books.asked if one["outcome"] == "no-data"
    )
    return any(
        count >= GUESSES_A_DAY and detail.startswith(f"{there} ") and f" by {here} on " in detail
        for (here, there), count in offered.items()
    )


def codes_fit(books: Books) -> list[str]:
    """Whose codes at two institutions are not of one person; only the sandbox can tell."""
    scalars = books.country.keys("linkage")
    elements = {(one["institution"], one["person"]): one["element"] for one in books.codes}
    wrong, compared = [], 0
    for tag, persons in books.country.manifest.persons.items():
        held = [(name, elements[name, who]) for name, who in persons.items()
                if (name, who) in elements]  # fmt: skip
        for (a, code_a), (b, code_b) in pairwise(held):
            compared += 1
            mine, theirs = scalars.scalar(f"scalar-{a}-1"), scalars.scalar(f"scalar-{b}-1")
            if mine.ratio_multiply(theirs, code_a) != code_b:
                wrong.append(f"{tag}: {a} and {b} have codes of two persons")
    return wrong if compared else ["no code could be compared with another"]


def files_sound(folder: Path, parties: list[str]) -> list[str]:
    """Which database file is damaged: SQLite's own check of pages, indexes and foreign keys.

    A server's files are its own: killing its clients cannot reach them.
    """
    wrong, country = [], open_existing(folder)
    for party in parties:
        where = country.database(party)
        if where.engine != EMBEDDED:
            continue
        try:
            found = [row["integrity_check"] for row in read_rows(where, "PRAGMA integrity_check")]
            loose = read_rows(where, "PRAGMA foreign_key_check")
        except (sqlite3.DatabaseError, SQLAlchemyError) as error:
            found, loose = [str(error)], []
        if found != ["ok"]:
            wrong.append(f"{party}: {found[0]}")
        if loose:
            wrong.append(f"{party}: a row refers to one that is not there")
    return wrong
