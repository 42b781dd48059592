"""`yichuang backup` and `yichuang restore`: whatever database the site uses, running or not."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.launch import runfile
from config.launch.backup import Made
from config.launch.backup import backup as make_backup
from config.launch.database import private_cluster
from config.launch.machine import only_one
from config.launch.passwords import Secrets
from config.launch.pgtools import fitting
from config.launch.places import Places, checkout, make_folder
from config.launch.restore import restore as bring_back
from config.launch.say import Stop

ZONE = ZoneInfo("Asia/Shanghai")


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="备份文件 / the file to write"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def backup(output: Path, as_json: bool) -> None:
    """备份数据库和附件到一个文件 / Write database and files into one checked file."""
    places = checkout()
    key, files = _key(places), files_folder(places)
    try:
        with owner_url(places) as url:
            tools = fitting(places.venv, url)
            made = make_backup(url, files, output.absolute(), tools, at=datetime.now(ZONE), key=key)
    except Stop as stop:
        sys.exit(stop.tell())
    _report(made, as_json, f"已备份到 {output}，含附件 {made.files} 个；内有个人信息，请妥善保管。")
    click.echo("密钥（SECRET_KEY 或 var/secrets.json）不在备份中，请另行保管。", err=True)


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="替换现有数据 / replace what the database holds")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def restore(source: Path, force: bool, as_json: bool) -> None:
    """从备份文件恢复数据库和附件 / Bring database and files back from a backup."""
    places = checkout()
    try:
        with owner_url(places) as url:
            tools = fitting(places.venv, url)
            made = bring_back(
                url, files_folder(places), source.absolute(), tools, key=_key(places), force=force
            )
    except Stop as stop:
        sys.exit(stop.tell())
    _report(made, as_json, f"已从 {source} 恢复，含附件 {made.files} 个。")
    if not made.same_key:
        click.echo("密钥与备份时不同：回执上的查询码要用备份时的 SECRET_KEY 才能核对。", err=True)


@contextmanager
def owner_url(places: Places) -> Iterator[str]:
    """The owner's address: from the environment, the running site, or the private cluster, started
    meanwhile."""
    given = os.environ.get("OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL")
    running = runfile.read(places)
    if given or running:
        yield given or (running["databases"]["owner"] if running else "")
        return
    with only_one(make_folder(places.var) / "launch.lock", None) as alone:
        if not alone:
            raise Stop("一窗正在启动，请在就绪后再试。", "Yichuang is starting; try again when it is ready.")
        cluster = private_cluster(places)
        cluster.start()
        try:
            yield cluster.urls()["owner"]
        finally:
            cluster.stop()


def files_folder(places: Places) -> Path:
    """Where the site keeps uploaded and produced files."""
    return Path(os.environ.get("YICHUANG_FILES") or places.var / "files").absolute()


def _key(places: Places) -> str:
    given = os.environ.get("FOLLOW_SECRET") or os.environ.get("SECRET_KEY")
    return given or Secrets.load(places.var / "secrets.json").key


def _report(made: Made, as_json: bool, text: str) -> None:
    if as_json:
        click.echo(json.dumps(asdict(made)))
    else:
        click.echo(text)
