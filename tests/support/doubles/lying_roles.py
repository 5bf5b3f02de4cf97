"""Processes that lie: a role's real code with its real keys, and one thing done otherwise (嘘つき).

Run as a script, `lying_roles.py LIE ROLE CONFIG`, it serves the role as `renkei serve` does after
the lie was put in. What stops a liar is somebody else, never a missing key.
"""

import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec


def ghost_account() -> None:
    """A portal that files every new line in an account that is nobody's, and opens it truly.

    The sum is right. Asked for such a line it gives its r and its code, and the account of that
    code with the proof of that account's last line: the nearest to the truth that it has.
    """
    from renkei.crypto import merkle, sum_tree
    from renkei.crypto.suite import RISTRETTO255
    from renkei.kit.randomness import system_randomness
    from renkei.roles.portal.service import audit, filing
    from renkei.roles.portal.store import lines
    from renkei.wire.history import encode_path

    ghost = RISTRETTO255.element_from_uniform(system_randomness(64))
    hidden: dict[int, bytes] = {}
    honest_open, honest_standing = filing.FilingService.open_line, audit.standing_of

    def hide(self: Any, line: Any) -> Any:
        found = honest_open(self, line)
        code = getattr(found, "code", None)
        if code is None:
            return found
        hidden[line.leaf] = code
        return replace(found, code=ghost)

    def standing(connection: Any, tree: Any, leaf: int) -> Any:
        filed, shown = honest_standing(connection, tree, leaf)
        code = hidden.get(leaf)
        if code is None:
            return filed, shown
        place = sum_tree.position(code)
        account, path = tree.prove(place)
        number = account.count if account is not None else 1
        held = lines.at_place(connection, place)
        proof = []
        if account is not None and held is not None:
            subtrees = lines.subtrees(connection, held)
            proof = merkle.inclusion_proof(number - 1, number, subtrees)
        shown = msgspec.structs.replace(
            shown, place=place, number=number, path=encode_path(path), inclusion=proof
        )
        return replace(filed, code=code), shown

    filing.FilingService.open_line = hide  # type: ignore[method-assign]
    audit.standing_of = standing


def rewritten_record() -> None:
    """A network that logs other items than were asked for, and promises that record."""
    from renkei.roles.linkage.service import permit

    honest = permit.record_of

    def rewrite(*facts: Any) -> Any:
        return msgspec.structs.replace(honest(*facts), items=["pension-benefit"])

    permit.record_of = rewrite


def hidden_record() -> None:
    """A network that logs other items, and promises the inquirer the record that should be."""
    from renkei.law import Decision
    from renkei.roles.linkage.service import permit
    from renkei.wire.entries import EntryKind, write_entry

    honest, reply = permit.record_of, permit.PermitService.write_permit
    rewritten_record()

    def promise(self: Any, letter: Any, provider: Any, converted: Any, terms: Any) -> Any:
        basis, valid_until, told = terms
        decision = Decision(True, basis.article, basis.row, "permitted")
        record = honest(letter.message, letter.digest, decision, told["portal_digest"])
        hashed = permit.log.promise(EntryKind.EXCHANGE, write_entry(record), told["salt"])
        terms = (basis, valid_until, {**told, "entry_hash": hashed})
        return reply(self, letter, provider, converted, terms)

    permit.PermitService.write_permit = promise  # type: ignore[method-assign]


def broken_box() -> None:
    """An inquirer that gives the portal a box with another seed than that of its request."""
    from renkei.roles.institution.service.asking import ask

    honest = ask.portal_box

    def box(party: Any, about: Any, seed: bytes, at: Any) -> Any:
        return honest(party, about, party.randomness(len(seed)), at)

    ask.portal_box = box


def shut_boxes() -> None:
    """A portal that says of every box that it does not open."""
    from renkei.roles.portal.service.filing import FilingService

    FilingService.opened = lambda *_: None  # type: ignore[method-assign,assign-method]


LIES: dict[str, Callable[[], None]] = {
    "ghost-account": ghost_account,
    "rewritten-record": rewritten_record,
    "hidden-record": hidden_record,
    "broken-box": broken_box,
    "shut-boxes": shut_boxes,
}
"""What a process can be told to do otherwise, by name."""


def main() -> None:
    """Put the lie in and serve."""
    lie, role, config = sys.argv[1:]
    LIES[lie]()
    sys.argv = ["renkei", "serve", role, "--config", config]
    runpy.run_module("renkei", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
