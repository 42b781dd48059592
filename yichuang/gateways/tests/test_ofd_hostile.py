"""OFD where it hurts: rare characters, an empty report, thirty pages, the same bytes from another process."""

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import ofdkit
import pytest
from defusedxml.ElementTree import fromstring

from yichuang.gateways.documents.model import OfficialReport, Section, plain
from yichuang.gateways.documents.report import report_ofd, report_pdf, report_txt
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.ofd_reading import OFD, Package
from yichuang.gateways.tests.samples import report, words


@pytest.fixture(scope="module")
def typefaces() -> Path:
    return chinese_fonts()


def said(*paragraphs: str, **changes: object) -> OfficialReport:
    """A report with these paragraphs only."""
    return report(
        sections=(Section(1, "一、", "示例", tuple(plain(text) for text in paragraphs)),), **changes
    )


RARE = {
    "simple and traditional": "龘靐齉爩 麤鱻 囍 臺灣 後裏 國務院",
    "names": "喆堃犇赟昇珺翀旸頔",
    "brackets": "〔2022〕〈示例〉《条例》“引号”‘单引’【括号】（圆括号）",
    "units": "30℃ 5‰ 12㎡ 3×4÷2±1 №7 ①②③ ⅠⅡⅢ",
    "money": "￥1,234.56 $7 €8",
    "markup": "<a href='x'>&amp;</a> ]]> <!-- --> \\(x\\) %d {{ 7*7 }}",
    "dashes": "一—二——三－四-五…六……",
    "greek": "αβγ Ω μ",
}


@pytest.mark.parametrize("name", list(RARE))
def test_every_character_of_the_text_is_in_the_file_and_has_an_outline(name: str, typefaces: Path) -> None:
    chosen = said(RARE[name])
    content = report_ofd(chosen, typefaces)
    package = Package(content)
    assert words(package.text()) == words(report_txt(chosen))
    known = {font: set(face.getBestCmap()) for font, face in package.fonts().items()}
    for page in range(len(package.pages)):
        for sign in package.characters(page):
            if sign.text.strip():
                assert ord(sign.text) in known[sign.font], (sign.text, sign.font)


def test_markup_in_the_text_does_not_become_markup_of_the_file(typefaces: Path) -> None:
    content = report_ofd(said("</ofd:TextCode><ofd:TextCode>坏</ofd:TextCode>", RARE["markup"]), typefaces)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith(".xml"):
                fromstring(package.read(name))
    assert "</ofd:TextCode>" in Package(content).text()


def test_a_report_without_any_section_is_one_whole_page(typefaces: Path) -> None:
    chosen = report(sections=())
    content = report_ofd(chosen, typefaces)
    package = Package(content)
    assert len(package.pages) == 1
    assert words(package.text()) == words(report_txt(chosen))
    with ofdkit.open(io.BytesIO(content)) as document:
        assert document.warnings == []


@pytest.fixture(scope="module")
def thirty(typefaces: Path) -> tuple[OfficialReport, bytes]:
    text = "示例厅把“取水许可”由20个工作日压减至7.8个，服务企业1,234家次。" * 9
    sections = [Section(1, "一、", "示例", tuple(plain(f"第{n}条。{text}") for n in range(75)))]
    chosen = report(sections=tuple(sections))
    return chosen, report_ofd(chosen, typefaces)


def test_thirty_pages_are_whole_numbered_and_small(thirty: tuple[OfficialReport, bytes]) -> None:
    chosen, content = thirty
    package = Package(content)
    assert len(package.pages) >= 30
    assert words(package.text()) == words(report_txt(chosen))
    for number in range(len(package.pages)):
        page = "".join(sign.text for sign in package.characters(number))
        assert f"—{number + 1}—" in page.replace(" ", ""), number
    # Each typeface lies in the file once, whatever the number of pages.
    assert len(package.fonts()) == len(
        {
            hashlib.sha256(raw).digest()
            for name, raw in package.files.items()
            if name.endswith((".ttf", ".otf"))
        }
    )
    assert len(content) < 3_000_000


def test_numbers_of_things_are_used_once_over_thirty_pages(thirty: tuple[OfficialReport, bytes]) -> None:
    package = Package(thirty[1])
    ids = [
        each.get("ID")
        for root in (package.document, *package.pages)
        for each in root.iter()
        if each.get("ID")
    ]
    assert len(ids) == len(set(ids))
    assert package.document.find(f"{OFD}CommonData/{OFD}MaxUnitID") is not None


ELSEWHERE = """
import hashlib
from yichuang.gateways.documents.report import report_ofd
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import report
print(hashlib.sha256(report_ofd(report(), chinese_fonts())).hexdigest())
"""


def test_another_process_makes_the_same_bytes(typefaces: Path) -> None:
    here = hashlib.sha256(report_ofd(report(), typefaces)).hexdigest()
    for seed in ("0", "1", "4711"):
        made = subprocess.run(
            [sys.executable, "-c", ELSEWHERE], capture_output=True, check=True, timeout=300,
            env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed, "TZ": "America/New_York", "DJANGO_SETTINGS_MODULE": "config.settings"},
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        assert made.stdout.decode().strip() == here


def test_the_package_holds_nothing_but_what_it_names(typefaces: Path) -> None:
    """No clock, no absolute path, no way out of the folder."""
    with zipfile.ZipFile(io.BytesIO(report_ofd(report(), typefaces))) as package:
        infos = package.infolist()
        assert len({info.date_time for info in infos}) == 1
        assert all(not info.filename.startswith("/") and ".." not in info.filename for info in infos)
        assert len({info.filename for info in infos}) == len(infos)
        assert package.testzip() is None
        assert infos[0].filename == "OFD.xml" or "OFD.xml" in package.namelist()


def test_one_changed_word_changes_the_file_and_the_pdf_alike(typefaces: Path) -> None:
    one, other = said("受理597002件。"), said("受理597003件。")
    assert report_ofd(one, typefaces) != report_ofd(other, typefaces)
    assert report_pdf(one, typefaces) != report_pdf(other, typefaces)
    assert "597003" in Package(report_ofd(other, typefaces)).text()
