"""PDF: geometry of GB/T 9704-2012, same bytes for the same data, inert data, no boxes."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from yichuang.gateways.documents import typesetting, typesetting_engine
from yichuang.gateways.documents.model import Section, plain
from yichuang.gateways.documents.report import report_pdf
from yichuang.gateways.documents.typefaces import choose
from yichuang.gateways.tests import samples
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import Sign, lines_of, pdf_pages, report, signs, words
from yichuang.kernel.errors import Unavailable

MM = 72 / 25.4


@pytest.fixture(scope="module")
def fonts() -> Path:
    return chinese_fonts()


@pytest.fixture(scope="module")
def long_report(fonts: Path) -> bytes:
    return report_pdf(report(sections=(Section(1, "一、", "长文", (plain("示" * 2000),)),)), fonts)


def body(content: bytes, page: int) -> list[list[Sign]]:
    return lines_of([sign for sign in signs(content, page) if sign.bottom > 34 * MM])


def test_a_full_page_has_22_lines_of_28_characters(long_report: bytes) -> None:
    lines = body(long_report, 1)
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}


def test_the_type_area_is_156_by_225_mm_at_its_margins(long_report: bytes) -> None:
    found = [sign for line in body(long_report, 1) for sign in line]
    width, height = pypdfium2.PdfDocument(long_report)[1].get_size()
    assert (round(width / MM), round(height / MM)) == (210, 297)
    assert min(sign.left for sign in found) == pytest.approx(28 * MM, abs=1)
    assert max(sign.right for sign in found) == pytest.approx((210 - 26) * MM, abs=1)
    pitch = (body(long_report, 1)[0][0].bottom - body(long_report, 1)[21][0].bottom) / 21
    assert pitch == pytest.approx(225 / 22 * MM, abs=0.05)


def test_first_lines_are_indented_by_two_characters(long_report: bytes) -> None:
    first_line = next(line for line in body(long_report, 0) if {sign.text for sign in line} == {"示"})
    assert first_line[0].left == pytest.approx((28 + 2 * 156 / 28) * MM, abs=1)
    assert len(first_line) == 26


def test_page_numbers_stand_outside(long_report: bytes) -> None:
    places = []
    for page in (0, 1, 2):
        foot = [sign for sign in signs(long_report, page) if sign.bottom < 34 * MM]
        assert "".join(sign.text for sign in foot) == f"—{page + 1}—"
        places.append(foot[0].left / MM)
    odd, even, odd_again = places
    assert odd > 150
    assert even < 50
    assert odd_again > 150


def test_the_same_report_has_the_same_bytes(fonts: Path) -> None:
    assert report_pdf(report(), fonts) == report_pdf(report(), fonts)
    assert report_pdf(report(), fonts) != report_pdf(report(copies_text="（共印81份）"), fonts)


def test_threads_share_one_press(fonts: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(
            pool.map(lambda number: report_pdf(report(number_line=f"第{number % 2}期"), fonts), range(12))
        )
    assert len(made) == 2


def test_the_file_is_pdf_a_2b_with_title_author_and_date(fonts: Path) -> None:
    content = report_pdf(report(), fonts)
    about = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert about["Title"] == "窗口工作周报 2022年第29期（总第404期）"
    assert about["Author"] == "示例省政务服务和公共资源交易服务中心"
    assert about["CreationDate"].startswith("D:20220927")
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert re.search(rb"<pdfaid:conformance>B</pdfaid:conformance>", content)


def test_headings_become_bookmarks(fonts: Path) -> None:
    outline = [
        (item.level, item.get_title())
        for item in pypdfium2.PdfDocument(report_pdf(report(), fonts)).get_toc()
    ]
    assert (0, "一、事项受理办理情况") in outline
    assert (1, "（一）优化营商环境工作开展情况") in outline


def test_data_is_never_read_as_markup(fonts: Path) -> None:
    nasty = '#panic("x") $x^2$ *b* _i_ @ref <b> \\ // /* ` [a] {b} #let x = 1 "'
    pages = pdf_pages(report_pdf(report(sections=(Section(1, "一、", "题", (plain(nasty),)),)), fonts))
    assert words(nasty) in words("".join(pages))


def test_the_imprint_stands_at_the_foot_of_the_last_page(fonts: Path) -> None:
    last = body(report_pdf(report(), fonts), 0)
    assert "".join(sign.text for sign in last[-1]) == "数据截至2022年9月2日，封号第12号。"
    assert last[-1][0].bottom < 45 * MM


def test_a_missing_character_is_named_and_never_a_box(fonts: Path) -> None:
    # An unassigned code point: no typeface has it.
    with pytest.raises(Unavailable, match="\U00033479") as refused:
        report_pdf(report(issuer="示例\U00033479中心"), fonts)
    assert str(fonts) in refused.value.how


class Here:
    """Answers as the caller of an engine does, in this process."""

    def asked(self, asked: Mapping[str, Any], seconds: float) -> bytes:
        """What the engine would answer."""
        assert seconds > 0
        answer = typesetting_engine.answered(json.dumps(asked).encode())
        if answer[:1] != b"+":
            raise ValueError(answer[1:].decode())
        return answer[1:]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine's work is done in this process, where its parts can be taken away."""
    monkeypatch.setattr(typesetting, "typesetter", Here)
    yield
    typesetting_engine._press.cache_clear()
    typesetting._has_chinese.cache_clear()


