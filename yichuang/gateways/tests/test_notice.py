"""Notices as PDF: every word printed, one page where it fits, an empty place for the seal."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from yichuang.gateways.documents.model import Deadline, FormRow, NoticeItem, OfficialNotice
from yichuang.gateways.documents.notice import notice_pdf, notice_text
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import pdf_pages, signs, words

NOTICE = OfficialNotice(
    title="一次性补正告知书",
    issuer="示例省水利厅",
    number_text="示水许补〔2022〕12号",
    addressee="示例科技有限公司",
    dated=date(2022, 5, 13),
    issued_on_text="2022年5月13日",
    opening=("你单位提出的“取水许可”申请收悉，现一次告知如下：",),
    items=(NoticeItem("论证报告书", "缺少第五章", "补充第五章后重新提交"),),
    closing=("请你单位提交补正材料。",),
    deadline=Deadline("提交补正材料的最后一日", "2022年5月23日", ("自告知次日起第6个工作日。",)),
    basis=("事项依据：某条例第十四条。",),
    remedies=("如不服本决定，可以申请行政复议。",),
    contact=("联系方式：12号窗口。",),
    seal_text="行政许可专用章",
    follow_url="https://yichuang.example/follow/12",
    follow_text="扫码查看办理进度。",
    small_print=("办件编号：12", "办件日志校验值：9f86d081"),
)


@pytest.fixture(scope="module")
def fonts() -> Path:
    return chinese_fonts()


def test_every_word_is_printed_once(fonts: Path) -> None:
    printed = words("".join(pdf_pages(notice_pdf(NOTICE, fonts))))
    for line in notice_text(NOTICE).splitlines():
        if not line.startswith("1. "):
            assert words(line) in printed
    for cell in (
        "序号",
        "材料名称",
        "存在的问题",
        "补正要求",
        "论证报告书",
        "缺少第五章",
        "补充第五章后重新提交",
    ):
        assert cell in printed
    assert printed.count("盖章处") == 1
    assert printed.count("行政许可专用章") == 1


def test_the_same_notice_has_the_same_bytes(fonts: Path) -> None:
    assert notice_pdf(NOTICE, fonts) == notice_pdf(NOTICE, fonts)
    assert notice_pdf(NOTICE, fonts) != notice_pdf(
        replace(NOTICE, follow_url="https://yichuang.example/x"), fonts
    )


def body_size(content: bytes) -> float:
    sign = next(sign for sign in signs(content, 0) if sign.text == "收")
    return sign.top - sign.bottom


def test_a_notice_that_nearly_fits_is_drawn_together_onto_one_page(fonts: Path) -> None:
    bare = replace(NOTICE, items=(), basis=(), remedies=())
    roomy, fuller, longer = (
        notice_pdf(replace(bare, closing=("文" * length,)), fonts) for length in (50, 300, 1200)
    )
    assert [len(pdf_pages(each)) for each in (roomy, fuller)] == [1, 1]
    assert len(pdf_pages(longer)) > 1
    assert body_size(roomy) == pytest.approx(body_size(longer))
    assert body_size(fuller) == pytest.approx(body_size(roomy) * 14 / 16, rel=0.01)


def test_no_page_holds_the_signature_alone(fonts: Path) -> None:
    bare = replace(NOTICE, items=(), basis=(), remedies=(), deadline=None)
    for count in range(5, 25):
        last = pdf_pages(notice_pdf(replace(bare, closing=("文" * 50,) * count), fonts))[-1]
        assert "盖章处" in last
        assert "文文" in last


def test_long_names_do_not_run_over(fonts: Path) -> None:
    name = "四川省人民政府外事办公室（省港澳事务办公室）"
    content = notice_pdf(replace(NOTICE, issuer=name, addressee=name * 2), fonts)
    assert max(sign.right for sign in signs(content, 0, loose=False)) <= (210 - 26) / 25.4 * 72 + 2
    assert words("".join(pdf_pages(content))).count(name) == 4


def test_the_qr_code_is_there_only_with_an_address(fonts: Path) -> None:
    plain = replace(NOTICE, follow_url="", follow_text="")
    with_code, without = (len(list(_shapes(notice_pdf(each, fonts)))) for each in (NOTICE, plain))
    assert with_code > without
    assert "扫码" not in "".join(pdf_pages(notice_pdf(plain, fonts)))


def _shapes(content: bytes) -> list[object]:
    return [each for each in pypdfium2.PdfDocument(content)[0].get_objects() if each.type == 2]


def test_a_form_has_its_rows_and_boxes_to_tick(fonts: Path) -> None:
    form = replace(
        NOTICE,
        title="送达回证",
        addressee="",
        issued_on_text="",
        seal_text="",
        items=(),
        deadline=None,
        form=(FormRow("受送达人", "示例科技有限公司"), FormRow("送达方式", options=("直接送达", "邮寄送达"))),
    )
    printed = words("".join(pdf_pages(notice_pdf(form, fonts))))
    assert "□直接送达□邮寄送达" in printed
    assert "盖章处" not in printed
    assert "送达方式：□直接送达 □邮寄送达" in notice_text(form)
