"""The directory of the whole country, from proposal to the file each party keeps (機関台帳)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from placing import place
from small_network import NOW, OFFICES, SmallNetwork

from renkei.crypto import jws
from renkei.kit.counterparty import Counterparty
from renkei.kit.database import Database, connect
from renkei.kit.database.migration import upgrade
from renkei.kit.party import Party
from renkei.roles.linkage.service.directory import entries_in_force, propose_entries
from renkei.roles.oversight.service.directory import DirectorySigner
from renkei.roles.oversight.store import REVISION
from renkei.run.directory import DirectoryKeeper, load
from renkei.values import MunicipalityCode
from renkei.wire.call import Call
from renkei.wire.limits import BODIES, DIRECTORY_BYTES, ENTRY_BYTES
from renkei.wire.linkage.directory import (
    AgreementKey,
    DirectoryEntry,
    FilingSource,
    Office,
    OrdinanceFiling,
    OrdinanceWithholding,
    SigningKey,
)
from renkei.wire.values import encoder

OFFICES_EACH, FILINGS_EACH, PERIODS_EACH = 20, 6, 3
"""More than most bodies have: some 60,000 offices and 10,000 filings in all."""


class ThroughDoors:
    """The network's doors as a line, with the bounds that HTTP keeps on both sides."""

    def __init__(self, network: SmallNetwork, sender: str) -> None:
        self.linkage = network.linkage
        self.certificate = network.parties["linkage"].directory.entry(sender).dns_name
        self.longest = 0

    async def send(self, call: Call[Any, Any], raw: bytes) -> bytes:
        """One call through its door."""
        assert len(raw) <= call.max_bytes
        answer = await self.linkage.knock(call, raw, self.certificate)
        assert answer.status == 200, answer.body[:200]
        assert len(answer.body) <= call.max_answer_bytes
        self.longest = max(self.longest, len(answer.body))
        return answer.body

    async def file(self, *_: Any) -> bytes:
        """Nobody asks for one."""
        raise AssertionError


def filing(number: int) -> OrdinanceFiling:
    """An invented ordinance affair with four sources."""
    return OrdinanceFiling(
        affair=f"o-invented-affair-{number}",
        body="municipality-mayor",
        local_government="架空市",
        ordinance="架空市ひとり親家庭等の医療費の助成に関する条例（平成十五年架空市条例第二十一号）",
        title_ja="ひとり親家庭等の医療費の助成に関する事務であって規則で定めるもの",
        sources=[
            FilingSource(
                row="81",
                likeness="base",
                provider="municipality-mayor",
                items=["local-tax", "resident-record", "child-allowance", "disability"],
            )
        ]
        * 4,
        filed_on="2025-06-02",
        notified_on="2025-10-01",
        published_on="2025-10-01",
    )


WITHHOLDING = OrdinanceWithholding(
    ordinance="架空市特定個人情報の提供の制限に関する条例（平成二十八年架空市条例第九号）",
    items=["resident-record", "local-tax"],
    rows=["81", "106"],
    starts_on="2018-04-01",
    filed_on="2016-12-01",
    notified_on="2017-02-01",
)


def body(number: int) -> DirectoryEntry:
    """A made-up municipality with real public keys, its offices and what it filed."""
    name = f"body-{number:04d}"
    return DirectoryEntry(
        party=name,
        role="institution",
        kind="municipality-mayor",
        name_ja=f"架空県架空郡架空町第{number}",
        name_en=f"Imaginary Town No. {number} of Imaginary District",
        municipality_code=MunicipalityCode.from_body(f"{number % 47 + 1:02d}{number // 47 + 100}"),
        dns_name=f"{name}.gateway.imaginary-prefecture.renkei.test",
        host=f"10.{number // 250}.{number % 250}.17",
        port=8443,
        signing_keys=[
            SigningKey(
                kid=f"{name}:sign:{key}",
                public=jws.public_bytes(ec.generate_private_key(ec.SECP256R1()).public_key()),
            )
            for key in (1, 2)
        ],
        agreement_keys=[
            AgreementKey(
                period=period,
                public=x25519.X25519PrivateKey.generate().public_key().public_bytes_raw(),
                not_before=NOW + timedelta(days=80 * (period - 1) - 1),
                not_after=NOW + timedelta(days=80 * period),
            )
            for period in range(1, PERIODS_EACH + 1)
        ],
        epoch=1,
        active_from="2017-12-01",
        assessment="published",
        offices=[
            *OFFICES,
            *(
                Office(
                    office=f"section-{at}",
                    name_ja=f"健康福祉部子ども家庭支援課第{at}係",
                    name_en=f"Child and Family Support Section No. {at}",
                )
                for at in range(OFFICES_EACH - 1)
            ),
        ],
        filings=[filing(at) for at in range(FILINGS_EACH)],
        withholdings=[WITHHOLDING] * 3,
    )


@pytest.fixture
async def commission(tmp_path: Path) -> Any:
    """The Commission's database."""
    path = place(tmp_path / "oversight.sqlite")
    upgrade("renkei.roles.oversight.migrations", path)
    database = Database.open(path, revision=REVISION)
    yield database
    database.close()


async def test_a_directory_of_the_whole_country_comes_into_force(
    network: SmallNetwork, commission: Database, tmp_path: Path
) -> None:
    """1,800 bodies with offices and filings: proposed, countersigned, published, kept, loaded."""
    network.clock.advance(1)
    with connect(network.where) as connection:
        known = [
            msgspec.structs.replace(entry, port=port)
            for port, entry in enumerate(entries_in_force(connection), start=9_000)
        ]
        entries = [*known, *(body(number) for number in range(BODIES - len(known)))]
        each = len(encoder().encode(entries)) / BODIES
        assert 0.75 * ENTRY_BYTES < each < ENTRY_BYTES, f"{each:.0f} bytes are no test of the limit"
        assert propose_entries(connection, network.parties["linkage"], entries) == 2

    line = ThroughDoors(network, "oversight")
    oversight = network.parties["oversight"]
    signer = DirectorySigner(oversight, commission, Counterparty(oversight, "linkage", line))
    await signer.step()
    assert network.parties["linkage"].directory.version == 2

    city, kept = network.parties["city-a"], tmp_path / "kept.json"
    keeper = DirectoryKeeper(city, ThroughDoors(network, "city-a"), kept)
    await keeper.refresh()
    assert (city.directory.version, len(city.directory.entries)) == (2, BODIES)

    restarted = Party("city-a", city.keys, city.clock, city.randomness, roots=network.roots)
    assert load(kept, restarted)
    assert restarted.directory.entry("body-1793").offices[0] == OFFICES[0]
    assert kept.stat().st_size > 0.75 * DIRECTORY_BYTES
