"""Importing at the desk: nothing kept before it was looked at, what was not understood is shown line by line."""

import io
import re
from base64 import b64encode
from pathlib import Path

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yichuang.journal.queries import facts_of
from yichuang.reports import queries
from yichuang.reports.models import DutyVisit, PrintedFigure, Report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import text_of_issue_24
from yichuang.reports.tests.test_pages_desk import address, as_

pytestmark = pytest.mark.django_db
SYNTHETIC = Path(__file__).parent / "synthetic"
PAGE = "/desk/reports/import"


@pytest.fixture
def desk(client: Client) -> Client:
    """The browser of somebody who holds every right on reports."""
    return as_(client, make.everything())


def upload(desk: Client, content: str | bytes, name: str = "周报.txt") -> tuple[int, str]:
    data = content.encode() if isinstance(content, str) else content
    answer = desk.post(PAGE, {"file": SimpleUploadedFile(name, data)})
    return answer.status_code, answer.content.decode()


def keep(desk: Client, text: str) -> tuple[int, str]:
    """What happens when the reader agrees: status, and where it leads or what it says."""
    answer = desk.post(PAGE, {"source": b64encode(text.encode()).decode(), "name": "周报.txt"})
    return answer.status_code, answer.headers.get("Location") or answer.content.decode()


def small(*paragraphs: str, number: str = "2024年第9期", issuer: str = "示例市政务服务中心") -> str:
    """A report of a fictional city."""
    return f"示例周报\n{number}\n{issuer}\n2024年3月15日\n（3月4日—3月8日）\n" + "".join(
        f"{line}\n" for line in paragraphs
    )


def test_the_empty_page_says_what_to_do(desk: Client) -> None:
    page = desk.get(PAGE).content.decode()
    assert "上传一期周报：纯文本" in page
    assert "核对无误" not in page


@pytest.mark.parametrize("path", sorted(SYNTHETIC.glob("*.txt")), ids=lambda path: path.stem)
def test_looking_keeps_nothing(desk: Client, path: Path) -> None:
    status, page = upload(desk, path.read_bytes(), path.name)
    assert status == 200
    assert path.name in page
    assert not Report.objects.exists()
    assert "核对无误，入库" in page


@pytest.mark.parametrize("path", sorted(SYNTHETIC.glob("f*.txt")), ids=lambda path: path.stem)
def test_what_was_looked_at_is_kept_word_for_word(desk: Client, path: Path) -> None:
    _, page = upload(desk, path.read_bytes(), path.name)
    source = re.search(r'name="source" value="([^"]+)"', page)
    assert source
    answer = desk.post(PAGE, {"source": source[1], "name": path.name})
    report = Report.objects.get()
    assert answer["Location"] == f"/reports/{report.slug}"
    assert report.source_text == path.read_text(encoding="utf-8")
    assert desk.get(answer["Location"]).status_code == 200
    assert desk.get(address(report)).status_code == 200


def test_disagreements_are_shown_with_what_was_computed(desk: Client) -> None:
    text = small("一、办件情况", "本周，全市共受理办件1000件，办结900件，办结率95%。")
    status, page = upload(desk, text)
    assert status == 200
    assert "数字之间有矛盾" in page
    assert re.search(r"印的是\s*95，按其他数字推算是\s*90", page)
    assert "每一行都读到了位置" not in page
    assert keep(desk, text)[0] == 302


def test_more_concluded_than_accepted_is_no_disagreement(desk: Client) -> None:
    _, page = upload(desk, small("一、办件情况", "本周，全市受理办件1000件，办结1100件。"))
    assert "数字之间有矛盾" not in page
    assert "1,100" in page


def test_lines_without_a_place_are_shown_with_their_numbers(desk: Client) -> None:
    _, page = upload(desk, "会议室今天停电\n\n请大家带伞\n")
    assert "没有找到位置的行" in page
    assert "第 1 行：会议室今天停电" in page
    assert "没有读出" in page


def test_what_has_no_number_is_looked_at_but_not_kept(desk: Client) -> None:
    text = small("一、动态", "近日，窗口整理资料。", number="")
    assert upload(desk, text)[0] == 200
    status, said = keep(desk, text)
    assert (status, "不能入库" in said) == (422, True)
    assert not Report.objects.exists()


def test_the_same_text_again_changes_nothing_and_another_is_a_new_version(desk: Client) -> None:
    text = text_of_issue_24()
    keep(desk, text)
    assert "已入库" in desk.get("/reports/2022-24").content.decode()
    assert keep(desk, text) == (302, "/reports/2022-24")
    assert "没有变化" in desk.get("/reports/2022-24").content.decode()
    assert keep(desk, text.replace("常见问题", "答疑手册"))[0] == 302
    assert "内容有变化，已更新" in desk.get("/reports/2022-24").content.decode()
    report = Report.objects.get()
    assert [fact.kind for fact in facts_of(report.pk)] == ["report.imported", "report.reimported"]
    assert len(queries.versions(report)) == 2
    assert "往期导入" in desk.get("/desk/reports").content.decode()


def test_reading_again_replaces_figures_and_visits(desk: Client) -> None:
    path = SYNTHETIC / "form_2022_turn_of_year.txt"
    text = path.read_text(encoding="utf-8")
    keep(desk, text)
    counts = PrintedFigure.objects.count(), DutyVisit.objects.count()
    keep(desk, text.replace("1000200", "1000300"))
    assert (PrintedFigure.objects.count(), DutyVisit.objects.count()) == counts
    assert PrintedFigure.objects.filter(value=1_000_300).count() == 1
    assert not PrintedFigure.objects.filter(value=1_000_200).exists()


