"""The closed list of lies that nobody can catch, each with its sentence in docs/security.md.

An entry covers what is wrong, not who says it: a round is on the list only where everything that is
wrong is of one entry.
"""

from collections.abc import Callable
from dataclasses import dataclass

from game_books import Wrong


@dataclass(frozen=True)
class Listed:
    """One entry: its name, its sentence, and what is of it."""

    name: str
    sentence: str
    covers: Callable[[str, Wrong], bool]
    """The liar's name and one thing that is wrong."""


CITIES = ("chofu-city", "ichikawa-city")


def _withheld(liar: str, wrong: Wrong) -> bool:
    """Only what depends on the liar is missing: of a city, what another one asked of it."""
    if wrong.kind != "missing":
        return False
    return liar not in CITIES or wrong.what == "order"


def _whose(liar: str, wrong: Wrong) -> bool:
    """Whose point a number was filled with, and what J-LIS says that it compared."""
    words = ("sign-in", "account", "code", "comparison", "notice", "line", "provision")
    return liar == "individual-number" and (wrong.what in words or wrong.kind == "missing")


def _shown(liar: str, wrong: Wrong) -> bool:
    """Whose account whoever signs in is shown."""
    three = ("individual-number", "linkage", "portal")
    return liar in three and wrong.what in ("sign-in", "account")


def _content(liar: str, wrong: Wrong) -> bool:
    return liar in CITIES and wrong.what == "content" and wrong.where != liar


LISTED: tuple[Listed, ...] = (
    Listed(
        "the portal's pages",
        "What a page shows is the portal's word, comparisons at J-LIS included",
        lambda liar, wrong: (liar, wrong.what) == ("portal", "comparison"),
    ),
    Listed(
        "kept back",
        "Nobody can be made to do its part: whoever does not answer, answers with an error of the "
        "closed list, or lets its own process fail, stops what depends on it.",
        _withheld,
    ),
    Listed(
        "a provider's word",
        "What a provider says of its own file is its word: content that is not so, `no-data`, "
        "`withheld`, a decision never taken.",
        lambda liar, wrong: _content(liar, wrong) or (liar in CITIES and _withheld(liar, wrong)),
    ),
    Listed(
        "the account at sign-in",
        "Whose account a person is shown at sign-in is the word of J-LIS, which fills a number, of "
        "the network, which converts it, and of the portal, which looks it up",
        _shown,
    ),
    Listed(
        "J-LIS's word",
        "Whose point is whose, who agrees with whom, and what people read of comparisons is "
        "J-LIS's word",
        _whose,
    ),
)
