"""The sandbox's own certification authority, and the names a certificate carries (電子証明書).

What connections are made with stands in `tls`: whoever only connects reads no certificate.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from renkei.kit.config import ConfigError

CERTIFICATE_DAYS = 90
AUTHORITY_DAYS = 365
# A sandbox's made-up clock may lag behind the machine's, which is the one TLS looks at.
BACKDATED_HOURS = 1
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DNS_NAME_PATTERN = rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of one party's PEM files: its certificate and its private key (mode 0600)."""

    certificate: Path
    key: Path


def create_authority(directory: Path, name: str, *, now: datetime) -> CertificateFiles:
    """Make a self-signed authority ``NAME.crt`` and ``NAME.key``; never overwrites.

    ``name`` is its common name, such as ``renkei sandbox ca``; files are named ``ca``.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, subject, key.public_key(), now, AUTHORITY_DAYS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    certificate = (
        builder.add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _write(directory, "ca", certificate, key)


def create_leaf(
    authority: CertificateFiles, directory: Path, dns_name: str, *, now: datetime
) -> CertificateFiles:
    """Make a certificate for one DNS name, for client and server use; never overwrites.

    Files are named after the DNS name. Valid for 90 days from an hour before ``now``.
    """
    if not re.fullmatch(DNS_NAME_PATTERN, dns_name):
        raise ValueError(f"{dns_name!r} is not a lower-case DNS name")
    issuer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    issuer_key = load_pem_private_key(authority.key.read_bytes(), password=None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{authority.key} must hold an EC key")
    key = ec.generate_private_key(ec.SECP256R1())
    # The name stands in the extension alone (RFC 9525 §2); a common name holds 64 characters only.
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Renkei sandbox")])
    certificate = (
        _builder(subject, issuer.subject, key.public_key(), now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return _write(directory, dns_name, certificate, key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=BACKDATED_HOURS))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(
    directory: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> CertificateFiles:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = CertificateFiles(directory / f"{name}.crt", directory / f"{name}.key")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for path, data, mode in (
        (files.key, pem, 0o600),
        (files.certificate, certificate.public_bytes(Encoding.PEM), 0o644),
    ):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    return files


@functools.lru_cache(maxsize=1_024)
def dns_names(der: bytes) -> tuple[str, ...]:
    """Return the DNS names of a certificate, lower-case, in its order; none: an empty tuple."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.lower() for name in names.value.get_values_for_type(x509.DNSName))


def own_names(certificate: Path) -> tuple[str, ...]:
    """Return the DNS names of a PEM file's first certificate; a chain or text may stand around it.

    Raises ConfigError where there is none.
    """
    return dns_names(_first(certificate).public_bytes(Encoding.DER))


def held_until(certificate: Path, now: datetime) -> datetime:
    """Return when a PEM file's first certificate runs out; `now` is the machine's own time.

    Raises ConfigError where there is none, or none that holds now: no peer would take it.
    """
    first = _first(certificate)
    begins, ends = first.not_valid_before_utc, first.not_valid_after_utc
    if not begins <= now < ends:
        raise ConfigError(
            f"{certificate}: holds from {begins:%Y-%m-%d %H:%M}Z until {ends:%Y-%m-%d %H:%M}Z, "
            f"and it is {now:%Y-%m-%d %H:%M}Z; have another one issued, or set the clock"
        )
    return ends


def _first(certificate: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{certificate}: holds no certificate in PEM form") from error
