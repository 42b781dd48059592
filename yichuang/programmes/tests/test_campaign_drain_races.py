"""A filer comes, changes or goes while the drain runs: every case is counted once, whoever is first."""

import threading
from datetime import date
from typing import Any

import pytest

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.programmes.commands import filers
from yichuang.programmes.commands.progress import recount_filers
from yichuang.programmes.models import Campaign
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.tests import factories as make
from yichuang.statistics.commands import close_batch
from yichuang.workdays.commands import load_packaged


@pytest.fixture(autouse=True)
def _calendar(committed: dict[str, str]) -> None:
    """Every test of this file really commits."""
    load_packaged(make.AT, SYSTEM)


def shown() -> int:
    """What the page says."""
    return queries.standings([Campaign.objects.get()], make.TODAY)[0].here


def drained() -> int:
    """Drain whatever is left; how many facts."""
    total = 0
    while found := close_batch(at=make.AT, wait=True):
        total += found
    return total


@pytest.mark.parametrize("held", [True, False])
def test_a_filer_added_while_the_drain_runs_is_counted_exactly(
    held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not holding the drain is the broken variant: what it takes between the count and the commit is counted nowhere."""
    campaign, company = make.campaign(), make.company(0)
    make.filed(company, make.item(), date(2022, 5, 6))
    form = filers.FilerForm("示例运营企业", "500", [company.paper_number])
    centre = make.manager()
    counted, let = threading.Event(), threading.Event()

    def slow(ids: Any) -> None:
        recount_filers(ids)
        counted.set()
        let.wait(PATIENCE_SECONDS)

    def drain() -> int:
        counted.wait(PATIENCE_SECONDS)
        found = close_batch(at=make.AT)
        let.set()
        return found

    monkeypatch.setattr(filers, "recount_filers", slow)
    if not held:
        monkeypatch.setattr(filers, "hold_counts", lambda: None)
    answers = together([lambda: filers.add_filer(campaign.pk, form, by=centre, at=make.AT), drain])
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert (answers[1] == 0) is held
    drained()
    assert shown() == (1 if held else 0)


def test_filers_come_change_and_go_while_cases_come_and_are_drained() -> None:
    campaign = make.campaign()
    first = make.filer(campaign, 0)
    centre = make.manager()
    other = filers.FilerForm("另一企业", "500", [make.company(1).paper_number])
    nobody = filers.FilerForm(first.name, "600", [])
    item, companies = make.item(), [make.company(0), make.company(1)]

    def file(number: int) -> None:
        for day in (6, 9, 10):
            make.filed(companies[number], item, date(2022, 5, day))

    def drain() -> None:
        for _ in range(12):
            close_batch(at=make.AT, limit=2)

    works: list[Any] = [
        lambda: file(0),
        lambda: file(1),
        drain,
        drain,
        lambda: filers.add_filer(campaign.pk, other, by=centre, at=make.AT),
        lambda: filers.add_filer(campaign.pk, nobody, by=centre, at=make.AT),
        lambda: filers.remove_filer(campaign.pk, first.pk, "合并", by=centre, at=make.AT),
    ]
    odd = [one for one in together(works) if isinstance(one, Exception)]
    # Whoever was removed first is not changed any more: said in words, and nothing else may happen.
    assert all("移除" in str(one) for one in odd), odd
    cases = sql.one(
        "select count(*)::int from cases_case c join programmes_filer f on c.applicant_id = any(f.applicants)"
    )
    assert cases is not None
    assert shown() == cases[0]
    drained()
    assert shown() == cases[0]
    assert drained() == 0
    assert cases[0] in (3, 6)
