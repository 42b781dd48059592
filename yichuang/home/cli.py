"""`yichuang demo`: load the demo province, list its accounts."""

import json
import sys

import click
from django.conf import settings

from yichuang.cases.commands.surveys import NewPhoto
from yichuang.catalogue.commands import import_packaged_lists, load_departments, load_guides
from yichuang.gateways.files import FileStore
from yichuang.home.commands import (
    DEMO_ACCOUNTS,
    REGISTERS,
    demo_password,
    draft_report,
    load_bulk,
    load_lives,
    load_people,
    picture,
    publish_manuals,
    simulate,
)
from yichuang.intake.commands import NewFile
from yichuang.journal.commands import make_partitions_ahead
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.queries import now

# One empty page: it stands for whatever a fictional applicant would have scanned.
SAMPLE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 58>>stream
BT /F1 24 Tf 72 720 Td (Demo material, nothing real.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


@click.group(help="演示省份 / The demo province.")
def demo() -> None:
    """Everything about the demonstration."""


@demo.command(
    help="载入日历、事项目录、指南、人员和一个月的办件；已载入的不变 / Load calendar, catalogue, people and a month of work."
)
def load() -> None:
    """Idempotent; says what it does while it works."""
    at = now()
    make_partitions_ahead(at)
    load_packaged(at, SYSTEM)
    _say("节假日安排已就绪 / calendar ready")
    load_departments(at)
    for name, outcome in import_packaged_lists(by=SYSTEM, at=at):
        _say(
            f"事项目录 {name}：新增 {outcome.new}，变更 {outcome.changed}，存疑 {outcome.flagged} / catalogue"
        )
    guides = load_guides(at)
    published = publish_manuals(at=at)
    _say(f"受理手册：发布 {published} / acceptance manuals")
    _say(f"办事指南：发布 {len(guides.published)}，更新 {len(guides.renewed)} / guides")
    companies = load_people(secret=settings.SECRET_KEY, at=at)
    _say("部门、岗位、人员、申请人已就绪 / people ready")
    store = FileStore(settings.FILES_DIR)
    stored = store.put(SAMPLE)
    file = NewFile("示例材料.pdf", "pdf", stored.size, stored.digest)
    if sql.one("select 1 from cases_number limit 1"):
        _say("演示办件已在，保持不变 / cases are there already")
    else:
        work = simulate(companies, file=file, now=at)
        _say(f"一个月的办件：收件 {work.filed}，办理 {work.steps} 步 / a month of work")
    for load_register in REGISTERS:
        if words := load_register(at=at):
            _say(words)
    drawn = [store.put(picture(number)) for number in (1, 2)]
    photos = [NewPhoto(one.digest, "png", one.size) for one in drawn]
    if words := load_lives(file=file, photos=photos, at=at):
        _say(words)
    if words := load_bulk(at=at, keep=lambda data: store.put(data).digest):
        _say(words)
    if draft_report(now=at):
        _say("上一周的周报草稿已就绪 / draft report ready")


@demo.command(help="列出演示账号 / List the demo accounts.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
def accounts(as_json: bool) -> None:
    """Role, user name and password of every listed demo account."""
    rows = [
        {"role": a.role, "username": a.username, "password": demo_password(settings.SECRET_KEY, a.username)}
        for a in DEMO_ACCOUNTS
    ]
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    for row in rows:
        click.echo(f"{row['username']:<22}{row['password']:<16}{row['role']}")


def _say(words: str) -> None:
    click.echo(words, err=True)
