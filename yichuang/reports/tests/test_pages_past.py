"""Past reports at the desk: looked at before they are stored, their totals brought forward."""

import re
from base64 import b64encode
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yichuang.reports.models import Report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_pages_desk import address, as_

pytestmark = pytest.mark.django_db

SYNTHETIC = Path(__file__).parent / "synthetic"


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def test_a_past_report_is_looked_at_before_it_is_stored(desk: Client) -> None:
    content = (SYNTHETIC / "form_2022_torn.txt").read_bytes()
    shown = desk.post("/desk/reports/import", {"file": SimpleUploadedFile("torn.txt", content)})
    page = shown.content.decode()
    assert shown.status_code == 200
    assert "265,145" in page
    assert not Report.objects.exists()
    source = re.search(r'name="source" value="([^"]+)"', page)
    assert source
    answer = desk.post("/desk/reports/import", {"source": source[1], "name": "torn.txt"})
    report = Report.objects.get()
    assert answer["Location"] == f"/reports/{report.slug}"
    assert desk.get(answer["Location"]).status_code == 200
    bench = desk.get(address(report)).content.decode()
    assert "往期周报" in bench
    assert "265,145" in bench
    assert desk.get(address(report, "desk-report-imprint")).status_code == 404
    assert desk.get(address(report, "desk-report-section", "efficiency")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 x", b"\x00\x01\x02"])
def test_a_file_that_is_no_text_is_refused_in_words(desk: Client, content: bytes) -> None:
    answer = desk.post("/desk/reports/import", {"file": SimpleUploadedFile("x.txt", content)})
    assert answer.status_code == 422
    assert desk.post("/desk/reports/import", {"source": "不是"}).status_code == 422
    assert desk.post("/desk/reports/import", {}).status_code == 422


def test_unplaced_lines_are_shown(desk: Client) -> None:
    content = (SYNTHETIC / "not_a_report.txt").read_bytes()
    page = desk.post("/desk/reports/import", {"file": SimpleUploadedFile("x.txt", content)}).content.decode()
    assert "没有找到位置的行" in page


def test_totals_of_a_past_report_are_brought_forward_by_a_button(client: Client) -> None:
    as_(client, make.everything())
    content = (SYNTHETIC / "form_2022_torn.txt").read_bytes()
    client.post("/desk/reports/import", {"source": b64encode(content).decode()})
    report = Report.objects.get()
    assert "录入为承前数" in client.get(address(report)).content.decode()
    assert client.post(address(report, "desk-report-bring-forward")).status_code == 302
    assert client.post(address(report, "desk-report-bring-forward")).status_code == 409
    assert len(make.brought_forward()) == 6
