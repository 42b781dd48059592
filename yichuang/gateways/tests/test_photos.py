"""Pictures lose what a camera writes beside them, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways.photos import BrokenPhotoError, stripped
from yichuang.gateways.uploads import Kind, sniff
from yichuang.halls.tests.factories_rounds import GPS, jpeg, png


def test_the_place_is_gone_from_a_jpeg_and_the_picture_stays() -> None:
    dirty = jpeg(turn=1, comment=b"taken by somebody", tail=b"second picture with GPS")
    clean = stripped(dirty)
    assert GPS in dirty
    assert GPS not in clean
    assert b"somebody" not in clean
    assert b"second picture" not in clean
    assert b"Exif" not in clean
    assert clean == jpeg(place=False)
    assert sniff(clean, "a.jpg") is Kind.JPEG


@pytest.mark.parametrize("turn", range(2, 9))
def test_the_turn_is_kept_without_anything_else(turn: int) -> None:
    clean = stripped(jpeg(turn=turn))
    assert GPS not in clean
    assert clean.count(b"Exif\0\0") == 1
    assert stripped(clean) == clean
    assert bytes((0, turn, 0, 0)) in clean


@pytest.mark.parametrize("turn", [0, 9, 60_000])
def test_a_turn_that_is_none_is_dropped(turn: int) -> None:
    assert b"Exif" not in stripped(jpeg(turn=turn))


def test_the_place_is_gone_from_a_png() -> None:
    clean = stripped(png())
    assert GPS not in clean
    assert clean == png(place=False)
    assert sniff(clean, "a.png") is Kind.PNG


@pytest.mark.parametrize("whole", [jpeg(), png()], ids=["jpeg", "png"])
def test_a_torn_picture_is_refused_and_never_crashes(whole: bytes) -> None:
    for end in range(len(whole) - 1):
        with pytest.raises(BrokenPhotoError):
            stripped(whole[:end])


def test_a_changed_png_is_refused() -> None:
    whole = bytearray(png())
    whole[20] ^= 0xFF
    with pytest.raises(BrokenPhotoError):
        stripped(bytes(whole))


@given(noise=st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_refused(noise: bytes) -> None:
    for head in (b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0"):
        try:
            clean = stripped(head + noise)
        except BrokenPhotoError:
            continue
        assert GPS not in clean
