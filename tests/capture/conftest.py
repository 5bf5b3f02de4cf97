"""One country behind the recording proxy for all tests of this folder, and its story told once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from behind_proxies import captured_country
from capturing import Message, Told, messages, seeds_of
from country_secrets import Seeds


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The story, told to its end in a country that still runs."""
    folder: Path = tmp_path_factory.mktemp("captured") / "country"
    with captured_country(folder) as running:
        yield asyncio.run(Told(running).tell())


@pytest.fixture(scope="package")
def said(told: Told) -> list[Message]:
    """Every HTTP message between any two parties until the story had ended."""
    assert told.captured.recorder is not None
    return list(messages(list(told.captured.recorder.conversations)))


@pytest.fixture(scope="package")
def seeds(told: Told, said: list[Message]) -> dict[str, Seeds]:
    """What blinded each request, by transaction."""
    return seeds_of(told.captured, said)
