"""`yichuang import-report`: the shape that other programs rely on, exit codes, no database for --dry-run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import CliRunner

from tests.material import shared
from yichuang.reports.cli.import_report import import_report
from yichuang.reports.models import Report

SYNTHETIC = Path(__file__).parent / "synthetic"
ROOT = Path(__file__).resolve().parents[3]
KEYS = {
    "file", "year", "number", "total_number", "issuer", "issued_on", "period", "figures", "sections", "visits",
    "inspection", "distribution", "copies", "disagreements", "unplaced",
}  # fmt: skip


def run(*arguments: object) -> tuple[int, str, str]:
    made = CliRunner().invoke(import_report, [str(each) for each in arguments])
    return made.exit_code, made.stdout, made.stderr


def read(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run(*arguments, "--dry-run", "--json")
    return code, json.loads(out)


def test_one_file_is_an_array_of_one_with_every_promised_key() -> None:
    code, found = read(SYNTHETIC / "form_2022_torn.txt")
    assert code == 0
    assert len(found) == 1
    assert set(found[0]) >= KEYS
    assert "stored" not in found[0]


def test_the_worst_file_decides_the_exit_code_and_the_others_are_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\x00\x01")
    good, odd = SYNTHETIC / "form_2022_torn.txt", SYNTHETIC / "not_a_report.txt"
    assert read(good, odd)[0] == 1
    code, found = read(binary, good, tmp_path / "absent.txt")
    assert (code, len(found)) == (2, 1)
    assert run("--json")[0] == 2


def test_a_dry_run_needs_neither_database_nor_settings() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    program = (
        "import sys; from config.cli import main; "
        "sys.argv = ['yichuang', 'import-report', '--dry-run', '--json', sys.argv[1]]\n"
        "try: main()\n"
        "finally: assert 'django.db.backends.postgresql.base' not in sys.modules, 'a database was loaded'"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(SYNTHETIC / "form_2023.txt")],
        cwd=ROOT, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["number"] == 20


@pytest.mark.django_db
def test_without_dry_run_the_report_is_kept_once() -> None:
    path = SYNTHETIC / "form_2022_torn.txt"
    outcomes = [json.loads(run(path, "--json")[1])[0]["stored"] for _ in range(2)]
    assert outcomes == ["new", "unchanged"]
    assert Report.objects.count() == 1
    assert "没有变化" in run(path)[1]


@pytest.mark.django_db
def test_what_cannot_be_kept_is_told_and_flagged() -> None:
    code, out, trouble = run(SYNTHETIC / "not_a_report.txt", "--json")
    assert (code, json.loads(out)[0]["stored"]) == (1, None)
    assert "不能入库" in trouble


def test_the_five_real_reports_are_read_without_a_remainder() -> None:
    names = ["2022-14", "2022-24", "2022-29", "2022-39", "2023-44"]
    code, found = read(*(shared(f"weekly-reports/{name}.txt") for name in names))
    assert code == 0
    assert [f"{each['year']}-{each['number']}" for each in found] == names
    assert found[2]["figures"][0]["value"] == 597_002
    assert found[2]["visits"][0]["on"] is None


def test_a_word_file_reads_like_its_text(tmp_path: Path) -> None:
    text = SYNTHETIC / "form_2022_torn.txt"
    document = docx.Document()
    for line in text.read_text(encoding="utf-8").splitlines():
        document.add_paragraph(line)
    document.save(str(tmp_path / "a.bin"))
    code, (found,) = read(tmp_path / "a.bin")
    _, (wanted,) = read(text)
    assert code == 0
    assert {**found, "file": ""} == {**wanted, "file": ""}


def test_hostile_files_are_told_with_a_way_out_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "torn.txt").write_bytes(b"%PDF-1.7 x")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(100 << 20)
    code, out, said = run(
        tmp_path / "torn.txt", tmp_path / "huge.txt", SYNTHETIC / "form_2023.txt", "--dry-run", "--json"
    )
    assert code == 2
    assert len(json.loads(out)) == 1
    assert "PDF 文件不完整" in said
    assert "超过 10 MB" in said
