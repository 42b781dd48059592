"""QR codes: drawn by attributes alone, scannable in any colour scheme."""

import pytest
import segno
from defusedxml.ElementTree import fromstring

from yichuang.gateways import qr


def test_it_is_inline_svg_without_style_or_script() -> None:
    drawn = qr.svg("https://yichuang.example/follow/12")
    assert drawn.startswith("<svg ")
    for element in fromstring(drawn).iter():
        assert element.tag.rpartition("}")[2] in {"svg", "path", "g"}
        assert not {"style", "onload"} & set(element.attrib)


def test_it_holds_the_text_with_a_quiet_zone_of_four_modules() -> None:
    text = "https://yichuang.example/follow/12"
    code = segno.make(text, error="m", micro=False, boost_error=False)
    width = code.symbol_size(scale=4, border=4)[0]
    root = fromstring(qr.svg(text))
    assert (root.get("width"), root.get("height")) == (str(width), str(width))


def test_different_texts_have_different_codes() -> None:
    assert qr.svg("甲") == qr.svg("甲")
    assert qr.svg("甲") != qr.svg("乙")
    assert qr.svg("甲", module=8) != qr.svg("甲")


def test_too_much_text_is_refused() -> None:
    with pytest.raises(segno.DataOverflowError):
        qr.svg("长" * 3000)
