"""Certificate: what makes https on this machine trusted by one shell, and by nothing else.

The authority's key is thrown away as soon as it has signed the one certificate: whoever trusts the authority trusts
that certificate and no other.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

INSTALL = 'pip install ".[real-az]" in the folder of wpslab'
LIFE = timedelta(days=365)
RENEW_BEFORE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate for localhost and 127.0.0.1, in a folder of their own.

    Attributes:
        ca: the authority, for programs that trust nothing else.
        bundle: the authority and the public ones, for programs that talk to the internet as well.
        chain: the certificate and its key, for the server; only its owner may read it.
    """

    ca: Path
    bundle: Path
    chain: Path

    @classmethod
    def of(cls, folder: Path) -> Certificate:
        """Name the files, whether they are there or not."""
        return cls(folder / "ca.pem", folder / "ca-and-public-roots.pem", folder / "server.pem")

    def make(self, environ: Mapping[str, str]) -> ssl.SSLContext:
        """Make what is missing or about to end, and return what a server needs.

        Raises:
            ImportError: trustme is not installed.
        """
        now = datetime.now(UTC)
        if not self._holds(now):
            self._sign(now)
        self.bundle.write_text(f"{public_roots(environ, self.bundle)}\n{self.ca.read_text('ascii')}", "utf-8")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain)
        return context

    def _holds(self, now: datetime) -> bool:
        from cryptography import x509  # trustme brings it

        try:
            certificate = x509.load_pem_x509_certificate(self.chain.read_bytes())
            authority = x509.load_pem_x509_certificate(self.ca.read_bytes())
            certificate.verify_directly_issued_by(authority)
        except Exception:  # noqa: BLE001 - missing or broken in any way: it is made anew
            return False
        return certificate.not_valid_after_utc - RENEW_BEFORE > now

    def _sign(self, now: datetime) -> None:
        import trustme

        authority = trustme.CA(organization_name="wpslab, for this machine only", path_length=0)
        signed = authority.issue_cert("localhost", "127.0.0.1", not_after=now + LIFE)
        self.chain.unlink(missing_ok=True)
        descriptor = os.open(self.chain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(signed.private_key_and_cert_chain_pem.bytes())
        authority.cert_pem.write_to_path(str(self.ca))


def public_roots(environ: Mapping[str, str], not_this: Path) -> str:
    """Return the authorities Python programs of this shell trust so far, as PEM."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = Path(environ.get(name) or not_this)
        if path != not_this and path.is_file():
            return path.read_text("utf-8")
    try:
        import certifi
    except ImportError:
        context = ssl.create_default_context()
        return "\n".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True)))
    return certifi.contents()