def test_an_issue_of_our_own_is_not_overwritten(desk: Client) -> None:
    report = make.issued()
    text = text_of_issue_24(1)
    status, said = keep(desk, text)
    assert (status, "在本系统签发" in said) == (409, True)
    assert not make.fresh(report).imported


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "空"), (b"  \n ", "空的"), (b"%PDF-1.4", "PDF"), (b"PK\x03\x04xx", "Word"), (b"\x00\x01", "二进制"),
        (b"\xff\xff\xff\xff\x81", "编码"), (b"a" * 500_001, "过大"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_words(desk: Client, content: bytes, told: str) -> None:
    status, page = upload(desk, content, "x.txt")
    assert status == 422
    assert told in page


@pytest.mark.parametrize(
    "source", ["不是", "====", "AAA", b64encode(b"\xff\xfe\xff").decode(), b64encode(b"\x00x").decode(), ""]
)
def test_a_source_that_was_tampered_with_is_refused(desk: Client, source: str) -> None:
    assert desk.post(PAGE, {"source": source}).status_code == 422
    assert not Report.objects.exists()


@pytest.mark.parametrize("value", ["9" * 15 + "亿", "9" * 15 + "万亿", "9" * 17])
def test_a_number_beyond_all_counting_is_told_and_breaks_nothing(desk: Client, value: str) -> None:
    text = small("一、办件情况", f"本周，全市受理办件{value}件。")
    assert upload(desk, text)[0] == 200
    assert keep(desk, text)[0] in (302, 422)


def test_a_text_of_a_hundred_and_more_headings_is_kept(desk: Client) -> None:
    text = small(*(line for n in range(120) for line in (f"【第{n}节】", "窗口整理了资料。")))
    status, where = keep(desk, text)
    assert status == 302
    assert "120、" in desk.get(where).content.decode()


def test_markup_in_a_past_text_is_shown_and_not_run(desk: Client) -> None:
    text = small("一、动态", "近日，窗口<script>alert(1)</script>整理“<b>资料</b>”。")
    assert "<script>alert" not in upload(desk, text, "<b>.txt")[1]
    _, where = keep(desk, text)
    report = Report.objects.get()
    for page in (where, address(report), address(report, "desk-report-versions")):
        assert "<script>alert" not in desk.get(page).content.decode()


@pytest.mark.parametrize(
    "action", ["start_editing", "submit", "approve", "issue", "send_back", "mark_printed"]
)
def test_a_past_report_takes_no_step(desk: Client, action: str) -> None:
    keep(desk, small("一、动态", "近日，窗口整理资料。"))
    report = Report.objects.get()
    answer = desk.post(address(report, "desk-report-act", action), {"seen": 1, "reason": "请核对"})
    assert answer.status_code == 409
    assert "往期周报" in answer.content.decode()


def test_a_past_report_without_days_takes_and_declines_nothing(desk: Client) -> None:
    keep(desk, small("一、动态", "近日，窗口整理资料。").replace("（3月4日—3月8日）\n", ""))
    report, sent = Report.objects.get(), make.contribution()
    assert report.first_day is None
    take = {"contribution": str(sent), "section": "efficiency", "seen": 1, "reason": ""}
    assert desk.post(address(report, "desk-report-take"), take).status_code == 422
    assert desk.post(address(report, "desk-report-decline"), take).status_code == 422
    assert desk.get("/desk/reports").status_code == 200
    assert desk.get("/reports").status_code == 200


def test_totals_are_brought_forward_once_and_only_by_the_right(desk: Client, client: Client) -> None:
    keep(desk, text_of_issue_24())
    report = Report.objects.get()
    assert "录入为承前数" in desk.get(address(report)).content.decode()
    as_(client, make.editor())
    assert "录入为承前数" not in client.get(address(report)).content.decode()
    assert client.post(address(report, "desk-report-bring-forward")).status_code == 403
    as_(client, make.everything())
    assert client.post(address(report, "desk-report-bring-forward")).status_code == 302
    assert client.post(address(report, "desk-report-bring-forward")).status_code == 409
    assert len(make.brought_forward()) == 6


def test_an_issue_without_totals_cannot_be_brought_forward(desk: Client) -> None:
    keep(desk, small("一、动态", "近日，窗口整理资料。"))
    answer = desk.post(address(Report.objects.get(), "desk-report-bring-forward"))
    assert answer.status_code == 422
    assert "没有印出可以承接" in answer.content.decode()


def word_of(text: str) -> bytes:
    """The text as a Word file, a paragraph a line."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["周报.docx", "周报.txt", "周报", "周报.exe"])
def test_a_word_file_is_read_whatever_it_is_called(desk: Client, name: str) -> None:
    status, page = upload(desk, word_of(text_of_issue_24()), name)
    assert status == 200
    source = re.search(r'name="source" value="([^"]+)"', page)
    assert source
    assert desk.post(PAGE, {"source": source[1], "name": name})["Location"] == "/reports/2022-24"
    plain = Report.objects.get()
    assert plain.source_text.splitlines() == text_of_issue_24().splitlines()


def test_every_figure_is_shown_with_its_sentence(desk: Client) -> None:
    _, page = upload(desk, small("一、办件情况", "本周，全市共受理办件1000件，办结900件。"))
    assert page.count('<td class="break small">本周，全市共受理办件1000件，办结900件。</td>') == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 x", "PDF 文件不完整"),
        (b"PK\x03\x04 x", "文件已损坏"),
        (b"\xd0\xcf\x11\xe0" * 9, "旧版 Word"),
        (b"%PDF-1.7\n" + b"0" * (11 << 20), "文件过大"),
    ],
)
def test_hostile_files_are_refused_beside_the_field(desk: Client, content: bytes, said: str) -> None:
    status, page = upload(desk, content, "周报.pdf")
    assert status == 422
    assert said in page
    assert not Report.objects.exists()
