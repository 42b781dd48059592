"""Signatures: SM2 against another implementation, keys as files, PDF signatures that break with a byte."""

import base64
import ctypes
import hashlib
import io
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gmssl.sm2
import gmssl.sm3
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from yichuang.gateways.documents.report import report_pdf
from yichuang.gateways.signing import keys, pdf, sm2
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import report
from yichuang.kernel.errors import Unavailable

KEY = sm2.generate()
PUBLIC = sm2.public_of(KEY)


def other(private: bytes = KEY) -> gmssl.sm2.CryptSM2:
    """The same key in the other implementation: the last 64 bytes of the public key are its point."""
    lines = b"".join(sm2.public_of(private).splitlines()[1:-1])
    point = base64.b64decode(lines)[-64:].hex()
    secret = base64.b64decode(b"".join(private.splitlines()[1:-1]))
    # PKCS #8: the number stands behind its tag (octet string of 32 bytes).
    start = secret.index(b"\x02\x01\x01\x04\x20") + 5
    return gmssl.sm2.CryptSM2(private_key=secret[start : start + 32].hex(), public_key=point, asn1=True)


@settings(max_examples=10)
@given(st.binary(min_size=1, max_size=400))
def test_another_implementation_accepts_our_signatures_and_we_its(data: bytes) -> None:
    assert other().verify_with_sm3(sm2.sign(KEY, data).hex(), data)
    assert sm2.verify(PUBLIC, data, bytes.fromhex(other().sign_with_sm3(data)))


@given(st.binary(max_size=200))
def test_the_digest_is_sm3(data: bytes) -> None:
    assert sm2.sm3(data) == gmssl.sm3.sm3_hash(list(data))


def test_the_digest_of_the_standard() -> None:
    """GB/T 32905-2016, example 1."""
    assert sm2.sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_byte_breaks_the_signature(data: bytes, draw: st.DataObject) -> None:
    signature = sm2.sign(KEY, data)
    place = draw.draw(st.integers(0, len(data) - 1))
    changed = bytearray(data)
    changed[place] ^= draw.draw(st.integers(1, 255))
    assert sm2.verify(PUBLIC, data, signature)
    assert not sm2.verify(PUBLIC, bytes(changed), signature)
    assert not sm2.verify(PUBLIC, data + b"\0", signature)


@pytest.mark.parametrize("signature", [b"", b"\x30", b"no signature", b"\0" * 72])
def test_what_is_no_signature_does_not_hold(signature: bytes) -> None:
    assert not sm2.verify(PUBLIC, b"abc", signature)


def test_another_key_does_not_hold() -> None:
    assert not sm2.verify(sm2.public_of(sm2.generate()), b"abc", sm2.sign(KEY, b"abc"))


def test_another_signers_identity_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = sm2.sign(KEY, b"abc")
    monkeypatch.setattr(sm2, "DEFAULT_ID", b"somebody else")
    assert not sm2.verify(PUBLIC, b"abc", signature)


def test_a_broken_key_is_told() -> None:
    with pytest.raises(Unavailable, match="密钥无法读取"):
        sm2.sign(b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n", b"abc")


@pytest.mark.parametrize("library", ["nothing.so.9", "libc.so.6"])
def test_a_machine_without_sm2_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: library)
    sm2._crypto.cache_clear()
    try:
        with pytest.raises(Unavailable, match="不支持国密") as told:
            sm2.sm3(b"abc")
    finally:
        sm2._crypto.cache_clear()
    assert "OpenSSL 3.0" in told.value.how


def test_threads_sign_side_by_side() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: sm2.sign(KEY, b"%d" % number), range(40)))
    assert all(sm2.verify(PUBLIC, b"%d" % number, signature) for number, signature in enumerate(made))


def test_keys_are_made_once_and_only_the_service_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "keys"
    first = keys.Keyring(folder)
    assert first.sm2_private() == keys.Keyring(folder).sm2_private()
    assert first.pdf_identity() == keys.Keyring(folder).pdf_identity()
    assert {path.name for path in folder.iterdir()} == {"report-sm2.pem", "report-pdf.pem", "report-pdf.crt"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys.Keyring(tmp_path / "keys").sm2_private(), range(16)))
    assert len(made) == 1


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="签名密钥无法读写"):
        keys.Keyring(tmp_path / "keys").sm2_private()


def test_the_certificate_says_that_it_is_a_demonstration(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(keys.Keyring(tmp_path).pdf_identity().certificate)
    assert "演示" in certificate.subject.rfc4514_string()
    assert certificate.issuer == certificate.subject


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> keys.PdfIdentity:
    return keys.Keyring(tmp_path_factory.mktemp("keys")).pdf_identity()


@pytest.fixture(scope="module")
def plain() -> bytes:
    return report_pdf(report(), chinese_fonts())


@pytest.fixture(scope="module")
def signed(plain: bytes, identity: keys.PdfIdentity) -> bytes:
    return pdf.sign(plain, identity, reason="签发")


def test_a_signed_pdf_holds_and_keeps_what_was_signed(
    plain: bytes, signed: bytes, identity: keys.PdfIdentity
) -> None:
    assert signed.startswith(plain)
    checked = pdf.check(signed, identity.certificate)
    assert checked is not None
    assert checked.holds
    assert "演示" in checked.signer
    found = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    assert [str(each.sig_object["/Reason"]) for each in found] == ["签发"]
    assert b"<pdfaid:part>2</pdfaid:part>" in signed


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.8])
def test_one_changed_byte_breaks_it(
    signed: bytes, plain: bytes, identity: keys.PdfIdentity, share: float
) -> None:
    changed = bytearray(signed)
    changed[int(len(plain) * share)] ^= 1
    checked = pdf.check(bytes(changed), identity.certificate)
    assert checked is None or not checked.holds


def test_something_added_behind_the_signature_is_noticed(signed: bytes, identity: keys.PdfIdentity) -> None:
    checked = pdf.check(signed + b"\n% more", identity.certificate)
    assert checked is not None
    assert not checked.holds


def test_a_certificate_of_somebody_else_is_not_trusted(signed: bytes, tmp_path: Path) -> None:
    checked = pdf.check(signed, keys.Keyring(tmp_path).pdf_identity().certificate)
    assert checked is not None
    assert not checked.holds


def test_without_a_signature_there_is_nothing_to_check(plain: bytes, identity: keys.PdfIdentity) -> None:
    assert pdf.check(plain, identity.certificate) is None
    broken = pdf.check(b"%PDF-1.7 no more", identity.certificate)
    assert broken is not None
    assert not broken.holds


def test_a_key_has_a_short_name() -> None:
    assert keys.key_id(PUBLIC) == hashlib.sha256(PUBLIC).hexdigest()[:16]
