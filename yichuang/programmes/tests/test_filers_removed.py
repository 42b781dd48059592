"""A filer that is taken out: what was counted until then stays, nothing comes after, and everybody sees why."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.programmes.commands import campaigns as campaign_commands
from yichuang.programmes.commands import filers as commands
from yichuang.programmes.models import Campaign, CampaignVersion, Filer
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.rules.events import changes
from yichuang.programmes.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022")]
NEXT_WEEK = date(2022, 5, 20)


def remove(filer: Filer, reason: str = "与另一家合并", at: datetime = make.AT, **by: Any) -> None:
    commands.remove_filer(filer.campaign_id, filer.pk, reason, by=by.get("by") or make.manager(), at=at)


def standing(found: Campaign, today: date) -> queries.CampaignStanding:
    return queries.standings([Campaign.objects.get(pk=found.pk)], today)[0]


def test_the_figures_keep_what_was_counted_and_nothing_more() -> None:
    campaign = make.campaign()
    gone, kept = make.filer(campaign, 0), make.filer(campaign, 1)
    for day in (6, 13, 16):
        make.filed(make.company(0), make.item(), date(2022, 5, day))
    make.by_hand(gone, date(2022, 5, 12), 40)
    before = standing(campaign, make.TODAY)
    remove(gone)
    assert standing(campaign, make.TODAY).forecast.done == before.forecast.done == 42
    later = standing(campaign, NEXT_WEEK)
    assert (later.here, later.by_hand) == (2, 40)
    assert [one.filer.pk for one in later.filers] == [kept.pk, gone.pk]
    assert [one.is_removed for one in later.filers] == [False, True]
    assert gone.pk not in {one.filer.pk for one in later.behind}
    rows = campaign_cases(campaign, by=make.manager(), today=NEXT_WEEK).rows
    assert len(rows) == later.here
    recount = sql.one(
        "select count(*) from cases_case c where c.filed_on <= %(day)s and c.applicant_id = %(who)s",
        {"day": make.TODAY, "who": make.company(0).pk},
    )
    assert recount == (later.here,)


def test_after_it_nothing_is_reported_and_nobody_is_reminded() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    remove(filer)
    with pytest.raises(Conflict, match="移除"):
        make.by_hand(filer, make.TODAY, 5)
    with pytest.raises(Conflict, match="移除"):
        commands.remind_filer(campaign.pk, filer.pk, "催", by=make.manager(), at=make.AT, key=make.key())
    with pytest.raises(Invalid) as caught:
        make.filer(campaign, 0)
    assert list(caught.value.fields) == ["name"]


def test_its_companies_pass_to_another_from_the_next_day_only() -> None:
    campaign = make.campaign()
    remove(make.filer(campaign, 0))
    make.filed(make.company(0), make.item(), make.TODAY)
    with pytest.raises(Invalid) as caught:
        make.filer(campaign, 0, name="合并后的企业")
    assert list(caught.value.fields) == ["papers"]
    make.filer(campaign, 0, name="合并后的企业", starts_on=make.TODAY + timedelta(days=1))
    make.filed(make.company(0), make.item(), NEXT_WEEK)
    found = standing(campaign, NEXT_WEEK)
    assert found.here == 2
    assert sorted(one.here for one in found.filers) == [1, 1]


def test_who_may_remove_and_with_a_reason() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0, department_id=make.commerce().pk)
    for reason in ("", " ", "字" * 2001):
        with pytest.raises(Invalid) as caught:
            remove(filer, reason)
        assert list(caught.value.fields) == ["removal"]
    for by in (make.keeper(), make.stranger(), make.reader()):
        with pytest.raises(Refused):
            remove(filer, by=by)
    other = make.campaign(title="另一专项")
    with pytest.raises(Missing):
        commands.remove_filer(other.pk, filer.pk, "错", by=make.manager(), at=make.AT)
    campaign_commands.close_campaign(campaign.pk, by=make.manager(), at=make.AT)
    with pytest.raises(Conflict):
        remove(filer)
    assert Filer.objects.get(pk=filer.pk).removed_on is None


def test_every_change_of_a_campaign_leaves_a_version() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    form = campaign_commands.CampaignForm(
        "电台补申报", "专题会议（示例）", "约2000", date(2022, 5, 5), date(2022, 6, 30), [make.item().code], unit="个",
        milestones=[(date(2022, 5, 20), 800)],
    )  # fmt: skip
    campaign_commands.change_campaign(campaign.pk, form, seen=1, by=make.manager(), at=make.AT)
    remove(filer)
    for _ in range(2):
        campaign_commands.close_campaign(campaign.pk, by=make.manager(), at=make.AT)
    found = queries.campaign_versions(campaign)[::-1]
    assert [one.act for one in found] == [
        "建立", "申报单位：示例运营企业0", "修改", "移除：示例运营企业0", "结束",
    ]  # fmt: skip
    assert changes(found[1].stated, found[2].stated) == [
        ("目标", "约1000个", "约2000个"),
        ("截止日期", "2022-05-31", "2022-06-30"),
        ("节点", "", "2022-05-20 800"),
    ]
    assert "2022-05-13 移除：与另一家合并" in found[3].stated["申报单位：示例运营企业0"]
    assert changes(found[3].stated, found[4].stated) == [("状态", "进行中", "已结束")]


def test_a_campaign_that_has_ended_is_not_changed() -> None:
    campaign = make.campaign()
    campaign_commands.close_campaign(campaign.pk, by=make.manager(), at=make.AT)
    form = campaign_commands.CampaignForm(
        "别的", "依据", "5", date(2022, 5, 5), date(2022, 6, 30), [make.item().code]
    )
    with pytest.raises(Conflict):
        campaign_commands.change_campaign(campaign.pk, form, seen=2, by=make.manager(), at=make.AT)
    assert CampaignVersion.objects.filter(campaign=campaign).count() == 2


@pytest.mark.parametrize("wrong", [{"removed_on": make.TODAY}, {"removed_why": "没有日期"}])
def test_the_database_wants_day_and_reason_together(wrong: dict[str, Any]) -> None:
    make.filer(make.campaign(), 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filer.objects.update(**wrong)
