"""The injective encoding: fixed vectors and injectivity."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto.encoding import PART_LIMIT_BYTES, join
from renkei.crypto.errors import FramingError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "encoding.json").read_text())


def split(data: bytes) -> list[bytes]:
    parts = []
    while data:
        length = int.from_bytes(data[:4], "big")
        assert len(data) >= 4 + length
        parts.append(data[4 : 4 + length])
        data = data[4 + length :]
    return parts


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["label"] or "empty")
def test_vectors(case: dict[str, object]) -> None:
    """The encoding is fixed: these bytes never change."""
    assert join(str(case["label"]), *case["parts"]).hex() == case["output"]  # type: ignore[misc]


@given(st.text(), st.lists(st.binary(max_size=300)))
def test_injective(label: str, parts: list[bytes]) -> None:
    """The parts can be read back, so two sequences never give the same bytes."""
    assert split(join(label, *parts)) == [label.encode(), *parts]


def test_text_is_utf8() -> None:
    """Text and its UTF-8 bytes are the same part."""
    assert join("l", "連携") == join("l", "連携".encode())


def test_limits() -> None:
    """A part above the limit and a lone surrogate are refused; a part at the limit is taken."""
    assert len(join("", bytes(PART_LIMIT_BYTES))) == PART_LIMIT_BYTES + 8
    with pytest.raises(FramingError, match="at most"):
        join("", bytes(PART_LIMIT_BYTES + 1))
    with pytest.raises(FramingError, match="surrogate"):
        join("", "\ud800")
