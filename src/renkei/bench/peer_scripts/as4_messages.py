"""AS4 (ebMS 3.0, Peppol profile) between two parties: question and answer, with receipts.

A pair is a signed and encrypted question with its signed receipt, and a signed and encrypted answer
with its signed receipt: what two bodies exchange over eDelivery when one asks the other. All of it
runs in memory in one process: no HTTP, no TLS, nothing stored, no duplicates sought, no third party
that judges or logs. Signatures are RSA-2048 with SHA-256, as the profile has them; each side knows
the other's certificate, which is cheaper than following a chain.
"""

import argparse
import json
import multiprocessing
import sys
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from multiprocessing.synchronize import Barrier
from typing import Any

from as4 import (  # type: ignore[import-not-found]
    AS4LocalPrivateKey,
    ExchangeState,
    SecurityPolicy,
    pinned_certificates,
)
from as4.peppol import (  # type: ignore[import-not-found]
    BusdoxDocidQnsDocumentIdentifier,
    PeppolAS4MessageBuilderArgs,
    PeppolAS4Profile,
    PeppolSendingExchange,
    create_peppol_external_party,
    create_peppol_internal_party,
    parse_peppol_message,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

RSA_BITS = 2048
DOCUMENT = "urn:example:bench::Document##urn:example:bench:1.0::1.0"
WARM_PAIRS = 5
START_SECONDS_LIMIT = 60
START: Barrier


class Side:
    """One access point: key, certificate, and what it knows of the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        key = rsa.generate_private_key(65537, RSA_BITS)
        self.certificate = certificate(name, key)
        self.local = create_peppol_internal_party(name, self.certificate, AS4LocalPrivateKey(key))

    def send(self, other: "Side", payload: bytes) -> None:
        """Send a document to the other side and verify the receipt that comes back."""
        sending = PeppolSendingExchange(
            profile=PeppolAS4Profile,
            local_party=self.local,
            remote_party=create_peppol_external_party(other.name, other.certificate),
        )
        headers, body = sending.build(payload, ARGUMENTS)
        signal = other.receive(self, headers, body, payload)
        sending.mark_sent()
        sending.receive_signal(signal)
        if sending.state is not ExchangeState.ACKNOWLEDGED:
            raise RuntimeError("the receipt does not acknowledge the message")

    def receive(
        self, other: "Side", headers: dict[str, str], body: bytes, expected: bytes
    ) -> bytes:
        """Verify, decrypt, compare with what was sent, and give the signed receipt."""
        policy = SecurityPolicy(signer_resolver=pinned_certificates(other.certificate))
        receiving = parse_peppol_message(headers, body, self.local, security_policy=policy)
        if not receiving.successful:
            raise RuntimeError(f"the message was not accepted: {receiving.error}")
        (found,) = receiving.message.decrypted_data.values()
        if DIGITS.encode() not in found or len(found) < len(expected):
            raise RuntimeError("what was decrypted is not what was sent")
        _, signal = receiving.build_signal()
        return bytes(signal)


DIGITS = "0123456789" * 30
ARGUMENTS = PeppolAS4MessageBuilderArgs(
    sender="9932:9999999999",
    recipient="9932:1111111111",
    document_type_identifier=BusdoxDocidQnsDocumentIdentifier.from_identifier_value(DOCUMENT),
    document_identification_instance_identifier="bench",
    process_identifier="urn:example:bench:process:1.0",
    c1_country_id="GB",
)


def certificate(name: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate of its own for a synthetic access point, good for two days."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


def take_barrier(barrier: Barrier) -> None:
    """Keep what lets all processes start at one moment."""
    global START
    START = barrier


def work(pairs: int) -> tuple[float, float, float]:
    """First and last moment of `pairs` questions and answers, and processor seconds used."""
    one, other = Side("PTE000001"), Side("PTE000002")
    payload = f'<Document xmlns="urn:example:bench">{DIGITS}</Document>'.encode()
    for _ in range(WARM_PAIRS):
        one.send(other, payload)
        other.send(one, payload)
    START.wait(START_SECONDS_LIMIT)
    started, used = time.monotonic(), time.process_time()
    for _ in range(pairs):
        one.send(other, payload)
        other.send(one, payload)
    return started, time.monotonic(), time.process_time() - used


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure with as many processes as asked for, each with its share of the pairs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=150)
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args(arguments)
    share = max(1, chosen.pairs // chosen.processes)
    fresh = multiprocessing.get_context("spawn")
    barrier = fresh.Barrier(chosen.processes)
    with fresh.Pool(chosen.processes, take_barrier, (barrier,)) as pool:
        found = pool.map(work, [share] * chosen.processes, chunksize=1)
    seconds = max(end for _, end, _ in found) - min(start for start, _, _ in found)
    pairs = share * chosen.processes
    return {
        "pairs": pairs,
        "processes": chosen.processes,
        "pairs_per_second": round(pairs / seconds, 1),
        "messages_per_second": round(2 * pairs / seconds, 1),
        "processor_ms_per_pair": round(sum(used for _, _, used in found) / pairs * 1_000, 2),
        "versions": {name: version(name) for name in ("as4", "cryptography", "lxml", "pydantic")},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])) + "\n")
