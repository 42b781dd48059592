"""Backup and restore with real data: whole, checked, refused when damaged, all or nothing."""

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from click.testing import CliRunner

from config.launch import cli
from config.launch.backup import backup, key_mark
from config.launch.binaries import Binaries
from config.launch.pgtools import connection_variables, fitting
from config.launch.places import checkout
from config.launch.restore import need_server, restore
from config.launch.roles import create_database
from config.launch.say import Stop

AT = datetime(2022, 10, 27, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
KEY = "the-key-of-the-site"


@pytest.fixture
def databases(cluster_urls: dict[str, str]) -> Iterator[list[str]]:
    """Owner's addresses of two empty databases."""
    names = [f"test_backup_{uuid4().hex[:8]}" for _ in range(2)]
    with psycopg.connect(cluster_urls["admin"], autocommit=True) as admin:
        for name in names:
            create_database(admin, name)
        yield [cluster_urls["owner"].rpartition("/")[0] + "/" + name for name in names]
        for name in names:
            admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def tools(databases: list[str]) -> Binaries:
    return fitting(checkout().venv, databases[0])


@pytest.fixture
def filled(databases: list[str], tmp_path: Path) -> tuple[str, Path]:
    """A database with what makes restoring hard (partitions, keys, triggers, grants) and a folder with files."""
    with psycopg.connect(databases[0]) as connection:
        connection.execute(
            """
            create table item (code text primary key, name text not null);
            create table fact (id int, item text references item, said text, primary key (id)) partition by range (id);
            create table fact_1 partition of fact for values from (0) to (100);
            create function refuse() returns trigger language plpgsql as $$ begin raise 'append only'; end $$;
            create trigger kept before update or delete on fact for each row execute function refuse();
            grant select on item to yichuang_app;
            insert into item values ('5100', '取水许可');
            insert into fact select n, '5100', '受理 ' || n from generate_series(1, 50) n;
            """
        )
    files = tmp_path / "files"
    (files / "ab").mkdir(parents=True)
    (files / "ab" / "abcd").write_bytes(b"%PDF-1.7 material")
    (files / ".upload-half").write_bytes(b"half")
    return databases[0], files


def contents(url: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select count(*) from fact), (select sum(id) from fact), (select string_agg(name, ',') from item)"
        ).fetchone()
    assert row is not None
    return row


def test_what_was_backed_up_comes_back_whole(
    filled: tuple[str, Path], databases: list[str], tools: Binaries, tmp_path: Path
) -> None:
    url, files = filled
    made = backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    assert made.files == 1
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600

    brought = restore(databases[1], tmp_path / "elsewhere", tmp_path / "b.tar", tools, key=KEY)

    assert contents(databases[1]) == contents(url) == (50, 1275, "取水许可")
    assert (tmp_path / "elsewhere" / "ab" / "abcd").read_bytes() == b"%PDF-1.7 material"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["ab"], (
        "no half upload, no leftovers"
    )
    assert brought.same_key
    with psycopg.connect(databases[1]) as connection:
        row = connection.execute("select has_table_privilege('yichuang_app', 'item', 'select')").fetchone()
        assert row == (True,)
        with pytest.raises(psycopg.errors.RaiseException, match="append only"):
            connection.execute("update fact set said = 'forged'")


