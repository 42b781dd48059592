"""The witness key: Ed25519 signatures under heads of the journal and under receipts, which everybody may verify.

Ed25519 (RFC 8032) is deterministic: the same words signed twice have the same signature, so a receipt that is shown
again is equal byte for byte. The key is made once (`Keyring`) and kept where only the service may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from yichuang.gateways.late import Late
from yichuang.gateways.signing.keys import Keyring, key_id

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
else:
    exceptions = Late("cryptography.exceptions")
    serialization = Late("cryptography.hazmat.primitives.serialization")
    ed25519 = Late("cryptography.hazmat.primitives.asymmetric.ed25519")


ALGORITHM = "ed25519"
PUBLIC_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in hexadecimal, by which key it was made, and how."""

    key_id: str
    algorithm: str
    value_hex: str


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key in hexadecimal (32 bytes); its id is the beginning of its SHA-256."""

    key_id: str
    algorithm: str
    public_hex: str


def sign(message: bytes, *, ring: Keyring | None = None) -> Signature:
    """Sign some words. Raises Unavailable where the key cannot be made or read."""
    private, known_as = _private((ring or _ring()).witness_private())
    return Signature(known_as, ALGORITHM, private.sign(message).hex())


def require_key(*, ring: Keyring | None = None) -> None:
    """Raises Unavailable where the key cannot be made or read."""
    _private((ring or _ring()).witness_private())


def verify(message: bytes, signature: Signature, keys: Mapping[str, str] | None = None) -> bool:
    """Whether a signature holds under one of the known keys (id → hexadecimal); without `keys`, under the own ones."""
    known = {key.key_id: key.public_hex for key in public_keys()} if keys is None else keys
    public = known.get(signature.key_id)
    if public is None or signature.algorithm != ALGORITHM:
        return False
    return holds(message, signature.value_hex, public)


def holds(message: bytes, value_hex: str, public_hex: str) -> bool:
    """Whether these hexadecimal digits are the key's signature under the message; nonsense is no signature."""
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))
        key.verify(bytes.fromhex(value_hex), message)
    except (exceptions.InvalidSignature, ValueError):
        return False
    return True


def public_keys(*, ring: Keyring | None = None) -> list[PublicKey]:
    """The keys by which signatures of this installation are verified, the newest first."""
    private, _ = _private((ring or _ring()).witness_private())
    public = _raw(private.public_key())
    return [PublicKey(key_id(public), ALGORITHM, public.hex())]


def _ring() -> Keyring:
    return Keyring(settings.KEYS_DIR or Path(settings.VAR_DIR) / "keys")


@lru_cache(maxsize=4)
def _private(pem: bytes) -> tuple[ed25519.Ed25519PrivateKey, str]:
    """The key and the id under which it is known: to derive the public key costs more than to sign."""
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return key, key_id(_raw(key.public_key()))


def _raw(key: ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
