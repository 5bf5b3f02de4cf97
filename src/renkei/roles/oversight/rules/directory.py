"""Whether the Commission countersigns a version of the directory (機関台帳の連署). Pure."""

from datetime import datetime, timedelta
from typing import Final

from renkei.wire.directory import Directory
from renkei.wire.key_id import KeyId
from renkei.wire.linkage.directory import DirectoryEntry, DirectoryVersion

DIRECTORY_DAYS_LIMIT: Final = 30
SKIPPED_VERSIONS_LIMIT: Final = 1_000
"""Numbers are used once: each proposal that was overtaken before it was signed leaves a gap, and a
number far away would leave none for later."""
CLOCK_SECONDS: Final = 300


def check_directory(held: Directory, proposed: DirectoryVersion, now: datetime) -> list[str]:
    """Why the Commission does not countersign a version; empty where it does (機関台帳の連署)."""
    wrong = []
    last = held.version + SKIPPED_VERSIONS_LIMIT + 1
    if not held.version < proposed.version <= last:
        wrong.append(f"the version after {held.version} is {held.version + 1} to {last}")
    if not held.issued_at < proposed.at <= now + timedelta(seconds=CLOCK_SECONDS):
        wrong.append("the version was not signed after the one before it, or is of the future")
    if proposed.expires_at > proposed.at + timedelta(days=DIRECTORY_DAYS_LIMIT):
        wrong.append(f"a version runs out at most {DIRECTORY_DAYS_LIMIT} days after issue")
    if proposed.expires_at <= now:
        wrong.append("the version has run out already")
    wrong += _shared(proposed.entries)
    entries = {entry.party: entry for entry in proposed.entries}
    for party, before in held.entries.items():
        after = entries.get(party)
        if after is None:
            until = before.active_until
            if until is None or until > proposed.at.date().isoformat():
                wrong.append(f"{party} is left out and its end was not announced")
        else:
            wrong += _changes(before, after)
    return wrong


def _shared(entries: list[DirectoryEntry]) -> list[str]:
    """Names, keys and endpoints that more than one party has."""
    owners: dict[tuple[str, object], str] = {}
    wrong = []
    for entry in entries:
        things: list[tuple[str, object]] = [
            ("name", entry.party),
            ("DNS name", entry.dns_name),
            ("endpoint", (entry.host, entry.port)),
        ]
        things += [("key id", key.kid) for key in entry.signing_keys]
        things += [("signing key", key.public) for key in entry.signing_keys]
        things += [("agreement key", key.public) for key in entry.agreement_keys]
        for kind, value in things:
            owner = owners.setdefault((kind, value), entry.party)
            if owner != entry.party:
                wrong.append(f"{owner} and {entry.party} have the same {kind}")
        if any(KeyId.parse(key.kid).party != entry.party for key in entry.signing_keys):
            wrong.append(f"{entry.party} lists a key id of another party")
    names = [entry.party for entry in entries]
    return wrong + [f"{name} is listed twice" for name in {n for n in names if names.count(n) > 1}]


def _changes(before: DirectoryEntry, after: DirectoryEntry) -> list[str]:
    """What may not change between two versions of one entry."""
    name, wrong = before.party, []
    if (before.role, before.kind) != (after.role, after.kind):
        wrong.append(f"{name} became another kind of body")
    if not before.epoch <= after.epoch <= before.epoch + 1:
        wrong.append(f"the code epoch of {name} may only rise, by one")
    keys = {key.kid: key.public for key in after.signing_keys}
    if any(keys.get(key.kid, key.public) != key.public for key in before.signing_keys):
        wrong.append(f"a key id of {name} got another key")
    periods = {key.period: key.public for key in after.agreement_keys}
    if any(periods.get(key.period, key.public) != key.public for key in before.agreement_keys):
        wrong.append(f"a key period of {name} got another key")
    return wrong
