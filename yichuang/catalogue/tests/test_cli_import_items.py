"""`yichuang import-items`: the shape and the exit codes that other programs rely on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yichuang.catalogue import fixtures
from yichuang.catalogue.cli import import_items
from yichuang.catalogue.models import ImportRun, Item
from yichuang.catalogue.tests.factories import item_list

pytestmark = pytest.mark.django_db
SOUND = "511Z07001006-511602000000-000-11511301008778183N-1-00"


def run(*arguments: str) -> Result:
    """The command with its two outputs apart."""
    return CliRunner().invoke(import_items, list(arguments))


def test_the_real_district_list_is_flagged_and_said_in_json(tmp_path: Path) -> None:
    path = str(fixtures.FOLDER / "guangan_items.csv")
    first = run(path, "--json")
    assert first.exit_code == 1
    data = json.loads(first.stdout)
    assert {name: data[name] for name in ("new", "changed", "unchanged", "flagged")} == {
        "new": 1135,
        "changed": 0,
        "unchanged": 0,
        "flagged": 123,
    }
    assert len(data["flagged_rows"]) == 123
    assert set(data["flagged_rows"][0]) == {"row", "item_code", "reasons"}
    again = json.loads(run(path, "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 1135)


def test_a_clean_list_exits_with_zero_and_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "清单.csv"
    path.write_bytes(item_list(f"{SOUND},备案,10,区经信局,511602000000"))
    result = run(str(path))
    assert result.exit_code == 0
    assert "新增 1，变更 0，未变 0，存疑 0" in result.stdout
    assert ImportRun.objects.get().source_name == "清单.csv"
    assert ImportRun.objects.get().by_name == "平台"


@pytest.mark.parametrize("content", [b"", b"name\nx\n", b"PK\x03\x04"])
def test_an_unreadable_file_exits_with_two_and_leaves_the_output_empty(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    result = run(str(path), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "list.csv：" in result.stderr
    assert not Item.objects.exists()


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    assert run("/nowhere/list.csv").exit_code == 2
    assert run().exit_code == 2
