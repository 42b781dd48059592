"""The two commands of the room from outside: formats, exit codes, what stands on which stream, no Django where none is needed."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import words
from yichuang.kernel import canonical
from yichuang.kernel.errors import Unavailable
from yichuang.reports import queries
from yichuang.reports.cli.import_report import import_report
from yichuang.reports.cli.report import report as report_command
from yichuang.reports.flow import State
from yichuang.reports.models import PrintedFigure, Report
from yichuang.reports.render import official, report_txt
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import text_of_issue_24
from yichuang.reports.tests.test_downloads import text_of

SYNTHETIC = Path(__file__).parent / "synthetic"
ROOT = Path(__file__).resolve().parents[3]
NO_LAYOUT = ["html", "txt", "docx"]


def render(*arguments: object) -> Result:
    return CliRunner().invoke(report_command, ["render", *map(str, arguments)])


def read(*arguments: object) -> Result:
    return CliRunner().invoke(import_report, [*map(str, arguments)])


@pytest.fixture
def issued(db: None) -> Report:
    """The first issue of 2022, with figures."""
    make.work()
    return make.moved(make.written(make.opened(), "近日，水利厅推行预约。"), *make.TO_ISSUE)


def test_every_format_says_what_was_frozen(issued: Report, tmp_path: Path) -> None:
    chinese_fonts()
    expected = words(report_txt(official(queries.issued_document(issued))))
    for form in ("html", "docx", "pdf", "txt"):
        target = tmp_path / f"report.{form}"
        done = render("2022-1", "--format", form, "-o", target)
        assert (done.exit_code, done.stdout) == (0, ""), form
        assert "2022年第1期（总第376期）" in done.stderr
        content = target.read_bytes()
        said = text_of(content, form)
        assert said == expected, form
        assert "近日，水利厅推行预约" in said


@pytest.mark.parametrize("form", NO_LAYOUT)
def test_json_describes_the_file_and_stands_alone(issued: Report, tmp_path: Path, form: str) -> None:
    target = tmp_path / "out"
    done = render(issued.slug, "--format", form, "-o", target, "--json")
    content = target.read_bytes()
    assert json.loads(done.stdout) == {
        "number": "2022-1", "format": form, "file": str(target), "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def test_a_file_that_is_there_is_replaced_whole(issued: Report, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"x" * 1_000_000)
    assert render(issued.slug, "--format", "txt", "-o", target).exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("窗口工作周报\n2022年第1期")


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.COLLECTING, State.EDITING, State.IN_REVIEW])
def test_a_draft_has_no_number_and_is_not_rendered(tmp_path: Path, state: State) -> None:
    make.in_state(state)
    done = render("2022-1", "--format", "txt", "-o", tmp_path / "x")
    assert (done.exit_code, "没有这一期" in done.stderr) == (1, True)


@pytest.mark.django_db
def test_numbers_that_are_none_are_a_matter_of_usage(tmp_path: Path) -> None:
    target = tmp_path / "x"
    for number in (
        "2022",
        "2022-0",
        "2022-01",
        "22-1",
        "2022/1",
        "第1期",
        "2022-1-x",
        "2022-12345",
        "",
        "２０２２-1",
        "2022-1;--",
    ):
        for form in NO_LAYOUT:
            done = render("--format", form, "-o", target, "--", number)
            assert done.exit_code == 2, number
            assert "不是期号" in done.stderr
    assert not target.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        ("2022-1",), ("2022-1", "--format", "txt"), ("2022-1", "-o", "x"), ("--format", "txt", "-o", "x"),
        ("2022-1", "2022-2", "--format", "txt", "-o", "x"), ("2022-1", "--format", "TXT", "-o", "x"),
        ("2022-1", "--format", "wps", "-o", "x"), ("2022-1", "--form", "txt", "-o"),
    ],
)  # fmt: skip
def test_wrong_usage_is_two_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = render(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_instead_of_a_file_is_told(issued: Report, tmp_path: Path) -> None:
    assert render(issued.slug, "--format", "txt", "-o", tmp_path).exit_code == 2
    done = render(issued.slug, "--format", "txt", "-o", tmp_path / "no" / "such" / "x")
    assert (done.exit_code, "写不进" in done.stderr) == (2, True)


def test_a_document_that_was_tampered_with_is_not_rendered(
    issued: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canonical, "digest", lambda _: "0" * 64)
    done = render(issued.slug, "--format", "txt", "-o", tmp_path / "x")
    assert (done.exit_code, "与其校验值不符" in done.stderr) == (1, True)
    assert not (tmp_path / "x").exists()


def test_a_pdf_without_a_typeface_is_told(
    issued: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_typeface(*_: object) -> None:
        raise Unavailable("缺少中文字体。", how="请运行 make setup。")

    monkeypatch.setattr("yichuang.reports.cli.report.render_file", no_typeface)
    done = render(issued.slug, "--format", "pdf", "-o", tmp_path / "x.pdf")
    assert (done.exit_code, "缺少中文字体。请运行 make setup。" in done.stderr) == (1, True)
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.django_db
def test_past_reports_are_rendered_by_their_numbers_and_marks(tmp_path: Path) -> None:
    source = tmp_path / "24.txt"
    source.write_text(text_of_issue_24(), encoding="utf-8")
    foreign = tmp_path / "foreign.txt"
    text = text_of_issue_24().replace("四川省政府政务服务和公共资源交易服务中心", "示例市政务服务中心")
    foreign.write_text(text, encoding="utf-8")
    done = read(source, foreign, "--json")
    assert [row["stored"] for row in json.loads(done.stdout)] == ["new", "new"]
    for slug in Report.objects.values_list("slug", flat=True):
        assert render(slug, "--format", "txt", "-o", tmp_path / "out").exit_code == 0
        assert "受理465145件" in (tmp_path / "out").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_importing_says_what_became_of_each_file() -> None:
    path = SYNTHETIC / "form_2023.txt"
    first, second = read(path), read(path)
    assert "已入库" in first.stdout
    assert "没有变化" in second.stdout
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert PrintedFigure.objects.count() == 11


@pytest.mark.django_db
def test_a_changed_file_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    for text, outcome in [
        (text_of_issue_24(), "new"),
        (text_of_issue_24().replace("80份", "90份"), "changed"),
    ]:
        path.write_text(text, encoding="utf-8")
        assert json.loads(read(path, "--json").stdout)[0]["stored"] == outcome
    assert Report.objects.get().copies == 90


@pytest.mark.django_db
def test_an_issue_of_our_own_is_not_overwritten_from_outside(tmp_path: Path) -> None:
    make.issued()
    path = tmp_path / "x.txt"
    path.write_text(text_of_issue_24(1), encoding="utf-8")
    done = read(path, "--json")
    assert (done.exit_code, json.loads(done.stdout)[0]["stored"]) == (1, None)
    assert "在本系统签发" in done.stderr


def test_a_contradiction_is_flagged_in_words_and_by_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(
        "示例周报\n2024年第9期\n示例市政务服务中心\n2024年3月15日\n一、办件情况\n本周，共受理办件1000件，办结900件，办结率95%。\n",
        encoding="utf-8",
    )
    done = read(path, "--dry-run")
    assert done.exit_code == 1
    assert "矛盾" in done.stdout
    assert "印的是 95" in done.stdout
    answer = json.loads(read(path, "--dry-run", "--json").stdout)[0]
    assert [(row["stated"], row["computed"]) for row in answer["disagreements"]] == [(95, 90)]


def test_percentages_are_numbers_and_counts_integers() -> None:
    answer = json.loads(read(SYNTHETIC / "form_2023.txt", "--dry-run", "--json").stdout)[0]
    for figure in answer["figures"]:
        assert isinstance(figure["value"], float if figure["unit"] == "%" else int)
    assert [figure["value"] for figure in answer["figures"] if figure["unit"] == "%"] == [51.25]
    of_the_year = [figure["value"] for figure in answer["figures"] if figure["scope"] == "year_to_date"]
    assert of_the_year == [25_000, 9_330, 62_054, 186_602]


def test_the_wrong_use_of_importing_is_two() -> None:
    for arguments in ([], ["--json"], ["--dry-run"], ["--no-such-option", "x"]):
        done = read(*arguments)
        assert (done.exit_code, done.stdout) == (2, "")
    done = read("no-such-file", "--dry-run", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (2, [])
    assert "no-such-file" in done.stderr


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    done = read(tmp_path, "--dry-run", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (2, [])


@pytest.mark.parametrize("content", [b"", b"\x00", b"%PDF-1.7", b"\xff\xff\xff\x81"])
def test_what_is_no_text_is_two_and_the_others_are_still_read(tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    done = read(bad, SYNTHETIC / "form_2023.txt", "--dry-run", "--json")
    assert (done.exit_code, [row["number"] for row in json.loads(done.stdout)]) == (2, [20])
    assert "bad.txt" in done.stderr


PROGRAM = """
import sys
from config.cli import main
sys.argv = ["yichuang", "import-report", "--dry-run", *sys.argv[1:]]
try:
    main()
