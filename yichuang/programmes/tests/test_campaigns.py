"""Campaigns: counted from cases in one statement, equal to a recount; hand numbers with source; rights; reminders."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases import commands as cases
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.notices.models import Message
from yichuang.programmes.commands import campaigns as commands
from yichuang.programmes.commands import filers as filer_commands
from yichuang.programmes.models import Campaign, Filer, FilerReminder, HandNumber
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022")]


def standing(found: Campaign, today: date = make.TODAY) -> queries.CampaignStanding:
    return queries.standings([Campaign.objects.get(pk=found.pk)], today)[0]


def test_progress_equals_a_recount_by_other_means() -> None:
    campaign = make.campaign()
    first, second = make.filer(campaign, 0), make.filer(campaign, 1, starts_on=date(2022, 5, 9))
    radio, other = make.item(), make.item("510000-demo-other")
    for who, what, day in (
        (0, radio, 5), (0, radio, 6), (0, radio, 10), (1, radio, 6), (1, radio, 10), (1, radio, 13), (0, other, 10), (0, radio, 4),
    ):  # fmt: skip
        make.filed(make.company(who), what, date(2022, 5, day))
    withdrawn = make.filed(make.company(0), radio, date(2022, 5, 11))
    by = people.applicant_actor(make.company(0), f"account-{make.company(0).paper_number}")
    cases.withdraw(withdrawn, reason="重复", by=by, at=make.AT, key=make.key())
    found = standing(campaign)
    assert {one.filer.pk: one.here for one in found.filers} == {first.pk: 3, second.pk: 2}
    recount = 0
    for one in Filer.objects.all():
        row = sql.one(
            "select count(*) from cases_case where applicant_id = %(who)s and item_id = %(item)s and state not in "
            "('refused', 'terminated') and filed_on >= %(first)s and filed_on <= %(today)s",
            {"who": one.applicants[0], "item": radio.pk, "first": one.starts_on, "today": make.TODAY},
        )
        assert row is not None
        recount += row[0]
    assert found.here == recount == 5
    assert standing(campaign, date(2022, 5, 9)).here == 2


def test_all_filers_of_all_campaigns_are_counted_in_one_statement() -> None:
    for number in range(3):
        campaign = make.campaign(title=f"专项{number}")
        make.filer(campaign, 0)
        make.filer(campaign, 1)
    with sql.counting() as statements:
        queries.campaigns(by=make.manager(), today=make.TODAY)
    assert sum("programmes_filerday" in one for one in statements) == 1
    # The actor is looked up in two, the campaigns and the three reads of their standing.
    assert len([one for one in statements if "programmes_" in one]) == 4


def test_hand_numbers_count_until_a_later_one_and_are_marked() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    make.filed(make.company(0), make.item(), date(2022, 5, 10))
    make.by_hand(filer, date(2022, 5, 9), 100)
    make.by_hand(filer, date(2022, 5, 12), 250)
    make.by_hand(filer, date(2022, 5, 12), 240)
    found = standing(campaign)
    assert (found.here, found.by_hand, found.forecast.done) == (1, 240, 241)
    assert standing(campaign, date(2022, 5, 11)).by_hand == 100
    assert [(day.day.day, day.filed, day.by_hand) for day in found.trend(make.TODAY) if day.filed or day.by_hand] == [
        (9, 0, 100), (10, 1, 0), (12, 0, 140),
    ]  # fmt: skip


def test_a_hand_number_needs_source_day_and_number_and_counts_once_a_key() -> None:
    campaign = make.campaign()
    filer, key, by = make.filer(campaign), make.key(), make.keeper()

    def report(**changes: Any) -> object:
        values: dict[str, Any] = {
            "as_of": date(2022, 5, 12),
            "count": 5,
            "source": "报送表",
            "key": make.key(),
        }
        return filer_commands.report_by_hand(campaign.pk, filer.pk, by=by, at=make.AT, **(values | changes))

    assert report(key=key) == report(key=key)
    with pytest.raises(Conflict):
        report(key=key, count=9)
    for wrong in (
        {"source": " "},
        {"count": None},
        {"count": -1},
        {"as_of": None},
        {"as_of": date(2022, 5, 14)},
        {"as_of": date(2022, 5, 4)},
    ):
        with pytest.raises(Invalid) as caught:
            report(**wrong)
        assert list(caught.value.fields) == list(wrong)
    assert HandNumber.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"), ({"source": " "}, "source"), ({"target": "很多"}, "target"), ({"target": "0"}, "target"),
        ({"target": "6000余"}, "target"), ({"item_codes": []}, "items"), ({"item_codes": ["x"]}, "items"),
        ({"deadline": date(2022, 5, 1)}, "deadline"), ({"deadline": None}, "deadline"), ({"starts_on": None}, "starts_on"),
        ({"milestones": [(date(2022, 5, 9), 0)]}, "milestones"), ({"unit": "一二三四五"}, "unit"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        make.campaign(**changed)
    assert list(caught.value.fields) == [field]


def test_a_campaign_begins_once_a_key_and_changes_over_what_was_seen() -> None:
    by, key = make.manager(), make.key()
    form = commands.CampaignForm(
        "专项", "依据", "约30万", date(2022, 5, 5), date(2022, 11, 30), [make.item().code]
    )
    made = commands.open_campaign(form, by=by, at=make.AT, key=key)
    assert commands.open_campaign(form, by=by, at=make.AT, key=key) == made
    row = Campaign.objects.get()
    assert (row.target, row.target_mark) == (300_000, "about")
    commands.change_campaign(made, form, seen=1, by=by, at=make.AT)
    with pytest.raises(Conflict):
        commands.change_campaign(made, form, seen=1, by=by, at=make.AT)


def test_an_applicant_counts_under_one_filer_only() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    with pytest.raises(Invalid, match="不能算在两个"):
        make.filer(campaign, 0, name="另一个名字")
    make.filer(campaign, 0, target="600")
    assert [row.target for row in Filer.objects.all()] == [600]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ""}, "name"), ({"target": ""}, "target"), ({"papers": ["91510000XXXXXXXXXX"]}, "papers"), ({"deadline": date(2022, 5, 1)}, "deadline")],
)  # fmt: skip
def test_a_filer_is_checked(changed: dict[str, Any], field: str) -> None:
    campaign = make.campaign()
    with pytest.raises(Invalid) as caught:
        make.filer(campaign, 0, **changed)
    assert list(caught.value.fields) == [field]


def test_those_behind_come_first_each_with_the_own_days() -> None:
    campaign = make.campaign()
    good, bad = (
        make.filer(campaign, 0, target="10"),
        make.filer(campaign, 1, target="400", deadline=date(2022, 5, 16)),
    )
    make.by_hand(good, date(2022, 5, 12), 10)
    make.by_hand(bad, date(2022, 5, 12), 50)
    found = standing(campaign)
    assert [one.filer.pk for one in found.filers] == [bad.pk, good.pk]
    assert [one.filer.pk for one in found.behind] == [bad.pk]
    # Two working days are left (13 and 16 May), 10 a day came in.
    assert (found.filers[0].forecast.days_left, found.filers[0].forecast.missing) == (2, 330)
    (offer,) = queries.offers(date(2022, 5, 9), make.TODAY)
    assert (
        "应于5月31日前完成约1000个，截至5月13日已完成60个（其中平台外申报60个），完成率6.00%。" in offer.text
    )
    assert offer.text.endswith("示例运营企业1进度滞后。")
    assert {figure.printed for figure in offer.figures} >= {"约1000", "60", "6.00"}
    assert all(figure.printed in offer.text for figure in offer.figures)


def test_reminders_go_to_whoever_looks_after_the_filer_and_are_not_doubled() -> None:
    campaign = make.campaign()
    make.stranger()
    filer = make.filer(campaign, 0, department_id=make.commerce().pk)
    by, key = make.manager(), make.key()
    first = filer_commands.remind_filer(campaign.pk, filer.pk, "请加快", by=by, at=make.AT, key=key)
    assert (
        filer_commands.remind_filer(campaign.pk, filer.pk, "请加快", by=by, at=make.AT, key=key).pk
        == first.pk
    )
    with pytest.raises(Conflict):
        filer_commands.remind_filer(
            campaign.pk, filer.pk, "再催", by=by, at=make.AT + timedelta(days=4), key=make.key()
        )
    assert FilerReminder.objects.count() == 1
    assert [message.account_id for message in Message.objects.all()] == [make.stranger().id]
    filer_commands.remind_filer(
        campaign.pk, filer.pk, "再催", by=by, at=make.AT + timedelta(days=5), key=make.key()
    )


def test_who_sees_and_who_writes() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0, department_id=make.commerce().pk)
    assert queries.campaign_for(campaign.pk, by=make.stranger()) == campaign
    assert queries.campaign_for(campaign.pk, by=make.keeper()) == campaign
    third = make.keeper(people.department("林草局", "126", "川林"), "third")
    with pytest.raises(Missing):
        queries.campaign_for(campaign.pk, by=third)
    with pytest.raises(Problem):
        queries.campaigns(by=ANONYMOUS, today=make.TODAY)
    # The department that looks after the filer may report for it, a third one may not.
    values: dict[str, Any] = {"as_of": make.TODAY, "count": 5, "source": "表", "at": make.AT}
    filer_commands.report_by_hand(campaign.pk, filer.pk, by=make.stranger(), key=make.key(), **values)
    with pytest.raises(Missing):
        filer_commands.report_by_hand(campaign.pk, filer.pk, by=third, key=make.key(), **values)
    for act in (
        lambda: commands.close_campaign(campaign.pk, by=make.keeper(), at=make.AT),
        lambda: filer_commands.remind_filer(
            campaign.pk, filer.pk, "催", by=make.keeper(), at=make.AT, key=make.key()
        ),
        lambda: filer_commands.report_by_hand(
            campaign.pk, filer.pk, by=make.reader(), key=make.key(), **values
        ),
    ):
        with pytest.raises(Refused):
            act()


def test_after_the_end_nothing_is_entered() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign)
    for _ in range(2):
        commands.close_campaign(campaign.pk, by=make.manager(), at=make.AT)
    with pytest.raises(Conflict):
        make.by_hand(filer, make.TODAY, 5)
    with pytest.raises(Conflict):
        make.filer(campaign, 1)


def test_the_cases_behind_a_number_are_those_that_one_may_see() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    for day in (5, 6, 6):
        make.filed(make.company(0), make.item(), date(2022, 5, day))
    by = make.manager()

    def shown(by: Any, **asked: Any) -> int:
        return len(campaign_cases(campaign, by=by, today=make.TODAY, **asked).rows)

    assert (shown(by), shown(by, day=date(2022, 5, 6)), shown(by, filer_id=filer.pk)) == (3, 2, 3)
    page = campaign_cases(campaign, by=by, today=make.TODAY, size=2)
    rest = campaign_cases(campaign, by=by, today=make.TODAY, size=2, after=page.following)
    assert len({row.id for row in [*page.rows, *rest.rows]}) == 3
    other = people.reviewer(make.commerce(), "reviewer-of-commerce")
    assert (shown(people.reviewer(make.water())), shown(other)) == (3, 0)


def test_targets_are_said_as_people_say_them() -> None:
    assert queries.target_words(300_000, "about", "个") == "约30万个"
    assert queries.target_words(1655, "exact", "项") == "1655项"


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": 0},
        {"items": []},
        {"state": "lost"},
        {"deadline": date(2022, 5, 1)},
        {"target_mark": "over"},
        {"source": ""},
    ],
)
def test_the_database_refuses_nonsense(wrong: dict[str, Any]) -> None:
    campaign = make.campaign()
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(**wrong)