@pytest.mark.usefixtures("here")
def test_no_chinese_typeface_is_a_clear_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting_engine, "choose", lambda families: None)
    typesetting_engine._press.cache_clear()
    with pytest.raises(Unavailable, match="中文字体") as refused:
        report_pdf(report(), tmp_path / "none")
    assert "make setup" in refused.value.how
    assert not typesetting.has_chinese(tmp_path)


def test_a_template_that_does_not_fit_is_a_fault_of_ours_with_the_compilers_words(fonts: Path) -> None:
    with pytest.raises(typesetting.TypesettingFault, match="dictionary does not contain key"):
        typesetting.pdf("report.typ", {}, fonts, date(2022, 9, 27))
    with pytest.raises(typesetting.TypesettingFault):
        typesetting.pdf("no-such.typ", {}, fonts, date(2022, 9, 27))


@pytest.mark.parametrize(
    "name", ["../picture.png", "base.typ", f"{'a' * 64}.png.typ", "/tmp/" + "a" * 64 + ".png"]
)
def test_a_picture_has_the_name_of_a_picture_or_the_document_is_refused(
    name: str, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    asked = {
        "template": "report.typ",
        "data": "{}",
        "fonts": str(fonts),
        "dated": "2022-09-27",
        "pictures": {name: "eHg="},
    }
    answer = typesetting_engine.answered(json.dumps(asked).encode())
    assert answer[:1] == b"-"
    assert "no name of a picture" in answer.decode()
    assert not list(tmp_path.iterdir())


def test_a_document_finds_its_pictures_beside_it_and_leaves_none_behind(
    fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template reads them by name; the same picture has the same name, and so the document the same bytes."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen: list[list[str]] = []
    set_ = typesetting_engine._Press._set

    def watched(press: Any, root: Path, sheet: typesetting_engine.Sheet) -> bytes:
        seen.append(sorted(path.suffix for path in root.iterdir()))
        return set_(press, root, sheet)

    monkeypatch.setattr(typesetting_engine._Press, "_set", watched)
    whole = samples.long_report()
    monkeypatch.setattr(typesetting, "typesetter", Here)
    first, second = report_pdf(whole, fonts), report_pdf(whole, fonts)
    assert first == second
    assert [folder.count(".png") for folder in seen] == [2, 2]
    assert not list(tmp_path.iterdir())


def test_another_template_is_another_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update nobody is answered by an engine that has read the templates of before."""
    assert {path.name for path in typesetting.TEMPLATES.glob("*.typ")} <= {
        path.name for path in typesetting._SOURCES
    }
    before = typesetting.typesetter().address
    changed = tmp_path / "report.typ"
    changed.write_bytes((typesetting.TEMPLATES / "report.typ").read_bytes() + b"\n")
    others = tuple(changed if path.name == changed.name else path for path in typesetting._SOURCES)
    monkeypatch.setattr(typesetting, "_SOURCES", others)
    assert typesetting.typesetter.__wrapped__().address != before


def test_the_compiler_stays_out_of_the_callers_process(fonts: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from yichuang.gateways.documents import typesetting, report\n"
        "assert typesetting.has_chinese(Path(sys.argv[1]))\n"
        "print('typst' in sys.modules, typesetting.typesetter().address.hex())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(fonts)], capture_output=True, text=True, check=True, timeout=60
    )
    loaded, place = said.stdout.split()
    assert loaded == "False"
    assert bytes.fromhex(place) == typesetting.typesetter().address


@pytest.mark.usefixtures("here")
def test_fonts_that_arrive_later_are_found_without_a_restart(
    fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting_engine, "_with_system", lambda *_: b"machine's typefaces")
    assert report_pdf(report(), tmp_path) == b"machine's typefaces"
    if not any(fonts.glob("*.ttf")):
        pytest.skip("the Chinese typefaces here belong to the machine")
    for path in fonts.glob("*.ttf"):
        shutil.copy(path, tmp_path)
    assert report_pdf(report(), tmp_path).startswith(b"%PDF")


def test_bought_typefaces_come_before_free_ones() -> None:
    bought = choose(["FangSong_GB2312", "Noto Serif SC", "SimHei", "KaiTi_GB2312"])
    assert bought is not None
    assert (bought.body[:2], bought.hei[0]) == (("FangSong_GB2312", "Noto Serif SC"), "SimHei")
    assert (bought.kai[0], bought.kai_stands_in) == ("KaiTi_GB2312", False)
    free = choose(["Noto Serif SC", "Noto Sans SC", "DejaVu Sans"])
    assert free is not None
    assert (free.hei[0], free.title[0], free.kai_stands_in) == ("Noto Sans SC", "Noto Serif SC", True)


def test_latin_typefaces_alone_are_no_typefaces() -> None:
    assert choose(["DejaVu Sans", "Liberation Serif"]) is None
