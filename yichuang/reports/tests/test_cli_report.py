"""`yichuang report render` and the storing side of `import-report`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.reports.cli.report import report as command
from yichuang.reports.cli.store_report import store
from yichuang.reports.models import Report
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    made = CliRunner().invoke(command, ["render", *arguments])
    return made.exit_code, made.stdout, made.stderr


@pytest.mark.parametrize("form", ["txt", "html", "docx", "pdf", "ofd"])
def test_an_issue_is_written_and_is_the_same_again(tmp_path: Path, form: str) -> None:
    if form in ("pdf", "ofd"):
        chinese_fonts()
    make.work()
    report = make.issued()
    first, second = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    assert run(str(report.slug), "--format", form, "-o", str(first))[0] == 0
    make.cases.in_review(make.cases.day("2022-05-12"))
    code, out, _ = run(str(report.slug), "--format", form, "-o", str(second), "--json")
    assert code == 0
    assert first.read_bytes() == second.read_bytes() != b""
    assert json.loads(out)["bytes"] == first.stat().st_size


@pytest.mark.parametrize(
    ("number", "form", "code", "words"),
    [
        ("2022-99", "txt", 1, "没有这一期"),
        ("22-9", "txt", 2, "不是期号"),
        ("2022-1", "ofd", 1, "没有这一期"),
        ("2022-1", "exe", 2, ""),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path: Path, number: str, form: str, code: int, words: str) -> None:
    done = run(number, "--format", form, "-o", str(tmp_path / "x"))
    assert done[0] == code
    assert words in done[2]
    assert not (tmp_path / "x").exists()


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    report = make.issued()
    assert run(str(report.slug), "--format", "txt", "-o", str(tmp_path / "no" / "x"))[0] == 2


def test_a_read_report_is_stored() -> None:
    text = (Path(__file__).parent / "synthetic" / "form_2023.txt").read_text(encoding="utf-8")
    stored = store(read_report(text, "x"), text)
    assert Report.objects.get(pk=stored.id).form_id == "2023"
    assert store(read_report(text, "y"), text).outcome == "unchanged"
