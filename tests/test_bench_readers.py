"""Whoever prints in P7 gets what is to be printed: a report with its charts, and figures whose charts are all different."""

import importlib
from typing import Any

import pytest
from django.test import Client

from yichuang.directory.models import Account
from yichuang.reports.models import ReportForm
from yichuang.reports.rules.form import CHARTS
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db


def test_the_editor_prints_the_draft_with_its_charts_and_draws_a_chart_a_page(settings: Any) -> None:
    report = make.opened()
    by = make.editor()
    assert by.id is not None
    Account.objects.filter(pk=by.id).update(username="report.editor")
    readers = importlib.import_module("bench.readers")
    (one,) = readers.MODES["--printing"]()
    assert set(one["paths"]) == {"report", "charts"}
    assert ReportForm.objects.get(pk=report.form_id).data["charts"] == list(CHARTS)
    assert len(set(one["paths"]["charts"])) == len(readers.PERIODS) > 30
    client = Client()
    client.cookies.load(one["cookie"])
    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for path in (*one["paths"]["report"], one["paths"]["charts"][0], one["paths"]["charts"][-1]):
        answer = client.get(path)
        assert answer.status_code == 200, path
    assert b"<svg" in answer.content, "the last period is short enough to be drawn"
    assert set(readers.MODES) == {"", "--lists", "--printing"}
