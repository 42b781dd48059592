"""SM2 signatures over SM3 (GB/T 32918.2-2016, GB/T 32905-2016) by the machine's OpenSSL 3.

Keys are PEM (PKCS #8, SubjectPublicKeyInfo), signatures DER. The signer's identity is the default one of GM/T 0009.
"""

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

from yichuang.kernel.errors import Unavailable

DEFAULT_ID = b"1234567812345678"
_OPENSSL_3 = 0x30000000
_LONGEST_KEY = 10_000
# Result and argument types of what is called; every pointer is passed as one.
_P, _N, _I = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_CALLS: dict[str, tuple[object, tuple[object, ...]]] = {
    "EVP_PKEY_CTX_new_from_name": (_P, (_P, ctypes.c_char_p, ctypes.c_char_p)),
    "EVP_PKEY_CTX_new": (_P, (_P, _P)),
    "EVP_PKEY_CTX_set1_id": (_I, (_P, ctypes.c_char_p, _I)),
    "EVP_PKEY_CTX_free": (None, (_P,)),
    "EVP_PKEY_keygen_init": (_I, (_P,)),
    "EVP_PKEY_generate": (_I, (_P, _P)),
    "EVP_PKEY_free": (None, (_P,)),
    "EVP_MD_CTX_new": (_P, ()),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_P, _P)),
    "EVP_MD_CTX_free": (None, (_P,)),
    "EVP_DigestSignInit": (_I, (_P, _P, _P, _P, _P)),
    "EVP_DigestSign": (_I, (_P, _P, _P, ctypes.c_char_p, _N)),
    "EVP_DigestVerifyInit": (_I, (_P, _P, _P, _P, _P)),
    "EVP_DigestVerify": (_I, (_P, ctypes.c_char_p, _N, ctypes.c_char_p, _N)),
    "EVP_Digest": (_I, (ctypes.c_char_p, _N, _P, _P, _P, _P)),
    "EVP_sm3": (_P, ()),
    "BIO_new": (_P, (_P,)),
    "BIO_new_mem_buf": (_P, (ctypes.c_char_p, _I)),
    "BIO_s_mem": (_P, ()),
    "BIO_read": (_I, (_P, _P, _I)),
    "BIO_free": (_I, (_P,)),
    "PEM_write_bio_PrivateKey": (_I, (_P, _P, _P, _P, _I, _P, _P)),
    "PEM_write_bio_PUBKEY": (_I, (_P, _P)),
    "PEM_read_bio_PrivateKey": (_P, (_P, _P, _P, _P)),
    "PEM_read_bio_PUBKEY": (_P, (_P, _P, _P, _P)),
    "ERR_clear_error": (None, ()),
}


@lru_cache(maxsize=1)
def _crypto() -> ctypes.CDLL:
    """The machine's libcrypto. Raises Unavailable where it is missing, older than 3.0 or built without SM2."""
    name = ctypes.util.find_library("crypto") or "libcrypto.so.3"
    try:
        library = ctypes.CDLL(name)
        version = ctypes.CDLL.__getattr__(library, "OpenSSL_version_num")
        version.restype = ctypes.c_ulong
        if version() < _OPENSSL_3:
            raise AttributeError("older than 3.0")
        for call, (result, arguments) in _CALLS.items():
            function = getattr(library, call)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Unavailable(
            f"本机的 OpenSSL（{name}）不支持国密 SM2 签名。",
            how="请安装 OpenSSL 3.0 以上、带 SM2 和 SM3 算法的版本，再重新签名。",
        ) from error
    return library


def generate() -> bytes:
    """A new private key (PEM)."""
    crypto = _crypto()
    with _kept(crypto.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), crypto.EVP_PKEY_CTX_free) as context:
        key = ctypes.c_void_p()
        if (
            crypto.EVP_PKEY_keygen_init(context) != 1
            or crypto.EVP_PKEY_generate(context, ctypes.byref(key)) != 1
        ):
            raise _unable()
        with _kept(key.value, crypto.EVP_PKEY_free) as made:
            return _written(lambda bio: crypto.PEM_write_bio_PrivateKey(bio, made, None, None, 0, None, None))


