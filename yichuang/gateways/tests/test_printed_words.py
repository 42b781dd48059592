"""The words of Word files and PDFs: what is read, and that hostile files are refused with a reason and a way out."""

import io
import zipfile
from datetime import UTC, datetime

import docx
import pypdfium2
import pytest
from docx.document import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.pdf_words import pdf_text
from yichuang.gateways.printed_words import LIMITS, packed_text
from yichuang.kernel.errors import Invalid


def saved(document: Document) -> bytes:
    document.core_properties.created = datetime(2022, 5, 5, tzinfo=UTC)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    return saved(document)


def pdf(*contents: str, extra: str = "", trailer: str = "") -> bytes:
    """A PDF with one page for each content stream, in a standard typeface; further objects and trailer words."""
    kids = " ".join(f"{10 + 2 * place} 0 R" for place in range(len(contents)))
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for place, content in enumerate(contents):
        objects[10 + 2 * place] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {11 + 2 * place} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects[11 + 2 * place] = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
    out = b"%PDF-1.4\n"
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    rows = "".join(f"{number} 1\n{at:010d} 00000 n \n" for number, at in sorted(places.items()))
    start = len(out)
    last = f"xref\n0 1\n0000000000 65535 f \n{rows}trailer\n<< /Size {max(objects) + 1} /Root 1 0 R {trailer} >>\n"
    return out + f"{last}startxref\n{start}\n%%EOF\n".encode()


def written(*lines: tuple[int, int, str], size: int = 12) -> str:
    """Text at places: (x, y, words)."""
    return "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET" for x, y, words in lines)


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        packed_text(data)
    assert caught.value.how
    return caught.value.message


def test_plain_text_is_somebody_elses() -> None:
    assert packed_text("周报".encode()) is None
    assert packed_text(b"") is None


def test_paragraphs_headings_and_rows_of_a_word_file() -> None:
    document = docx.Document()
    document.add_heading("办件情况", 1)
    document.add_paragraph("本周受理12件。\n办结11件。")
    table = document.add_table(rows=2, cols=3)
    for place, words in enumerate(("类型", "受理（件）", "办结\n（件）", "许可", "7", "6")):
        table.rows[place // 3].cells[place % 3].text = words
    frame = document.add_table(rows=1, cols=1)
    frame.rows[0].cells[0].text = "报：中心领导。\n送：各处室。"
    assert packed_text(saved(document)) == (
        "## 办件情况\n本周受理12件。\n办结11件。\n类型\t受理（件）\t办结（件）\n许可\t7\t6\n报：中心领导。\n送：各处室。"
    )


def test_a_merged_cell_is_read_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=3)
    table.rows[0].cells[0].merge(table.rows[0].cells[1]).text = "合计"
    table.rows[0].cells[2].text = "7"
    assert packed_text(saved(document)) == "合计\t7"


def test_an_empty_word_file_is_refused() -> None:
    assert "没有文字" in refused(word())


def test_a_bomb_in_a_word_file_is_never_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b"0" * (80 << 20))
    assert "压缩炸弹" in refused(out.getvalue())


def test_an_archive_a_table_and_a_torn_file_are_no_word_file() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.txt", "x")
    assert "压缩包" in refused(out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<x/>")
    assert refused(out.getvalue()) == "这不是 Word 文档。"
    assert "损坏" in refused(word("周报")[:900])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    assert "损坏" in refused(out.getvalue())


def test_a_macro_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<x/>")
        package.writestr("word/vbaProject.bin", b"x")
    assert "宏" in refused(out.getvalue())


def test_a_hundred_megabytes_are_refused_unread() -> None:
    assert "超过" in refused(b"%PDF-1.7\n" + b"0" * (100 << 20))
    assert LIMITS.size < 100 << 20


def test_too_many_words_are_refused() -> None:
    assert "文字太多" in refused(word("周报" * 110_000))


def test_wrapped_lines_of_a_pdf_are_joined_and_page_numbers_left_out() -> None:
    line = "abcdefghij klmnopqrst uvwxyz abcdefghij klmnopqrst uvwxyz abcdefghij"
    page = written((90, 600, line), (90, 580, "and the rest."), (90, 560, "Another one"), (280, 40, "- 4 -"))
    assert pdf_text(pdf(page)) == f"{line} and the rest.\nAnother one"


def test_running_heads_are_left_out() -> None:
    pages = [
        written(
            (90, 800, "Weekly Report"), (90, 600, f"Words of page {number} alone"), (290, 40, str(number))
        )
        for number in (1, 2, 3)
    ]
    assert pdf_text(pdf(*pages)).split("\n") == [f"Words of page {number} alone" for number in (1, 2, 3)]


def test_cells_of_a_row_stand_between_tabs() -> None:
    page = written((90, 600, "type"), (250, 600, "12"), (350, 600, "11"), (90, 580, "licence"), (250, 580, "7"), (350, 580, "6"))  # fmt: skip
    assert pdf_text(pdf(page)) == "type\t12\t11\nlicence\t7\t6"


def test_a_pdf_without_words_is_a_scan() -> None:
    assert refused(pdf("0 0 100 100 re f")) == "这份 PDF 没有文字层，多半是扫描件。"


def test_two_columns_are_refused() -> None:
    rows = [
        (x, 700 - 16 * row, "some words in a column here")
        for row in range(20)
        for x in (70, 320)
    ]  # fmt: skip
    assert "分两栏" in refused(pdf(written(*rows)))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", "脚本"),
        ("/OpenAction << /S /Launch /F (cmd.exe) >>", "脚本"),
        ("/Names << /EmbeddedFiles << /Names [] >> >>", "夹带"),
    ],
)
def test_a_pdf_that_acts_or_carries_is_refused(extra: str, said: str) -> None:
    page = written((90, 600, "words"))
    assert pdf_text(pdf(page)) == "words"
    assert said in refused(pdf(page, extra=extra))


def test_an_attachment_is_found_wherever_it_hides() -> None:
    with pypdfium2.PdfDocument(pdf(written((90, 600, "words")))) as document:
        document.new_attachment("a.exe").set_data(b"MZ")
        out = io.BytesIO()
        document.save(out)
    assert "夹带" in refused(out.getvalue())


def test_a_locked_and_a_torn_pdf_are_refused() -> None:
    page = written((90, 600, "words"))
    assert "密码" in refused(pdf(page, trailer="/Encrypt << /Filter /Standard >>"))
    assert "不完整" in refused(pdf(page)[:-20])
    assert "损坏" in refused(b"%PDF-1.7\nnothing\n%%EOF\n")


def test_too_many_pages_are_refused() -> None:
    assert "201 页" in refused(pdf(*[""] * 201))


@given(st.binary(max_size=300), st.sampled_from([b"%PDF-1.4\n", b"PK\x03\x04"]))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes, start: bytes) -> None:
    assert refused(start + data)
