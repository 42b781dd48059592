"""R9 in short: a filing with files is cut after each of its steps; a row never stands without its file."""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.faults import uploads
from tests.faults.conftest import Near
from tests.faults.filing import encoded, new_key, settle
from tests.faults.people import bodies
from yichuang.effects import jobs
from yichuang.effects.queries import still_used
from yichuang.gateways.files import FileStore, Stored
from yichuang.intake.tests import factories as filings
from yichuang.kernel import sql
from yichuang.kernel.keys import uuid7
from yichuang.workdays.queries import now

EVERY = 4
DECOYS = 10_000


def cut_everywhere(near: Near, folder: Path, every: int) -> tuple[int, list[str]]:
    """Cut after every few steps, ask again with the same key; how many cuts, and what was wrong."""
    post, ledger = near.begin()
    post = replace(post, bodies=bodies(files=2))
    sender, cuts, wrong = post.sender(), 0, list[str]()
    for step in range(1, 200, every):
        body, key = encoded(post.bodies(step)), new_key()
        ledger.sending(key, body)
        if not uploads.dies_at(step, lambda body=body, key=key: sender.post(body, key)):  # type: ignore[misc]
            break
        cuts += 1
        wrong += uploads.rows_without_files(near.auditor, folder)
        settle(sender, ledger, body, key)
        wrong += uploads.rows_without_files(near.auditor, folder)
    return cuts, [*wrong, *near.auditor.all(ledger)]


def test_a_filing_cut_after_any_step_leaves_no_row_without_its_file(near: Near, tmp_path: Path) -> None:
    with override_settings(FILES_DIR=tmp_path):
        cuts, wrong = cut_everywhere(near, tmp_path, EVERY)
    assert cuts >= 5
    assert wrong == []


def test_a_file_written_after_its_row_is_caught(
    near: Near, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the store says that it has the file, and writes it when there is time."""

    def later(_store: FileStore, data: bytes) -> Stored:
        return Stored(hashlib.sha256(data).hexdigest(), len(data))

    monkeypatch.setattr(FileStore, "put", later)
    with override_settings(FILES_DIR=tmp_path):
        assert cut_everywhere(near, tmp_path, 40)[1]


@pytest.mark.django_db
def test_the_purge_refuses_what_any_row_names(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_DIR = tmp_path
    decoys = [f"{number:064x}" for number in range(DECOYS)]
    sql.execute(
        "insert into intake_draftmaterial (id, draft_id, code, name, kind, size, sha256, added_at) "
        "select gen_random_uuid(), %(draft)s, 'a', 'a', 'pdf', 1, unnest(%(all)s::text[]), now()",
        {"draft": filings.draft().pk, "all": decoys},
    )
    orphan = "f" * 64
    forgotten: list[str] = []

    def note(_store: FileStore, digest: str, *, settled: datetime) -> bool:
        forgotten.append(digest)
        return settled < now()

    monkeypatch.setattr(FileStore, "forget", note)
    monkeypatch.setattr(jobs, "files_of_case", lambda _id: [*decoys, orphan])
    jobs.forget_files([[str(uuid7(now())), 1]])
    assert forgotten == [orphan]
    assert still_used(decoys) == set(decoys)

    # The broken variant: a purge that does not ask takes every one of them.
    monkeypatch.setattr(jobs, "still_used", lambda _files: set())
    jobs.forget_files([[str(uuid7(now())), 1]])
    assert set(decoys) < set(forgotten)
