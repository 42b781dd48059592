"""`yichuang verify-journal`: an export and the heads that left the house, checked without any database."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import click

from yichuang.cases import flow
from yichuang.effects.cli.reading import Export, Gathered, Record, Sorter, read_heads, side_by_side
from yichuang.gateways.signing import witness
from yichuang.journal.rules.verify import (
    CASE,
    DESTROYED,
    Contents,
    Finding,
    Keys,
    Leaf,
    Steps,
    Unreadable,
    Verified,
    all_sound,
    check_case,
    check_heads,
    check_seals,
    check_subject,
)

SHOWN = 200
FORGED, UNREADABLE = 1, 2


def steps() -> Steps:
    """The life of a case as the verification lives it through: made from the flow table."""
    ways = {
        row.fact: (
            frozenset(str(source) for source in row.sources),
            "" if row.action in flow.KEEPS_STATE else str(row.target),
        )
        for row in flow.TRANSITIONS
    }
    return Steps(str(flow.STATE_AFTER_FILING), flow.FILED, ways)


def verify(
    export: Export, heads: tuple[Path, ...], keys: dict[str, str] | None, files: Path | None
) -> Verified:
    """Rebuild everything from an export and heads; no database is asked. Raises Unreadable."""
    found, sorter = Verified(), Sorter()
    try:
        groups = sorter.through(export.rows("leaves"))
        known, broken = check_seals(export.rows("seals"), groups, found)
        for _ in groups:
            continue
        trusted = None if keys is None else Keys(keys, witness.holds)
        check_heads(read_heads(heads), known, trusted, found)
        for finding in _rows(export, sorter, broken, found, files):
            found.findings.append(finding)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"导出的某一行缺少内容：{error!r}") from error
    return found


def _rows(
    export: Export, sorter: Sorter, broken: set[int], found: Verified, files: Path | None
) -> Iterator[Finding]:
    way, contents = steps(), Contents()
    checked: set[str] = set()
    streams = (
        Gathered("facts", export.facts()),
        Gathered("leaves", sorter.sorted()),
        Gathered("queue", export.rows("queue")),
        Gathered("cases", export.rows("cases")),
        Gathered("attachments", export.rows("attachments")),
        Gathered("contents", export.rows("contents")),
        Gathered("replaced", export.rows("replaced")),
    )
    for subject, (facts, leaves, queue, rows, attachments, now, before) in side_by_side(*streams):
        found.facts += len(facts)
        found.waiting += len(queue)
        if queue or not all_sound(facts, leaves):
            sealed = {row["seq"]: Leaf(row["seal"], row["hash"]) for row in leaves}
            queued = {row["seq"]: row["hash"] for row in queue}
            wrong = list(check_subject(subject, facts, sealed, queued, broken))
            yield from wrong
        else:
            wrong = []
        contents.note(subject, facts)
        if not wrong:
            yield from contents.check(subject, facts, now, before)
        if rows or (facts and facts[0]["subject_kind"] == CASE):
            found.cases += 1
            yield from check_case(subject, facts, rows[0] if rows else None, attachments, way)
        if facts and facts[-1]["kind"] == DESTROYED:
            found.notes.append(f"{subject} 的内容已依法删除（第 {facts[-1]['seq']} 条），其余校验照常。")
        if files is not None:
            yield from _files(files, attachments, checked, found)
    found.contents = contents.count
    yield from contents.missing()


def _files(store: Path, attachments: list[Record], checked: set[str], found: Verified) -> Iterator[Finding]:
    """Every attachment's file, once: there, and with the content that its name says."""
    for row in attachments:
        digest = str(row["sha256"])
        if not digest or digest in checked:
            continue
        checked.add(digest)
        path = store / digest[:2] / digest[2:4] / digest
        found.files += 1
        if not path.is_file():
            yield Finding("file_missing", f"文件 {digest}", f"材料 {row['code']}")
        elif _digest_of(path) != digest:
            yield Finding("file_changed", f"文件 {digest}", f"材料 {row['code']}")


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@click.command(
    help="核验导出的事实账，逐条指出伪造 / Verify an exported journal against heads; no database needed."
)
@click.argument("export", type=click.Path(path_type=Path))
@click.option(
    "--heads", multiple=True, type=click.Path(path_type=Path), help="写出的账链末端：文件或目录，可多次"
)
@click.option("--keys", type=click.Path(path_type=Path), help="公钥（/journal/keys.json）；给出时核验签名")
@click.option("--files", type=click.Path(path_type=Path), help="文件库目录；给出时核验每个材料文件")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def verify_journal(
    export: Path, heads: tuple[Path, ...], keys: Path | None, files: Path | None, as_json: bool
) -> None:
    """Exit 0: nothing found; 1: forged; 2: cannot be read."""
    began = time.perf_counter()
    try:
        found = verify(Export(export), heads, _keys(keys), files)
    except Unreadable as problem:
        click.echo(f"无法核验：{problem}", err=True)
        raise SystemExit(UNREADABLE) from problem
    seconds = max(1, round((time.perf_counter() - began) * 1000))
    _print(found, seconds, bool(heads), as_json=as_json)
    raise SystemExit(FORGED if found.findings else 0)


def _keys(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        return {key["key_id"]: key["public"] for key in json.loads(path.read_text(encoding="utf-8"))["keys"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} 不是公钥文件：{error}") from error


def _print(found: Verified, milliseconds: int, outside: bool, *, as_json: bool) -> None:
    rate = found.facts * 1000 // milliseconds
    if as_json:
        said = {
            "forged": bool(found.findings),
            "findings": [
                {"kind": one.kind, "label": one.label, "where": one.where, "words": one.words}
                for one in found.findings
            ],
            "notes": found.notes,
            "facts": found.facts, "seals": found.seals, "heads": found.heads, "cases": found.cases,
            "contents": found.contents,
            "files": found.files, "waiting": found.waiting, "newest": found.newest, "newest_hash": found.newest_hash,
            "milliseconds": milliseconds, "facts_per_second": rate,
        }  # fmt: skip
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for one in found.findings[:SHOWN]:
        click.echo(
            f"✗ {one.label}：{one.where}（{one.words}）" if one.words else f"✗ {one.label}：{one.where}"
        )
    if len(found.findings) > SHOWN:
        click.echo(f"…… 另有 {len(found.findings) - SHOWN} 处，用 --json 查看全部")
    for note in found.notes[:SHOWN]:
        click.echo(f"· {note}")
    if not outside:
        click.echo("· 没有给出写出的账链末端（--heads）：不能发现整段重算和恢复较早的备份。")
    verdict = f"发现 {len(found.findings)} 处伪造" if found.findings else "没有发现伪造"
    click.echo(
        f"{verdict}：事实 {found.facts} 条，封账 {found.seals} 号，末端 {found.heads} 个，办件 {found.cases} 件，内容 {found.contents} 项，"
        f"文件 {found.files} 个，待封 {found.waiting} 条；{milliseconds} 毫秒，每秒 {rate} 条。"
    )
