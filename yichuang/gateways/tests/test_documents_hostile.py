"""Documents of hostile words: every field is data in every output, and the same data gives the same bytes."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways import qr
from yichuang.gateways.documents.blocks import notice_lines, report_blocks
from yichuang.gateways.documents.model import (
    Deadline,
    FormRow,
    NoticeItem,
    OfficialNotice,
    Run,
    Section,
    clean,
    plain,
)
from yichuang.gateways.documents.notice import notice_pdf, notice_text
from yichuang.gateways.documents.report import report_docx, report_pdf, report_txt
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import pdf_pages, report, word_paragraphs, words

NASTY = [
    '#panic("x")', "#import \"/etc/passwd\"", "$ sum_(i=0) $", "*粗* _斜_ `码`", "\\ \\u{41} \\#", "@ref <label>",
    "[内容] {代码} #{1+1}", "/* 注 */ // 注", "= 标题", "- 列表 + 列表", "\"引号\" '单引号' “全角”", "~ -- --- ...",
    "<w:p/> &amp; ]]>", "{{ 7*7 }}", "甲\0乙\x1b\u2028丙\ufffe丁", "示\u202e反\u202c例", "𬀩䶮㛃",
]  # fmt: skip


def everywhere(word: str) -> OfficialNotice:
    """A notice with the word in every field of text."""
    return OfficialNotice(
        title=word, issuer=word, number_text=word, addressee=word, dated=date(2022, 5, 13), issued_on_text=word,
        opening=(word,), items=(NoticeItem(word, word, word),), form=(FormRow(word, word), FormRow(word, options=(word,))),
        closing=(word,), deadline=Deadline(word, word, (word,)), basis=(word,), remedies=(word,), contact=(word,),
        seal_text=word, follow_url="https://yichuang.example/x", follow_text=word, small_print=(word,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def fonts() -> Path:
    return chinese_fonts()


@pytest.mark.parametrize("word", NASTY)
def test_words_in_every_field_of_a_notice_are_printed_as_they_are(fonts: Path, word: str) -> None:
    printed = words("".join(pdf_pages(notice_pdf(everywhere(word), fonts))))
    assert printed.count(words(clean(word))) >= 15
    assert clean(word).strip() in notice_text(everywhere(word))


@pytest.mark.parametrize("word", NASTY)
def test_words_in_a_report_are_the_same_in_all_three_forms(fonts: Path, word: str) -> None:
    section = Section(
        1, "一、", word, (plain(f"前{word}后"), (Run(word, "licence.accepted", "/x"), Run("件。")))
    )
    made = report(
        sections=(section,), title=word, issuer=word, small_print=word, distribution=(("报", word),)
    )
    text = words(report_txt(made))
    assert text.count(words(clean(word))) >= 6
    assert words("".join(each.text for each in word_paragraphs(report_docx(made)))) == text
    assert sorted(words("".join(pdf_pages(report_pdf(made, fonts))))) == sorted(text)


@given(st.text(max_size=60))
@settings(max_examples=15)
def test_a_word_file_of_any_text_is_sound_xml(text: str) -> None:
    made = report(
        heading=text, issuer=text, sections=(Section(2, "（一）", text, (plain(text),), run_in=True),)
    )
    content = report_docx(made)
    assert report_docx(made) == content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                fromstring(package.read(name))
    wanted = words("".join(block.text for block in report_blocks(made)))
    assert words("".join(each.text for each in word_paragraphs(content))) == wanted


@given(st.text(max_size=80))
def test_lines_of_a_notice_are_single_lines_without_blank_ends(text: str) -> None:
    for line in notice_lines(everywhere(text)):
        assert line == line.strip()
        assert line.splitlines() == [line]
        assert clean(line) == line
    assert notice_text(everywhere(text)).endswith("\n")


def test_ten_thousand_characters_make_pages_and_lose_none(fonts: Path) -> None:
    long = replace(everywhere("短"), closing=("审" * 10_000,), items=())
    pages = pdf_pages(notice_pdf(long, fonts))
    assert len(pages) > 10
    assert "".join(pages).count("审") == 10_000
    many = replace(everywhere("短"), items=tuple(NoticeItem(f"材料{n}", "缺", "补") for n in range(200)))
    printed = words("".join(pdf_pages(notice_pdf(many, fonts))))
    assert all(f"材料{n}" in printed for n in range(200))


def test_a_word_without_any_break_stays_on_the_paper(fonts: Path) -> None:
    """Two hundred letters in one go are printed, on however many lines."""
    printed = words("".join(pdf_pages(notice_pdf(replace(everywhere("短"), closing=("A" * 200,)), fonts))))
    assert printed.count("A") == 200


def test_an_empty_notice_is_a_page_without_fault(fonts: Path) -> None:
    assert len(pdf_pages(notice_pdf(everywhere(""), fonts))) == 1
    bare = OfficialNotice("", "", "", "", date(2022, 5, 13), "")
    assert notice_lines(bare) == ()
    assert pdf_pages(notice_pdf(bare, fonts))


CHANGES: list[Callable[[OfficialNotice], OfficialNotice]] = [
    lambda notice: replace(notice, addressee="乙"),
    lambda notice: replace(notice, opening=("甲", "乙")),
    lambda notice: replace(notice, dated=date(2022, 5, 14)),
    lambda notice: replace(notice, follow_url="https://yichuang.example/y"),
    lambda notice: replace(notice, seal_text=""),
    lambda notice: replace(notice, deadline=None),
    lambda notice: replace(notice, items=()),
]


def test_the_same_words_are_the_same_bytes_and_other_words_are_not(fonts: Path) -> None:
    first = notice_pdf(everywhere("甲"), fonts)
    assert notice_pdf(everywhere("甲"), fonts) == first
    others = {notice_pdf(change(everywhere("甲")), fonts) for change in CHANGES}
    assert first not in others
    assert len(others) == len(CHANGES)


@pytest.mark.parametrize("text", [*NASTY, "https://yichuang.example/follow/" + "a" * 500, "\0", " "])
def test_a_qr_code_of_any_text_is_drawn_by_attributes(text: str) -> None:
    root = fromstring(qr.svg(text))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "path", "g"}
    for element in root.iter():
        assert element.text is None or not element.text.strip()
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
    assert qr.svg(text) == qr.svg(text)
