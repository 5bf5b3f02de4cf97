"""What somebody is told to type can be typed: in messages, help, pages, data and documents."""

import pytest
from hints import PLACE, every_option, fault, faults_of_make, hints, options_named, strings, texts

TEXTS = list(texts())


def test_every_command_that_is_named_exists() -> None:
    """Each call of `renkei` anywhere names a command of today, with options and words it takes."""
    found = [one for place, text in TEXTS for one in hints(text, place)]
    assert len({one.words for one in found}) > 40
    assert len({one.place.split(":")[0] for one in found}) > 25
    wrong = [f"{one.place}: {one.words}: {why}" for one in found if (why := fault(one.words))]
    assert wrong == []


def test_every_target_and_tool_that_is_named_exists() -> None:
    """Each `make TARGET`, variable of make and `tools/` file anywhere is there."""
    wrong = [f"{place}: {why}" for place, text in TEXTS for why in faults_of_make(text)]
    assert wrong == []


def test_every_option_that_a_message_names_exists() -> None:
    """Each `--option` in a text of the commands and of the sandbox is one of some command."""
    known = every_option()
    spoken = [(place, text) for place, text in TEXTS if "/cli/" in place or "/sandbox/" in place]
    named = [(place, one) for place, text in spoken for one in sorted(options_named(text))]
    assert len({one for _, one in named}) > 20
    assert [f"{place}: {one}" for place, one in named if one not in known] == []


@pytest.mark.parametrize(
    "words",
    [
        "renkei desks persons",
        "renkei desk person",
        "renkei verify FILE --anchor keys.json",
        "renkei verify",
        "renkei law show",
        "renkei law show 106 107",
        "renkei up --residents",
        "renkei desk case --case T1",
        f"renkei up --folders {PLACE}",
    ],
)
def test_what_cannot_be_typed_is_seen(words: str) -> None:
    """A command, option or word that is not there or missing is told; a name alone is fine."""
    assert bool(fault(words)) == (words not in ("renkei verify", "renkei law show"))


def test_parts_of_a_message_are_placeholders() -> None:
    """A message put together from parts is read as one text, the program's name as itself."""
    import ast

    code = 'say(f"type `{program()} up --folder {folder}` or " f"{x}; run: renkei nothing")'
    ((_, text),) = strings(ast.parse(code))
    found = [one.words for one in hints(text, "here")]
    assert found == [f"renkei up --folder {PLACE}", "renkei nothing"]
    assert [fault(one) for one in found] == [None, "no command 'nothing'"]
    assert list(faults_of_make("type `make tests` or `make soak HOURS=1`, see tools/none.py")) == [
        "no target: make tests",
        "no variable of make: HOURS",
        "no such file: tools/none.py",
    ]
