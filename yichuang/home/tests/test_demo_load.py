"""`yichuang demo load` as `make run` calls it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yichuang.home import cli
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.demo, arguments)


@pytest.mark.slow
def test_loading_twice_changes_nothing(
    committed: dict[str, str], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole command as `make run` calls it, in a database where transactions really commit; at the turn of a
    quarter, whose last days have no room yet."""
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr(cli, "now", lambda: datetime(2023, 2, 8, 10, 0, tzinfo=SHANGHAI))
    monkeypatch.setattr(cli, "import_packaged_lists", lambda **_: [])
    first = run("load")
    assert first.exit_code == 0, first.stderr
    assert first.stdout == ""
    before = counted()
    assert before["cases_case"] > 100
    again = run("load")
    assert again.exit_code == 0, again.stderr
    assert "演示办件已在，保持不变" in again.stderr
    assert counted() == before


def counted() -> dict[str, int]:
    tables = sql.rows(
        "select c.relname from pg_class c where c.relkind in ('r', 'p') and not c.relispartition "
        "and c.relnamespace = 'public'::regnamespace "
        "and has_table_privilege(c.oid, 'select')"
    )
    return {name: sql.rows(f'select count(*) from "{name}"')[0][0] for (name,) in tables}
