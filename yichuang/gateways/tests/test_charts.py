"""Charts: the rules of the house, pages without script or inline style, links into this site only."""

import os
import re
import struct
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from yichuang.gateways import charts
from yichuang.gateways.charts import Bar, Point, Series, bars, lines, png
from yichuang.gateways.drawing import Draughtsman, draughtsman
from yichuang.gateways.tests.fonts import chinese_fonts, svg
from yichuang.kernel.errors import Unavailable

ROWS = [
    Bar("水利厅", 1234, "/cases?department=1&week=2"),
    Bar("商务厅<b>", Decimal("9.5"), "/cases"),
    Bar("林草局", 0),
]


def days(name: str, *values: int) -> Series:
    points = (Point(date(2022, 9, 1) + timedelta(n), value, f"/x?day={n}") for n, value in enumerate(values))
    return Series(name, tuple(points))


SPECS = {
    "bars": bars("本周受理", "件", ROWS),
    "lines": lines("每日办件", "件", [days("受理", 3, 9, 4), days("办结", 3, 8, 4)]),
    "nothing": bars("本周受理", "件", []),
    "no days": lines("每日办件", "件", []),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_chart_passes_a_strict_content_security_policy(name: str) -> None:
    drawn = svg(SPECS[name])
    for element in fromstring(drawn).iter():
        assert element.tag.rpartition("}")[2] in {"svg", "g", "path", "line", "rect", "text", "tspan", "a"}
        assert not [key for key in element.attrib if key == "style" or key.startswith("on")]
    assert "vega" not in drawn
    assert "undefined" not in drawn
    assert svg(SPECS[name]) == drawn


def test_bars_are_named_linked_and_written_out() -> None:
    root = fromstring(svg(SPECS["bars"]))
    assert root.get("aria-label") == "本周受理（件）"
    texts = {element.text for element in root.iter() if element.text}
    assert {"水利厅", "商务厅<b>", "林草局", "1,234", "9.5", "0", "本周受理（件）"} <= texts
    links = {each.get("href"): each[0].get("aria-label") for each in root.iter() if each.tag.endswith("}a")}
    assert links == {"/cases?department=1&week=2": "水利厅：1,234件", "/cases": "商务厅<b>：9.5件"}


def test_the_length_of_a_bar_is_its_value_from_zero() -> None:
    drawn = svg(bars("题", "件", [Bar("甲", 100), Bar("乙", 50), Bar("丙", 0)]))
    lengths = [
        float(found)
        for found in re.findall(r'aria-label="[甲乙丙]：\d+件"[^>]* d="M0,[\d.]+h([\d.]+)v', drawn)
    ]
    assert lengths[0] == pytest.approx(2 * lengths[1])
    assert lengths[2] == 0


def test_many_bars_leave_their_values_to_the_table() -> None:
    twelve, thirteen = ([Bar(f"第{n}", 7_000 + n) for n in range(count)] for count in (12, 13))
    assert "7,011" in re.sub(r'aria-label="[^"]*"', "", svg(bars("题", "件", twelve)))
    assert "7,011" not in re.sub(r'aria-label="[^"]*"', "", svg(bars("题", "件", thirteen)))


def test_two_bars_of_one_name_would_be_one_bar() -> None:
    with pytest.raises(ValueError, match="same label"):
        bars("题", "件", [Bar("甲", 1), Bar("甲", 2)])


@pytest.mark.parametrize(
    "href", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "cases"]
)
def test_links_stay_on_this_site(href: str) -> None:
    with pytest.raises(ValueError, match="this site only"):
        bars("题", "件", [Bar("甲", 1, href)])


def test_lines_are_told_apart_by_dashes_and_named_at_their_ends() -> None:
    drawn = svg(SPECS["lines"])
    assert len(set(re.findall(r'stroke-dasharray="([^"]+)"', drawn))) >= 1
    texts = [element.text for element in fromstring(drawn).iter() if element.text]
    assert {"受理 4", "办结 4", "9月1日", "9月3日"} <= set(texts)
    heights = [float(y) for y in re.findall(r'translate\([\d.]+,([\d.]+)\)"[^>]*>(?:受理|办结) 4<', drawn)]
    assert abs(heights[0] - heights[1]) >= 15


def test_more_than_five_lines_are_no_chart() -> None:
    with pytest.raises(ValueError, match="at most 5"):
        lines("题", "件", [days(str(n), 1) for n in range(6)])


def test_a_day_is_the_same_day_west_of_greenwich() -> None:
    code = (
        "from datetime import date\n"
        "from yichuang.gateways.charts import Point, Series, lines\n"
        "from yichuang.gateways.drawing_engine import drawn\n"
        "days = Series('甲', (Point(date(2022, 9, 1), 1), Point(date(2022, 9, 3), 2)))\n"
        "print(drawn(lines('题', '件', [days]), 'none'))"
    )
    environment = {**os.environ, "TZ": "America/Los_Angeles"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ">9月1日<" in told.stdout
    assert "8月31日" not in told.stdout


@pytest.mark.parametrize("key", ["href", "url"])
def test_a_spec_that_names_an_address_itself_is_refused(key: str) -> None:
    forged = {
        **SPECS["bars"],
        "layer": [{"mark": "bar", "encoding": {key: {"value": "https://elsewhere.example"}}}],
    }
    with pytest.raises(ValueError, match="builders only"):
        svg(forged)


def test_a_spec_that_cannot_be_drawn_fails_and_harms_no_other() -> None:
    with pytest.raises(ValueError, match="conversion failed"):
        svg({**SPECS["bars"], "layer": [{"mark": "no such mark"}]})
    assert "1,234" in svg(SPECS["bars"])


def test_the_picture_is_a_png_of_the_chart() -> None:
    picture = png(SPECS["bars"], chinese_fonts(), scale=1)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 480
    assert height > 3 * 26


def test_pages_and_print_are_drawn_by_one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would hold 90 MB each."""
    fonts, asked = chinese_fonts(), list[Path | None]()

    def watched(folder: Path | None) -> Draughtsman:
        asked.append(folder)
        return draughtsman(folder)

    monkeypatch.setattr(charts, "draughtsman", watched)
    svg(bars("页面与打印", "件", [Bar("甲", 1)]))
    png(bars("页面与打印", "件", [Bar("甲", 1)]), fonts)
    assert asked == [fonts.resolve()] * 3


def test_without_a_chinese_typeface_there_is_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "has_chinese", lambda fonts: False)
    with pytest.raises(Unavailable, match="中文字体"):
        png(SPECS["bars"], tmp_path)
