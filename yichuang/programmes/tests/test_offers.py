"""What the registers offer to the newsroom: every figure's printed value stands in its sentence, every address opens."""

from datetime import date
from decimal import Decimal

import pytest

from yichuang.kernel import sql
from yichuang.kernel.offers import Offer
from yichuang.programmes.flow.events import KINDS
from yichuang.programmes.flow.tasks import TaskState
from yichuang.programmes.queries import campaigns, events, tasks
from yichuang.programmes.queries.events import EventFilters
from yichuang.programmes.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022")]
FIRST, LAST = date(2022, 5, 9), date(2022, 5, 13)


def full() -> None:
    """Events of every kind with every figure, lists and tasks in every state, campaigns in every outcome."""
    make.cities()
    for place, kind in enumerate(KINDS):
        typed = ("52", "6000余", "约300", "30万", "1")
        make.event(
            kind=kind.code,
            title=f"开展{kind.label}工作",
            figures={one.code: typed[(place + at) % 5] for at, one in enumerate(kind.measures)},
            texts={one.code: f"示例{one.label}" for one in kind.texts},
        )
        make.event(kind=kind.code, title=f"再开展{kind.label}", figures={}, texts={"document": "另一文件"})
    for state in TaskState:
        task = make.task(make.task_list(title=f"{state.label}清单"))
        for action in make.WAYS[state]:
            make.step(task, action, by=make.actor_for(action))
    make.task_list(title="还没有任务的清单")
    for place, count in enumerate((0, 300, 1000, 2000)):
        campaign = make.campaign(title=f"专项{place}", target="约1000")
        filer = make.filer(campaign, 0)
        if count:
            make.by_hand(filer, date(2022, 5, 12), count)


def everything() -> list[Offer]:
    return [
        *events.offers(FIRST, LAST),
        *events.offers(FIRST, LAST, roundly=True),
        *tasks.offers(FIRST, LAST),
        *campaigns.offers(FIRST, LAST),
    ]


def test_each_printed_figure_stands_in_its_sentence_and_each_address_opens() -> None:
    full()
    found = everything()
    assert len(found) > 2 * len(KINDS)
    client = make.browser(make.manager())
    for offer in found:
        assert offer.text.endswith("。"), offer.text
        assert "。。" not in offer.text
        assert "0项，明确" not in offer.text
        for figure in offer.figures:
            assert figure.printed in offer.text, (figure.printed, offer.text)
            assert figure.printed, offer.text
    for address in {offer.address for offer in found} | {
        figure.address for offer in found for figure in offer.figures
    }:
        assert client.get(address).status_code == 200, address


def test_keys_are_unique_and_stay_as_long_as_nothing_changes() -> None:
    full()
    once, again = everything(), everything()
    assert [offer.key for offer in once] == [offer.key for offer in again]
    exact = [
        offer.key
        for offer in [*events.offers(FIRST, LAST), *tasks.offers(FIRST, LAST), *campaigns.offers(FIRST, LAST)]
    ]
    assert len(set(exact)) == len(exact)


def test_a_removed_filer_is_not_told_to_be_behind() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    (before,) = campaigns.offers(FIRST, LAST)
    assert filer.name in before.text
    make.remove_filer(filer)
    (after,) = campaigns.offers(FIRST, LAST)
    assert filer.name not in after.text


def test_sums_of_the_year_equal_a_recount_by_other_means() -> None:
    full()
    for row in events.event_totals(by=make.manager(), first=FIRST, last=LAST):
        recount = sql.one(
            "select coalesce(sum(f.value), 0) from programmes_eventfigure f where f.code = %(code)s and exists "
            "(select 1 from programmes_event e where e.id = f.event_id and e.kind = %(kind)s and e.state <> 'cancelled' "
            "and extract(year from e.filed_under) = 2022)",
            {"code": row.measure.code, "kind": row.kind},
        )
        assert recount == (Decimal(row.year.value),)


@pytest.mark.parametrize("words", ["取水", "水许", "许可申报", "取水许可 辅导", "甲公司"])
def test_search_finds_any_part_of_what_was_said(words: str) -> None:
    wanted = make.event(title="组织取水许可申报辅导", texts={"named": "甲公司\n乙公司"})
    make.event(title="召开务虚会", kind="meeting", figures={})
    page = events.events(by=make.manager(), filters=EventFilters(text=words))
    assert [one.pk for one in page.rows] == [wanted.pk]


@pytest.mark.parametrize("words", ["不存在的词", "'", "&|!", "甲:*", "\0", "水水水", "%"])
def test_search_for_what_is_not_there_finds_nothing(words: str) -> None:
    make.event(title="组织取水许可申报辅导")
    assert events.events(by=make.manager(), filters=EventFilters(text=words)).rows in ([], ())