def public_of(private: bytes) -> bytes:
    """The public half (PEM) of a private key."""
    crypto = _crypto()
    with _key(private, secret=True) as key:
        return _written(lambda bio: crypto.PEM_write_bio_PUBKEY(bio, key))


def sign(private: bytes, data: bytes) -> bytes:
    """The detached signature (DER) of `data`. Two signatures of the same bytes differ; both hold."""
    crypto = _crypto()
    with _key(private, secret=True) as key, _prepared(key, "EVP_DigestSignInit") as work:
        size = ctypes.c_size_t()
        if crypto.EVP_DigestSign(work, None, ctypes.byref(size), data, len(data)) != 1:
            raise _unable()
        made = ctypes.create_string_buffer(size.value)
        if crypto.EVP_DigestSign(work, made, ctypes.byref(size), data, len(data)) != 1:
            raise _unable()
        return made.raw[: size.value]


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the signature is that of the key over exactly these bytes."""
    crypto = _crypto()
    with _key(public, secret=False) as key, _prepared(key, "EVP_DigestVerifyInit") as work:
        holds = bool(crypto.EVP_DigestVerify(work, signature, len(signature), data, len(data)) == 1)
    crypto.ERR_clear_error()
    return holds


def sm3(data: bytes) -> str:
    """The SM3 digest in hexadecimal."""
    crypto = _crypto()
    made = ctypes.create_string_buffer(32)
    if crypto.EVP_Digest(data, len(data), made, None, crypto.EVP_sm3(), None) != 1:
        raise _unable()
    return made.raw.hex()


@contextmanager
def _kept(pointer: int | None, free: Callable[[int], object]) -> Iterator[int]:
    """A pointer that is given back whatever happens."""
    if not pointer:
        raise _unable()
    try:
        yield pointer
    finally:
        free(pointer)


@contextmanager
def _key(pem: bytes, *, secret: bool) -> Iterator[int]:
    crypto = _crypto()
    read = crypto.PEM_read_bio_PrivateKey if secret else crypto.PEM_read_bio_PUBKEY
    with _kept(crypto.BIO_new_mem_buf(pem, len(pem)), crypto.BIO_free) as bio:
        key = read(bio, None, None, None)
        if not key:
            crypto.ERR_clear_error()
            raise Unavailable("签名密钥无法读取。", how="请管理员检查密钥文件是否完整，必要时从备份恢复。")
        with _kept(key, crypto.EVP_PKEY_free) as held:
            yield held


@contextmanager
def _prepared(key: int, start: str) -> Iterator[int]:
    """A context that hashes with SM3 under the signer's identity."""
    crypto = _crypto()
    with ExitStack() as stack:
        work = stack.enter_context(_kept(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free))
        context = stack.enter_context(_kept(crypto.EVP_PKEY_CTX_new(key, None), crypto.EVP_PKEY_CTX_free))
        crypto.EVP_PKEY_CTX_set1_id(context, DEFAULT_ID, len(DEFAULT_ID))
        crypto.EVP_MD_CTX_set_pkey_ctx(work, context)
        if getattr(crypto, start)(work, None, crypto.EVP_sm3(), None, key) != 1:
            raise _unable()
        yield work


def _written(write: Callable[[int], int]) -> bytes:
    crypto = _crypto()
    with _kept(crypto.BIO_new(crypto.BIO_s_mem()), crypto.BIO_free) as bio:
        if write(bio) != 1:
            raise _unable()
        room = ctypes.create_string_buffer(_LONGEST_KEY)
        size = crypto.BIO_read(bio, room, _LONGEST_KEY)
        return room.raw[:size]


def _unable() -> Unavailable:
    _crypto().ERR_clear_error()
    return Unavailable(
        "本机的 OpenSSL 不能完成国密 SM2 运算。", how="请管理员检查 OpenSSL 是否带 SM2 和 SM3 算法。"
    )
