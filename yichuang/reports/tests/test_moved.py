"""A figure whose day moves after it was printed: the issue and its snapshot stay, an erratum is offered."""

from datetime import date, timedelta

import pytest
from django.test import Client

from yichuang.directory.tests import factories as people
from yichuang.reports.commands.errata import NewErratum, add_erratum
from yichuang.reports.queries.moved import moved_figures
from yichuang.reports.tests import factories as make
from yichuang.statistics.commands import close_batch, frozen_figures
from yichuang.statistics.models import Late
from yichuang.statistics.tests.reported import Reported, report

pytestmark = pytest.mark.django_db
TOLD = date(2022, 5, 16)


def test_a_late_fact_leaves_the_issue_as_it_is_and_offers_an_erratum() -> None:
    for _ in range(3):
        report(Reported(date(2022, 5, 9), "accepted", TOLD))
    issued = make.issued()
    assert issued.snapshot is not None
    text, figures = issued.snapshot.figures, frozen_figures(issued.snapshot)
    assert moved_figures(issued) == []
    report(Reported(date(2022, 5, 10), "accepted", TOLD + timedelta(days=10)))
    close_batch(at=make.ISSUE_AT + timedelta(days=10))
    assert Late.objects.filter(day=date(2022, 5, 10)).exists()
    again = make.fresh(issued)
    assert again.snapshot is not None
    assert again.snapshot.figures == text
    assert frozen_figures(again.snapshot) == figures
    (moved,) = moved_figures(again)
    assert (moved.printed.type, moved.printed.measure, moved.old, moved.new) == ("公共服务", "受理", "3", "4")
    editor = make.editor()
    client = Client()
    client.force_login(people.account_of(editor), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/reports/{issued.pk}/errata").content.decode()
    assert "印出以后变动的数字" in page
    assert "desk/figures/late" in page
    offered = client.get(f"/desk/reports/{issued.pk}/errata?{moved.query}").content.decode()
    assert 'value="4"' in offered
    new = NewErratum(moved.old, moved.new, "补报", figure_id=moved.printed.pk)
    add_erratum(issued.pk, new, by=editor, at=make.ISSUE_AT, key="moved-1")
    assert moved_figures(again) == []
