"""Signatures against an enemy: every byte, every length, wrong keys, keys that others may read, a first use by many."""

import ctypes
import json
import os
import random
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.signing import keys, pdf, sm2
from yichuang.gateways.tests.test_signing import KEY, PUBLIC
from yichuang.kernel.errors import Unavailable

DATA = "窗口工作周报（2022年第29期）".encode() * 7
SIGNATURE = sm2.sign(KEY, DATA)


def changed(content: bytes, place: int, by: int = 1) -> bytes:
    """The bytes with one of them changed."""
    made = bytearray(content)
    made[place] ^= by
    return bytes(made)


def test_every_changed_bit_of_the_text_breaks_it() -> None:
    for place in range(len(DATA)):
        assert not sm2.verify(PUBLIC, changed(DATA, place, 1 << place % 8), SIGNATURE), place


def test_every_changed_byte_of_the_signature_breaks_it() -> None:
    """Its head, its lengths, both numbers, its last byte: a signature has no byte that may be otherwise."""
    for place in range(len(SIGNATURE)):
        for by in (1, 0x80, 0xFF):
            assert not sm2.verify(PUBLIC, DATA, changed(SIGNATURE, place, by)), (place, by)


def test_every_truncation_and_any_tail_breaks_it() -> None:
    for length in range(len(SIGNATURE)):
        assert not sm2.verify(PUBLIC, DATA, SIGNATURE[:length]), length
    for tail in (b"\0", b"\0\0", b"\xff", SIGNATURE):
        assert not sm2.verify(PUBLIC, DATA, SIGNATURE + tail)
        assert not sm2.verify(PUBLIC, DATA, tail + SIGNATURE)


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 1_000_000])
def test_lengths_around_a_block_of_the_digest(length: int) -> None:
    data = b"\xe4" * length
    signature = sm2.sign(KEY, data)
    assert sm2.verify(PUBLIC, data, signature)
    assert not sm2.verify(PUBLIC, data + b"\xe4", signature)
    if data:
        assert not sm2.verify(PUBLIC, data[:-1], signature)


def test_two_signatures_of_one_text_differ_and_both_hold() -> None:
    """The number used once is really used once: equal first halves would give the key away."""
    made = [sm2.sign(KEY, DATA) for _ in range(20)]
    assert len(set(made)) == 20
    assert len({one[4:36] for one in made}) == 20
    assert all(sm2.verify(PUBLIC, DATA, one) for one in made)