except SystemExit as done:
    loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ("django", "psycopg"))
    print(f"loaded: {loaded}", file=sys.stderr)
    raise
"""


def outside(*arguments: object) -> "subprocess.CompletedProcess[bytes]":
    """The command in a process of its own, with nothing set that could lead to a database."""
    hidden = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "YICHUANG_TOOL")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=ROOT, env=environment | {"PYTHONUTF8": "1"}, capture_output=True, check=False,
    )  # fmt: skip


def test_a_dry_run_loads_no_django_at_all() -> None:
    done = outside("--json", *sorted(SYNTHETIC.glob("form_*.txt")))
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    assert (done.returncode, len(answers)) == (0, 3), done.stderr.decode()
    assert "loaded: []" in done.stderr.decode()


def test_names_of_files_in_any_encoding_break_nothing(tmp_path: Path) -> None:
    strange = os.fsencode(tmp_path) + b"/\xff\xfe.txt"
    Path(os.fsdecode(strange)).write_bytes((SYNTHETIC / "form_2023.txt").read_bytes())
    done = outside("--json", os.fsdecode(strange), "不存在.txt")
    assert done.returncode == 2, done.stderr
    assert "loaded: []" in done.stderr.decode("utf-8", "replace")
    (answer,) = json.loads(done.stdout)
    assert answer["file"].endswith("\udcff\udcfe.txt")
    in_words = outside(os.fsdecode(strange))
    assert (in_words.returncode, "2024年第20期" in in_words.stdout.decode()) == (0, True)