def test_a_filled_database_is_refused_and_replaced_only_by_force(
    filled: tuple[str, Path], tools: Binaries, tmp_path: Path
) -> None:
    url, files = filled
    backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    with psycopg.connect(url) as connection:
        connection.execute("insert into fact values (77, '5100', 'later'); create table made_later ()")

    with pytest.raises(Stop, match="不是空的"):
        restore(url, files, tmp_path / "b.tar", tools, key=KEY)
    assert contents(url)[0] == 51

    restore(url, files, tmp_path / "b.tar", tools, key=KEY, force=True)
    assert contents(url)[0] == 50
    with psycopg.connect(url) as connection:
        assert connection.execute("select to_regclass('made_later')").fetchone() == (None,)
        row = connection.execute(
            "select has_database_privilege('yichuang_app', current_database(), 'connect')"
        ).fetchone()
        assert row == (True,)


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(
    filled: tuple[str, Path], tools: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, files = filled
    backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    with psycopg.connect(url) as connection:
        connection.execute("insert into fact values (77, '5100', 'later')")
    monkeypatch.setattr(
        "config.launch.restore.CLEAR", "drop owned by current_user cascade; create table item ();"
    )

    with pytest.raises(Stop, match="数据库保持原样"):
        restore(url, files, tmp_path / "b.tar", tools, key=KEY, force=True)

    assert contents(url)[0] == 51


def test_a_database_in_use_is_left_alone(
    filled: tuple[str, Path], tools: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, files = filled
    backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    monkeypatch.setattr(
        "config.launch.restore.CLEAR", "set lock_timeout = '200ms'; drop owned by current_user cascade;"
    )
    with psycopg.connect(url) as busy:
        busy.execute("select count(*) from fact")
        with pytest.raises(Stop, match="正在使用中"):
            restore(url, files, tmp_path / "b.tar", tools, key=KEY, force=True)

    assert contents(url)[0] == 50


def damaged_copy(source: Path, target: Path, *, at: int) -> None:
    content = bytearray(source.read_bytes())
    content[at] ^= 0xFF
    target.write_bytes(content)


def test_every_damaged_byte_of_the_content_is_found_before_anything_is_touched(
    filled: tuple[str, Path], databases: list[str], tools: Binaries, tmp_path: Path
) -> None:
    url, files = filled
    backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    with tarfile.open(tmp_path / "b.tar") as tar:
        places = [entry.offset_data + entry.size // 2 for entry in tar]
    for number, at in enumerate(places):
        damaged_copy(tmp_path / "b.tar", tmp_path / f"damaged-{number}.tar", at=at)
        with pytest.raises(Stop, match="已损坏"):
            restore(databases[1], tmp_path / "to", tmp_path / f"damaged-{number}.tar", tools, key=KEY)
    with psycopg.connect(databases[1]) as connection:
        assert connection.execute("select to_regclass('item')").fetchone() == (None,)
    assert not list((tmp_path / "to").iterdir())


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_cut_off_backup_is_refused(
    filled: tuple[str, Path], databases: list[str], tools: Binaries, tmp_path: Path, share: float
) -> None:
    url, files = filled
    backup(url, files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    whole = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as tar:
        end = max(entry.offset_data + entry.size for entry in tar)
    (tmp_path / "cut.tar").write_bytes(whole[: int(end * share)])

    with pytest.raises(Stop, match="已损坏"):
        restore(databases[1], tmp_path / "to", tmp_path / "cut.tar", tools, key=KEY)


@pytest.mark.parametrize("name", ["../outside", "/tmp/yichuang-outside", "files/../../outside"])
def test_names_that_lead_outside_are_refused(
    databases: list[str], tools: Binaries, tmp_path: Path, name: str
) -> None:
    listed = {}
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        for inner in ("database.dump", name):
            entry = tarfile.TarInfo(inner)
            entry.size = 4
            tar.addfile(entry, io.BytesIO(b"evil"))
            listed[inner] = hashlib.sha256(b"evil").hexdigest()
        manifest = json.dumps({"format": 1, "server": tools.major, "key": "", "sha256": listed}).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))

    with pytest.raises(Stop, match="已损坏"):
        restore(databases[1], tmp_path / "inner" / "files", tmp_path / "evil.tar", tools, key=KEY)

    assert not list(tmp_path.rglob("outside"))


def test_links_in_a_backup_are_refused(databases: list[str], tools: Binaries, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        entry = tarfile.TarInfo("files/link")
        entry.type = tarfile.SYMTYPE
        entry.linkname = "/etc/passwd"
        tar.addfile(entry)

    with pytest.raises(Stop, match="已损坏"):
        restore(databases[1], tmp_path / "files", tmp_path / "evil.tar", tools, key=KEY)


def test_an_existing_backup_is_not_overwritten(
    filled: tuple[str, Path], tools: Binaries, tmp_path: Path
) -> None:
    (tmp_path / "b.tar").write_text("precious")
    with pytest.raises(Stop, match="不覆盖"):
        backup(*filled, tmp_path / "b.tar", tools, at=AT, key=KEY)
    assert (tmp_path / "b.tar").read_text() == "precious"


def test_a_failed_backup_leaves_no_file(filled: tuple[str, Path], tools: Binaries, tmp_path: Path) -> None:
    url, files = filled
    with pytest.raises(Stop, match="pg_dump 失败"):
        backup(url + "_which_is_not_there", files, tmp_path / "b.tar", tools, at=AT, key=KEY)
    assert not [path for path in tmp_path.iterdir() if path.name != "files"]


def test_another_key_is_noticed_and_the_key_itself_is_not_in_the_backup(
    filled: tuple[str, Path], databases: list[str], tools: Binaries, tmp_path: Path
) -> None:
    backup(*filled, tmp_path / "b.tar", tools, at=AT, key=KEY)

    assert not restore(databases[1], tmp_path / "to", tmp_path / "b.tar", tools, key="another").same_key
    assert KEY.encode() not in (tmp_path / "b.tar").read_bytes()
    assert key_mark(KEY) != key_mark("another")


def test_a_backup_of_a_newer_server_is_refused(tools: Binaries) -> None:
    need_server(tools, tools.major)
    with pytest.raises(Stop, match="更旧的版本"):
        need_server(tools, tools.major + 1)


def test_missing_tools_are_a_sentence(
    databases: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "config.launch.pgtools.installed", lambda *_args, **_more: iter([Binaries(tmp_path, 14)])
    )
    with pytest.raises(Stop, match="postgresql-client"):
        fitting(tmp_path, databases[0])


def test_the_password_is_not_on_the_command_line() -> None:
    found = connection_variables("postgresql://a%40b:p%2Fw@127.0.0.1:5433/yichuang")
    assert found == {
        "PGHOST": "127.0.0.1",
        "PGPORT": "5433",
        "PGUSER": "a@b",
        "PGPASSWORD": "p/w",
        "PGDATABASE": "yichuang",
    }
    near = connection_variables("postgresql://a:b@%2Ftmp%2FHere%2Fsocket:5433/yichuang")
    assert (near["PGHOST"], near["PGPORT"]) == ("/tmp/Here/socket", "5433"), (
        "a folder keeps its large letters"
    )


def test_the_two_commands_as_a_person_calls_them(
    filled: tuple[str, Path], databases: list[str], tmp_path: Path
) -> None:
    url, files = filled
    common = {"YICHUANG_VAR": str(tmp_path / "var"), "YICHUANG_FILES": str(files), "SECRET_KEY": KEY}
    out = tmp_path / "b.tar"

    done = CliRunner(env={**common, "OWNER_DATABASE_URL": url}).invoke(cli.backup, ["-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["files"] == 1

    runner = CliRunner(env={**common, "OWNER_DATABASE_URL": databases[1]})
    assert runner.invoke(cli.restore, [str(out)]).exit_code == 0
    assert contents(databases[1])[0] == 50
    refused = runner.invoke(cli.restore, [str(out)])
    assert refused.exit_code == 2
    assert "不是空的" in refused.stderr
    assert runner.invoke(cli.restore, [str(out), "--force"]).exit_code == 0
    assert runner.invoke(cli.restore, [str(tmp_path / "none.tar")]).exit_code == 2