def der(*numbers: int) -> bytes:
    """A signature with numbers of one's own."""
    body = b""
    for number in numbers:
        raw = number.to_bytes(max(1, (number.bit_length() + 8) // 8), "big")
        body += b"\x02" + bytes([len(raw)]) + raw
    return b"\x30" + bytes([len(body)]) + body


ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@pytest.mark.parametrize(
    "forged", [der(0, 0), der(0, 1), der(1, 0), der(1, 1), der(ORDER, 1), der(1, ORDER), der(ORDER - 1, 1), der(1)],
    ids=range(8),
)  # fmt: skip
def test_signatures_of_special_numbers_do_not_hold(forged: bytes) -> None:
    """GB/T 32918.2 §7.1: r and s lie between 1 and n − 1, and r + s is not 0 modulo n."""
    for data in (DATA, b"", b"abc"):
        assert not sm2.verify(PUBLIC, data, forged)


def test_the_signature_of_another_text_or_key_does_not_hold() -> None:
    other = sm2.generate()
    assert not sm2.verify(PUBLIC, DATA, sm2.sign(KEY, DATA[:-1]))
    assert not sm2.verify(PUBLIC, DATA, sm2.sign(other, DATA))
    assert not sm2.verify(sm2.public_of(other), DATA, SIGNATURE)
    assert sm2.verify(sm2.public_of(other), DATA, sm2.sign(other, DATA))


@settings(max_examples=40)
@given(st.binary(max_size=120))
def test_noise_is_never_a_signature_and_never_a_fault(noise: bytes) -> None:
    assert not sm2.verify(PUBLIC, DATA, noise)
    assert sm2.verify(PUBLIC, DATA, SIGNATURE), "what was wrong before leaves nothing behind"


@pytest.mark.parametrize(
    "pem",
    [b"", b"\0", b"-----BEGIN PUBLIC KEY-----\n", PUBLIC[:-40], PUBLIC.replace(b"PUBLIC", b"PRIVATE"), KEY[: len(KEY) // 2]],
    ids=range(6),
)  # fmt: skip
def test_a_key_that_is_none_is_told(pem: bytes) -> None:
    for act in (
        lambda: sm2.sign(pem, DATA),
        lambda: sm2.verify(pem, DATA, SIGNATURE),
        lambda: sm2.public_of(pem),
    ):
        with pytest.raises(Unavailable, match="密钥无法读取") as told:
            act()
        assert "PRIVATE" not in told.value.message + told.value.how


@pytest.mark.parametrize(
    "call", ["EVP_DigestSign", "EVP_DigestVerify", "EVP_sm3", "EVP_PKEY_CTX_set1_id", "BIO_s_mem"]
)
def test_a_library_without_one_call_is_told_at_once(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    real = ctypes.CDLL

    class Library(real):  # type: ignore[misc, valid-type]
        def __getattr__(self, name: str) -> Any:
            if name == call:
                raise AttributeError(name)
            return super().__getattr__(name)

    monkeypatch.setattr(ctypes, "CDLL", Library)
    sm2._crypto.cache_clear()
    try:
        with pytest.raises(Unavailable, match="不支持国密"):
            sm2.sign(KEY, DATA)
    finally:
        monkeypatch.undo()
        sm2._crypto.cache_clear()
    assert sm2.verify(PUBLIC, DATA, SIGNATURE)


@pytest.mark.parametrize(
    "call", ["EVP_DigestSign", "EVP_PKEY_generate", "EVP_PKEY_keygen_init", "EVP_DigestSignInit"]
)
def test_a_call_that_fails_is_told_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    library = sm2._crypto()
    monkeypatch.setattr(library, call, lambda *_: 0)
    with pytest.raises(Unavailable, match="不能完成国密"):
        sm2.sign(KEY, DATA) if "Sign" in call else sm2.generate()
    monkeypatch.undo()
    assert sm2.verify(PUBLIC, DATA, sm2.sign(KEY, DATA))


# Keys as files.


def test_key_files_are_for_the_service_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = tmp_path / "open"
        keys.Keyring(folder).sm2_private()
        keys.Keyring(folder).pdf_identity()
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


FIRST_USE = """
import hashlib, json, sys
from pathlib import Path
from yichuang.gateways.signing.keys import Keyring
ring = Keyring(Path(sys.argv[1]))
found = ring.pdf_identity()
print(json.dumps([hashlib.sha256(each).hexdigest() for each in (ring.sm2_private(), found.private, found.certificate)]))
"""


def test_processes_that_come_first_together_get_one_key_that_fits_its_certificate(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    started = [
        subprocess.Popen([sys.executable, "-c", FIRST_USE, str(folder)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = [json.loads(each.communicate(timeout=120)[0]) for each in started]
    assert all(each == answers[0] for each in answers)
    assert sorted(path.name for path in folder.iterdir()) == [
        "report-pdf.crt",
        "report-pdf.pem",
        "report-sm2.pem",
    ]


def test_threads_that_come_first_together_get_a_certificate_that_fits(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keys.Keyring(tmp_path / "keys").pdf_identity(), range(16)))
    assert len({(one.private, one.certificate) for one in made}) == 1
    assert not [path for path in (tmp_path / "keys").iterdir() if path.name.startswith(".new-")]


def test_a_key_file_that_was_cut_short_is_told_and_not_replaced(tmp_path: Path) -> None:
    ring = keys.Keyring(tmp_path)
    whole = ring.sm2_private()
    (tmp_path / "report-sm2.pem").write_bytes(whole[:60])
    with pytest.raises(Unavailable, match="密钥无法读取"):
        sm2.sign(ring.sm2_private(), DATA)
    assert (tmp_path / "report-sm2.pem").read_bytes() == whole[:60]


def test_a_full_disk_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="签名密钥无法读写"):
        keys.Keyring(tmp_path / "keys").sm2_private()
    monkeypatch.undo()
    assert list((tmp_path / "keys").iterdir()) == []
    assert keys.Keyring(tmp_path / "keys").sm2_private().startswith(b"-----BEGIN PRIVATE KEY-----")


# The signature inside a PDF.


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> keys.PdfIdentity:
    return keys.Keyring(tmp_path_factory.mktemp("keys")).pdf_identity()


@pytest.fixture(scope="module")
def signed(identity: keys.PdfIdentity) -> bytes:
    return pdf.sign(smallest(), identity, reason="签发")


def smallest() -> bytes:
    """The smallest PDF with one empty page."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    )  # fmt: skip
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"xref\n0 4\n0000000000 65535 f \n" + table
    return made + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def test_a_byte_changed_anywhere_is_noticed(signed: bytes, identity: keys.PdfIdentity) -> None:
    """All that is signed, before and behind the signature: no position leaves it valid.

    The envelope of the signature itself (CMS) is not signed; it may carry other bytes beside the signature's.
    """
    whole = pdf.check(signed, identity.certificate)
    assert whole is not None
    assert whole.holds
    first = signed.index(b"/Contents <") + len(b"/Contents <")
    envelope = range(first, signed.index(b">", first))
    covered = [place for place in range(len(signed)) if place not in envelope]
    for place in covered[:: max(1, len(covered) // 120)]:
        found = pdf.check(changed(signed, place), identity.certificate)
        assert found is None or not found.holds, place


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short_does_not_hold(signed: bytes, identity: keys.PdfIdentity, share: float) -> None:
    found = pdf.check(signed[: int(len(signed) * share)], identity.certificate)
    assert found is None or not found.holds


def test_a_second_layer_that_changes_the_page_is_noticed(signed: bytes, identity: keys.PdfIdentity) -> None:
    start = signed.rindex(b"startxref")
    before = int(signed[start:].split()[1])
    body = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>\nendobj\n"
    table = len(signed) + len(body)
    more = (
        b"xref\n3 1\n%010d 00000 n \ntrailer\n<< /Size 20 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    )
    found = pdf.check(signed + body + more % (len(signed), before, table), identity.certificate)
    assert found is None or not found.holds


def test_noise_is_never_a_fault(identity: keys.PdfIdentity) -> None:
    chance = random.Random(7)
    for length in range(0, 300, 10):
        noise = chance.randbytes(length)
        for content in (noise, b"%PDF-1.7\n" + noise, smallest()[: length * 2] + noise):
            found = pdf.check(content, identity.certificate)
            assert found is None or not found.holds
