"""Files of bulk filings go after a while, those that something else uses stay."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from yichuang.effects.cli import purging
from yichuang.effects.cli.purging import purge_bulk
from yichuang.gateways.files import FileStore
from yichuang.intake.flow import KEPT_DAYS
from yichuang.intake.models import BulkRun
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk

pytestmark = pytest.mark.django_db
LATE = bulk.AT + timedelta(days=KEPT_DAYS + 1)


def test_the_file_of_an_old_run_goes_and_that_of_a_younger_one_stays(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr(purging, "SETTLES", timedelta(0))
    item, by = bulk.offer().item.code, make.applicant()
    old = bulk.filed(bulk.rows(1), by, item)
    young = bulk.filed(bulk.rows(1, first=2), by, item, at=bulk.AT + timedelta(days=9))
    store = FileStore(site.FILES_DIR)
    assert purge_bulk(at=LATE) == 1
    assert not store.has(old.file_sha256)
    assert store.has(young.file_sha256)
    assert BulkRun.objects.get(pk=old.pk).file_name == "（已清除）"
    assert purge_bulk(at=LATE) == 0
