"""Files at which the worker fails again and again: the one that failed is laid aside, and no other."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from yichuang.directory.tests import factories as people
from yichuang.exchange.cli import drops
from yichuang.exchange.commands.batches import run_batch
from yichuang.exchange.models import Batch
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_door import _drop
from yichuang.gateways import drops as dropped_files

pytestmark = pytest.mark.django_db


def test_a_file_at_which_the_worker_fails_is_laid_aside_on_its_batch_and_can_come_again(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder, data = tmp_path / "water", "\n".join(json.dumps(make.event(f"L-{n}")) for n in range(9)).encode()
    _drop(folder, "a.ndjson", data)
    _drop(folder, "b.ndjson", json.dumps(make.event("other")).encode())
    monkeypatch.setattr("yichuang.exchange.commands.batches.BLOCK", 4)
    with monkeypatch.context() as broken:
        broken.setattr(drops, "run_batch", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            drops.run(water.pk, at=make.AT)
    drops.lay_aside(water.pk, why="ZeroDivisionError: 示例甲乙", at=make.AT)
    assert sorted(one.name for one in (folder / "in").iterdir()) == ["b.ndjson", "b.ndjson.ready"]
    batch = Batch.objects.get()
    assert (batch.state, batch.name) == ("running", "a.ndjson")
    assert batch.trouble == drops.LAID_ASIDE
    assert "示例甲乙" not in batch.trouble
    assert (folder / "refused" / "a.ndjson").exists()
    client = Client()
    client.force_login(people.account_of(make.manager()), backend="django.contrib.auth.backends.ModelBackend")
    assert "已搁置" in client.get("/desk/exchange/batches").content.decode()
    assert "重新放入" in client.get(f"/desk/exchange/batches/{batch.pk}").content.decode()
    # The other file has its turn, and the first may come again.
    drops.run(water.pk, at=make.AT)
    _drop(folder, "a.ndjson", data)
    drops.run(water.pk, at=make.AT)
    batch.refresh_from_db()
    assert (batch.state, batch.trouble, batch.taken) == ("done", "", 9)
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert Batch.objects.exclude(trouble="").count() == 0, "nothing is ready: nothing is laid aside"


def _dropped(folder: Path, *names: str) -> None:
    """Files of one event each, none of which has the same content."""
    for name in names:
        _drop(folder, name, json.dumps(make.event(ascii(name).replace("\\", "/"))).encode())


def _left(folder: Path) -> list[str]:
    return sorted(one.name for one in (folder / "in").iterdir() if one.suffix != ".ready")


def test_the_file_that_failed_is_laid_aside_whatever_came_before_it_meanwhile(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder = tmp_path / "water"
    _dropped(folder, "b.ndjson", "c.ndjson")
    honest = run_batch

    def failing(batch: Batch, *given: Any, **more: Any) -> Batch:
        if batch.name == "b.ndjson":
            raise ZeroDivisionError
        return honest(batch, *given, **more)

    monkeypatch.setattr(drops, "run_batch", failing)
    with pytest.raises(ZeroDivisionError):
        drops.run(water.pk, at=make.AT)
    _dropped(folder, "a.ndjson")
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert _left(folder) == ["a.ndjson", "c.ndjson"]
    assert [one.name for one in Batch.objects.exclude(trouble="")] == ["b.ndjson"]

    # The process that failed was killed: what was begun and is not done is the one.
    _dropped(folder, "b.ndjson")
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert _left(folder) == ["a.ndjson", "c.ndjson"]
    # Nothing was begun: the first.
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert _left(folder) == ["c.ndjson"]
    # The one that failed has been taken away by its sender: no other is laid aside for it.
    monkeypatch.setattr(drops, "run_batch", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        drops.run(water.pk, at=make.AT)
    (folder / "in" / "c.ndjson.ready").unlink()
    _dropped(folder, "d.ndjson")
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert _left(folder) == ["c.ndjson", "d.ndjson"]


def test_whoever_lays_the_first_file_aside_would_be_noticed(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the first file that is ready now is taken for the one that failed."""
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    _dropped(tmp_path / "water", "b.ndjson")
    monkeypatch.setattr(drops, "run_batch", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        drops.run(water.pk, at=make.AT)
    _dropped(tmp_path / "water", "a.ndjson")
    monkeypatch.setattr(drops, "_failing", lambda system: next(iter(drops._in_order(system))))
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert _left(tmp_path / "water") == ["b.ndjson"]


def test_a_file_without_a_promised_content_leaves_no_batch(settings: Any, tmp_path: Path) -> None:
    """Two of them had one batch of no content between them."""
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder = tmp_path / "water"
    for name in ("a.ndjson", "b.ndjson"):
        _drop(folder, name, b"{}", "none")
        os.utime(folder / "in" / f"{name}.ready", (0, 0))
        drops.lay_aside(water.pk, why="PermissionError", at=make.AT)
    assert (Batch.objects.count(), _left(folder)) == (0, [])
    assert drops.LAID_ASIDE in (folder / "refused" / "b.ndjson.result.json").read_text(encoding="utf-8")


def test_a_done_batch_is_never_laid_aside_and_a_file_that_cannot_be_read_is(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder, data = tmp_path / "water", json.dumps(make.event("x")).encode()
    _drop(folder, "a.ndjson", data)
    drops.run(water.pk, at=make.AT)
    _drop(folder, "a.ndjson", data)
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert Batch.objects.get().trouble == ""
    _drop(folder, "c.ndjson", b"{}", "0" * 64)
    assert "SHA-256" in drops.run(water.pk, at=make.AT)[0]
    _drop(folder, "d.ndjson", b"{}")
    with monkeypatch.context() as broken:

        def refuses(_: Path) -> str:
            raise PermissionError(13, "Permission denied")

        broken.setattr(dropped_files, "digest_of", refuses)
        with pytest.raises(PermissionError):
            drops.run(water.pk, at=make.AT)
        drops.lay_aside(water.pk, why="PermissionError", at=make.AT)
    assert Batch.objects.get(name="d.ndjson").sha256 == hashlib.sha256(b"{}").hexdigest()
    assert drops.find_waiting() == []


def test_a_name_that_is_no_utf8_is_told_as_far_as_it_can_be_read(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a machine that writes names in another encoding: no database keeps half a character."""
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder = tmp_path / "water"
    strange = os.fsdecode("受理".encode("gb18030"))
    _dropped(folder, f"{strange}.ndjson")
    (words,) = drops.run(water.pk, at=make.AT)
    shown = dropped_files.Dropped(folder / "in" / f"{strange}.ndjson", "").name
    assert shown.endswith("\ufffd.ndjson")
    assert (words.partition("：")[0], Batch.objects.get().name) == (shown, shown)
    assert (folder / "done" / f"{strange}.ndjson").exists(), "under its own name"
    assert shown in (folder / "done" / f"{strange}.ndjson.result.json").read_text(encoding="utf-8")
    _drop(folder, f"{strange}.ndjson", b"{}")
    with monkeypatch.context() as broken:
        broken.setattr(drops, "run_batch", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            drops.run(water.pk, at=make.AT)
    drops.lay_aside(water.pk, why="", at=make.AT)
    assert (_left(folder), Batch.objects.exclude(trouble="").get().name) == ([], shown)
