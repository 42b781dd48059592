"""The real kinds of long jobs: nothing on an empty house, one job of each run by the sweep, trouble of one keeps no other."""

import gzip
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from yichuang.cases.tests import factories as cases
from yichuang.effects import long_work
from yichuang.effects.long_work import LONG, MOST_DEATHS, MOST_STUMBLES, Long, sweep
from yichuang.effects.models import LongJob
from yichuang.exchange.models import Batch
from yichuang.exchange.tests import factories as exchange
from yichuang.exchange.tests.test_door import _drop, body
from yichuang.exports.flow import State
from yichuang.exports.models import Export
from yichuang.exports.tests.test_run import asked, exporter
from yichuang.gateways import drops
from yichuang.kernel import sql

KINDS = {one.name: one for one in LONG}
AT = exchange.AT


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR, settings.EXCHANGE_DIR = tmp_path / "files", tmp_path / "drops"


@pytest.mark.django_db
def test_an_empty_house_has_nothing_to_do_in_few_statements() -> None:
    with sql.counting() as statements:
        assert not sweep(at=AT)
    assert len(statements) <= 2 * len(LONG)
    assert {name: one.find_waiting() for name, one in KINDS.items()} == {name: [] for name in KINDS}
    assert set(KINDS) >= {"bulk", "bulk_act", "export", "drop", "webhook"}
    assert not LongJob.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_job_that_is_not_there_harms_nobody_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id of nothing, such as of a row that was purged between the question and the run."""
    gone = uuid4()
    ran: list[UUID] = []
    seen = [gone]
    ghost = replace(KINDS[name], find_waiting=lambda: [seen.pop()] if seen else [])
    real = connections["default"]
    monkeypatch.setattr(
        long_work,
        "connection",
        type("Open", (), {"close": lambda _: None, "connection": property(lambda _: real.connection)})(),
    )
    sound = Long("sound", lambda: [] if ran else [gone], lambda job_id, /, *, at: ran.append(job_id))
    turns = [sweep(at=AT, kinds=(ghost, sound)) for _ in range(2)]
    assert turns == [True, True]
    assert ran == [gone], "the other kind had its turn"


def test_an_export_is_made_by_the_sweep_and_given_up_by_it(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.filed()
    by = exporter()
    sound, hopeless, deadly = asked(by), asked(by), asked(by)
    kind = KINDS["export"]
    assert set(kind.find_waiting()) == {sound, hopeless, deadly}
    assert sweep(at=AT, kinds=(replace(kind, find_waiting=lambda: [sound]),))
    assert Export.objects.get(pk=sound).state == State.DONE

    def fails(job_id: UUID, /, *, at: datetime) -> None:
        raise ConnectionError("数据库断开")

    broken = replace(
        kind, run=fails, find_waiting=lambda: [one for one in kind.find_waiting() if one == hopeless]
    )
    for _ in range(MOST_STUMBLES):
        assert Export.objects.get(pk=hopeless).state == State.WAITING
        assert sweep(at=AT, kinds=(broken,))
        sql.execute("update effects_longjob set not_before = now()")
    assert Export.objects.get(pk=hopeless).state == State.FAILED
    LongJob.objects.create(key=f"export:{deadly}", begun=MOST_DEATHS, not_before=AT)
    assert sweep(at=AT, kinds=(kind,))
    assert Export.objects.get(pk=deadly).state == State.FAILED
    assert not sweep(at=AT, kinds=(kind, broken))
    assert not LongJob.objects.exists()
    stuck = asked(by)
    LongJob.objects.create(key=f"export:{stuck}", begun=MOST_DEATHS, not_before=AT)
    assert sweep(at=AT, kinds=(replace(kind, lay_aside=None),))
    assert not sweep(at=AT, kinds=(kind,))
    assert Export.objects.get(pk=stuck).state == State.WAITING, (
        "the broken variant: it waits for ever and nobody is told"
    )


@pytest.mark.django_db
def test_a_folder_of_hostile_files_is_dealt_with_to_its_end(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file that cannot be read keeps no other of its sender waiting: each is taken or refused, all are put away."""
    system = exchange.system(exchange.reporter(), folder="water")
    folder = Path(settings.EXCHANGE_DIR) / "water"
    good = body(exchange.event())
    packed = bytearray(gzip.compress(good * 50))
    packed[len(packed) // 2] ^= 0xFF
    packed[len(packed) // 2 + 1] ^= 0xFF
    for name, data in {
        "a-broken.ndjson.gz": bytes(packed), "b-cut.csv.gz": gzip.compress(good)[:-9], "c-deep.ndjson": b"[" * 50_000 + b"\n", "d-nul.csv": b"\x00" * 2_000,
        "e-quote.csv": b'"' + b"x" * 300_000, "f-noise.ndjson": bytes(range(256)) * 20, "g-" + "长" * 77 + ".csv": b"x", "h-empty.csv": b"", "i-bomb.csv": b"\xef\xbb\xbf",
        "z-good.ndjson": good,
    }.items():  # fmt: skip
        _drop(folder, name, data)
    assert KINDS["drop"].find_waiting() == [system.pk]
    assert sweep(at=AT, kinds=(KINDS["drop"],))
    assert [one.name for one in (folder / "in").iterdir()] == []
    assert KINDS["drop"].find_waiting() == []
    assert (folder / "done" / "z-good.ndjson").exists()
    assert Batch.objects.filter(taken=1).count() == 1
    assert len([one for one in (folder / "refused").iterdir() if one.suffix == ".json"]) >= 5
    assert not LongJob.objects.exists()
    _drop(folder, "again.ndjson.gz", bytes(packed))
    with monkeypatch.context() as broken:
        broken.setattr(drops, "_line", lambda source: source.readline(drops.LONGEST_LINE))
        with pytest.raises(Exception, match=r"invalid|Error -3"):
            KINDS["drop"].run(system.pk, at=AT)
