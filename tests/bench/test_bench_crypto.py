"""The floor is counts × parts, and its bare exchange does what it counts."""

import asyncio
from pathlib import Path

import pytest

from renkei.bench import bare, crypto
from renkei.crypto import jws
from renkei.crypto.errors import BoxError, SignatureError
from renkei.crypto.suite import RISTRETTO255
from renkei.kit.location import Location


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of half a millisecond: shapes, not figures, are looked at here."""
    monkeypatch.setattr(crypto, "BATCH_SECONDS", 0.0005)
    monkeypatch.setattr(crypto, "BATCHES", 3)
    monkeypatch.setattr(crypto, "COMMITS", 64)


def test_every_part_is_timed_with_its_library(quick: None, tmp_path: Path) -> None:
    """Each part of the floor is measured, and each ratio is its time through the library's."""
    parts = crypto.measure(4, tmp_path)
    assert all(value > 0 for value in parts.values())
    wanted = {part for _, part, _ in (*crypto.COUNTS, *crypto.NOT_COUNTED)}
    assert wanted - {"commit"} <= parts.keys()
    assert {"commit_1", "commit_4", "commit_raw", "commit_raw_4"} <= parts.keys()
    ratios = crypto.ratios(parts)
    for name, raw in {
        "multiply": "multiply_raw",
        "commit_1": "commit_raw",
        "commit_4": "commit_raw_4",
    }.items():
        assert ratios[name] == pytest.approx(parts[name] / parts[raw], abs=0.001)
    assert "invert_scalar" not in ratios
    assert list(tmp_path.iterdir()) == []


def test_the_floor_is_counts_times_parts() -> None:
    """The sum is that of four signatures, six verifications, and so on; agreements stay out."""
    parts = {part: 10.0 for _, part, _ in (*crypto.COUNTS, *crypto.NOT_COUNTED)}
    parts |= {"es256_sign": 100.0, "commit_16": 1_000.0, "commit_1": 9_000.0}
    found = crypto.arithmetic(parts, 16)
    counts = {one["name"]: one["count"] for one in found["parts"]}
    assert counts["ES256 signatures"] == pytest.approx(4, abs=0.01)
    assert counts["ES256 verifications"] == pytest.approx(6, abs=0.01)
    assert (counts["ristretto255 multiplications"], counts["durable group commits"]) == (5, 4)
    assert found["microseconds"] == pytest.approx(
        sum(one["count"] * one["each_microseconds"] for one in found["parts"]), abs=0.1
    )
    assert found["microseconds"] == pytest.approx(
        400.4 + 10 * (6.004 + 5 + 4 + 4 + 2 + 1 + 4) + 4_000, 0.001
    )
    assert found["per_second_one_core"] == pytest.approx(1e6 / found["microseconds"], abs=0.1)
    alone = crypto.arithmetic(parts, 1)
    assert alone["microseconds"] - found["microseconds"] == pytest.approx(4 * 8_000)


def test_the_floor_is_printed_with_its_parts() -> None:
    """What a person reads has every part, its count, what is left out, and what was run."""
    parts = {part: 10.0 for _, part, _ in (*crypto.COUNTS, *crypto.NOT_COUNTED)}
    found = crypto.arithmetic({**parts, "commit_16": 10.0})
    ran = {"processes": 2, "in_flight": 16, "per_second": 321.5, "processor_microseconds": 1.0}
    found["measured"] = [ran]
    text = "\n".join(crypto.floor_lines(found))
    assert all(name in text for name, _, _ in crypto.COUNTS)
    assert text.count("not counted") == len(crypto.NOT_COUNTED)
    assert "321.5 a second" in text
    assert str(found["per_second_one_core"]) in text


def test_the_measured_floor_is_the_faster_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The floor's figure is one that was run, with one process or one for each core."""
    monkeypatch.setattr(crypto, "cores", lambda: 2)
    rates = {1: 300.0, 2: 200.0}
    asked = []

    def run(processes: int, count: int, in_flight: int, admin: Path | None) -> dict[str, object]:
        asked.append((processes, count, in_flight))
        return {"processes": processes, "per_second": rates[processes]}

    monkeypatch.setattr(bare, "run", run)
    parts = {part: 10.0 for _, part, _ in (*crypto.COUNTS, *crypto.NOT_COUNTED)}
    found = crypto.floor({**parts, "commit_8": 10.0}, 8, exchanges=40)
    assert found["per_second"] == 300.0
    assert asked == [(1, 40, 8), (2, 40, 8)]


def test_a_bare_exchange_does_what_the_floor_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signatures, verifications, multiplications, boxes and commits are as many as the floor's."""
    seen: dict[str, int] = {}

    def counted(owner: object, name: str, as_name: str) -> None:
        real = getattr(owner, name)

        def call(*arguments: object) -> object:
            seen[as_name] = seen.get(as_name, 0) + 1
            return real(*arguments)

        monkeypatch.setattr(owner, name, call)

    country = bare.BareCountry(lambda name: Location.file(tmp_path / name))
    counted(jws, "sign_raw", "ES256 signatures")
    counted(jws, "verify", "ES256 verifications")
    counted(type(RISTRETTO255), "multiply", "ristretto255 multiplications")
    counted(bare.boxes, "seal", "boxes sealed")
    counted(bare.boxes, "unseal", "boxes opened")
    counted(bare.derived_boxes, "seal_seed", "boxes made from a seed")
    counted(bare.derived_boxes, "unseal_seed", "such boxes opened")
    counted(bare.BareCountry, "commit", "durable group commits")
    try:
        asyncio.run(country.exchange(0, "tx"))
    finally:
        country.close()
    counts = {name: int(count) for name, _, count in crypto.COUNTS if name in seen}
    assert seen == counts
    assert len(counts) == len(crypto.COUNTS) - 1  # all but the hashes, two of which are receipts'


def test_bare_exchanges_are_stored_and_counted(tmp_path: Path) -> None:
    """Every bare exchange is in all four databases of its process when the clock stops."""
    found = bare.run(processes=1, count=24, in_flight=8, admin=tmp_path)
    assert (found["count"], found["in_flight"]) == (24, 8)
    assert found["per_second"] > 0
    assert found["processor_microseconds"] > 0


def test_bare_exchanges_verify_what_they_sign(tmp_path: Path) -> None:
    """The bare exchange fails on a wrong key or box: none of its work is skipped."""
    country = bare.BareCountry(lambda name: Location.file(tmp_path / name))
    try:
        country.public["requester"] = country.public["portal"]
        with pytest.raises(SignatureError):
            asyncio.run(country.exchange(0, "tx"))
        box = country.seal("answer", ("b", "a"), "tx", b"content")
        with pytest.raises(BoxError):
            country.open("answer", ("b", "a"), "another", box)
    finally:
        country.close()


def test_more_processes_than_exchanges_in_flight_are_refused() -> None:
    """A measurement that cannot keep its processes busy is refused, not run."""
    with pytest.raises(ValueError, match="in flight"):
        bare.run(processes=3, count=10, in_flight=2)
