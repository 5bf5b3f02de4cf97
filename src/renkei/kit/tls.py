"""TLS contexts that trust one authority only (通信の保護).

Every connection is TLS 1.3 with both sides verified (RFC 8446). The system's trust store is never
loaded: a certificate that every browser accepts is refused here.
"""

import ssl
from pathlib import Path


def server_context(cert: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """Return a context that presents ``cert`` and admits only clients certified by ``ca``."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, cert, key, ca)
    # Every connection proves its certificate anew; tickets would only add bytes.
    context.num_tickets = 0
    return context


def client_context(cert: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """Return a context that presents ``cert`` and trusts only servers certified by ``ca``."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, cert, key, ca)
    context.check_hostname = True
    context.hostname_checks_common_name = False
    return context


def _context(protocol: int, cert: Path, key: Path, ca: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(cert, key)
    context.verify_mode = ssl.CERT_REQUIRED
    # Strict: what RFC 5280 demands of a certificate and OpenSSL lets pass by default.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cafile=ca)
    return context
