"""The keys of the installation, made at first use and kept as files that only the service may read.

A file key shows the way and protects against accident. A real installation signs with a cryptographic module (HSM) or an
operator's UKey and a certificate of a licensed authority: it replaces this file and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from yichuang.gateways.late import Late
from yichuang.gateways.signing import sm2
from yichuang.kernel.errors import Unavailable

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
else:
    x509 = Late("cryptography.x509")
    hashes = Late("cryptography.hazmat.primitives.hashes")
    serialization = Late("cryptography.hazmat.primitives.serialization")
    ec = Late("cryptography.hazmat.primitives.asymmetric.ec")
    ed25519 = Late("cryptography.hazmat.primitives.asymmetric.ed25519")


SIGNER = "一窗演示签名（自签证书，不具法律效力）"
# No clock: a self-signed certificate that nobody renews must hold whatever the machine's and the demo's clocks say.
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class PdfIdentity:
    """What signs a PDF: a private key and its certificate, both PEM."""

    private: bytes
    certificate: bytes


class Keyring:
    """The keys in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sm2_private(self) -> bytes:
        """The SM2 key (PEM). Raises Unavailable where it cannot be made or read."""
        return self._kept("report-sm2.pem", sm2.generate)

    def pdf_identity(self) -> PdfIdentity:
        """The key and the self-signed certificate for PDF signatures."""
        private = self._kept("report-pdf.pem", _new_private)
        certificate = self._kept("report-pdf.crt", lambda: _self_signed(private))
        return PdfIdentity(private, certificate)

    def witness_private(self) -> bytes:
        """The Ed25519 key (PEM) that signs heads of the journal and receipts."""
        return self._kept("witness-ed25519.pem", _new_witness)

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The file, made if there is none. Whoever comes first wins: everybody gets that one key."""
        path = self._folder / name
        try:
            if not path.exists():
                self._write_once(path, make())
            return path.read_bytes()
        except OSError as error:
            raise Unavailable(
                f"签名密钥无法读写：{error.strerror}。",
                how=f"请管理员检查目录 {self._folder} 的权限和磁盘空间。",
            ) from error

    def _write_once(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A temporary file is 0600 from its first byte; linking fails where another process was first.
        with NamedTemporaryFile(dir=self._folder, prefix=".new-") as draft:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            with suppress(FileExistsError):
                os.link(draft.name, path)


def key_id(public: bytes) -> str:
    """A short name of a public key: the first digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:_SHOWN]


def _new_witness() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _new_private() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _self_signed(private: bytes) -> bytes:
    key = serialization.load_pem_private_key(private, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SIGNER)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
