"""Bulk acts from a campaign take what the campaign counts; hostile addresses, rights, double clicks, empty campaigns."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_acts import act_cases
from yichuang.cases.queries.bulk_choice import Choice, chosen_cases
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.programmes.commands.campaigns import close_campaign
from yichuang.programmes.models import Campaign, CampaignVersion, Filer, FilerReminder, HandNumber
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.tests import factories as make
from yichuang.statistics.commands import close_batch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022", "_on_the_day")]
BASE = "/desk/programmes/campaigns"
LATER = date(2022, 5, 20)
HOSTILE = (
    "x", "%00", "' or 1=1 --", "../..", "00000000-0000-0000-0000-000000000000", "ＡＢＣ", "9" * 400, "<script>alert(1)</script>",
)  # fmt: skip


@pytest.fixture
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def actor() -> Actor:
    """Acts on many cases and reads figures."""
    by = bulk.clerk()
    post = people.account_of(by).post
    assert post is not None
    post.capabilities = sorted({*post.capabilities, "figures.read"})
    post.save()
    return by


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, {"client_key": make.key(), **fields})


def filed(number: int, day: int) -> UUID:
    return make.filed(make.company(number), make.item(), date(2022, 5, day))


def taken(client: Client, found: Campaign, **chosen: str) -> set[UUID]:
    """The cases that an act from the page takes; none where it makes no act."""
    BulkAct.objects.all().delete()
    answer = post(client, f"{BASE}/{found.pk}/act", kind="accept", cooling="0", **chosen)
    if answer.status_code == 422:
        assert not BulkAct.objects.exists()
        return set()
    assert answer.status_code == 302
    return {one.id for one in act_cases(BulkAct.objects.get(), by=SYSTEM, size=200).rows}


def behind(found: Campaign, today: date, filer: UUID | None = None) -> set[UUID]:
    """The cases behind the campaign's number."""
    return {one.id for one in campaign_cases(found, by=SYSTEM, today=today, filer_id=filer).rows}


# What an act takes.


def test_an_act_takes_exactly_what_the_campaign_counts() -> None:
    """Each filer has days of its own, and one that was taken out counts up to that day."""
    campaign = make.campaign()
    gone = make.filer(campaign, 0)
    late = make.filer(campaign, 1, starts_on=date(2022, 5, 10))
    early, counted = filed(0, 4), filed(0, 6)
    before, after = filed(1, 6), filed(1, 11)
    make.remove_filer(gone)
    too_late = filed(0, 16)
    client = make.browser(actor())
    assert taken(client, campaign) == behind(campaign, LATER) == {counted, after}
    assert taken(client, campaign, filer=str(gone.pk)) == behind(campaign, LATER, gone.pk) == {counted}
    assert taken(client, campaign, filer=str(late.pk)) == behind(campaign, LATER, late.pk) == {after}

    # The broken variant: one period and all applicants together, as it was chosen before.
    whole = Choice(
        "全部", item_ids=(make.item().pk,), applicant_ids=(make.company(0).pk, make.company(1).pk), filed_from=campaign.starts_on,
    )  # fmt: skip
    found = {row[0] for row in sql.rows(*chosen_cases(ActKind.ACCEPT, whole, by=SYSTEM))}
    assert found == {counted, before, after, too_late}
    assert early not in found


def test_a_company_that_passed_to_another_filer_is_taken_on_both_its_days() -> None:
    campaign = make.campaign()
    make.remove_filer(make.filer(campaign, 0))
    heir = make.filer(campaign, 0, name="合并后的企业", starts_on=date(2022, 5, 16))
    first, between, second = filed(0, 12), filed(0, 14), filed(0, 17)
    client = make.browser(actor())
    assert taken(client, campaign) == {first, second} == behind(campaign, LATER)
    assert taken(client, campaign, filer=str(heir.pk)) == {second}
    assert between not in behind(campaign, LATER)


@pytest.mark.parametrize("drained", [True, False])
def test_a_filer_that_is_removed_while_cases_are_counted_keeps_its_days_only(drained: bool) -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    for day in (6, 13, 16, 18):
        filed(0, day)
        if drained:
            close_batch(at=make.AT)
        if day == 13:
            make.remove_filer(filer)
    stood = queries.standings([Campaign.objects.get()], LATER)[0]
    assert stood.here == len(behind(campaign, LATER)) == 2
    # Twice removed is removed once.
    make.remove_filer(filer)
    assert [one.kind for one in facts_of(campaign.pk)].count("campaign.filer_removed") == 1


def test_an_empty_campaign_has_pages_a_file_and_nothing_to_act_on() -> None:
    campaign, client = make.campaign(), make.browser(actor())
    reader = make.browser(make.manager())
    for path in ("", "/cases", "/edit", "/filers", ".csv"):
        assert reader.get(f"{BASE}/{campaign.pk}{path}").status_code == 200, path
    page = reader.get(f"{BASE}/{campaign.pk}").content.decode()
    assert "批量受理" not in client.get(f"{BASE}/{campaign.pk}").content.decode()
    assert "None" not in page
    filed(0, 6)
    assert taken(client, campaign) == set()
    refused = post(client, f"{BASE}/{campaign.pk}/act", kind="accept", cooling="0")
    assert "没有选到可以办理的件" in refused.content.decode()
    stood = queries.standings([campaign], make.TODAY)[0]
    assert (stood.here, stood.by_hand, stood.filers, stood.percent) == (0, 0, (), "0.00")
    offered = queries.offers(date(2022, 5, 9), make.TODAY)
    assert len(offered) == 1
    assert "已完成0个" in offered[0].text
    # A filer without companies changes nothing of that.
    make.filer(campaign, 0, papers=[])
    assert taken(client, campaign) == set()
    assert reader.get(f"{BASE}/{campaign.pk}").status_code == 200


# Rights.


def test_who_may_act_on_a_campaign_and_on_which_of_its_cases() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    filed(0, 6)
    address = f"{BASE}/{campaign.pk}/act"
    for by in (make.manager(), make.keeper(), make.reader()):
        assert make.browser(by).get(address).status_code == 403
        assert post(make.browser(by), address, kind="accept").status_code == 403
    assert Client().get(address).status_code == 302
    # Who acts in bulk elsewhere sees neither the campaign nor its cases.
    elsewhere = make.browser(bulk.head("elsewhere", people.department("林业厅", "120", "川林")))
    assert elsewhere.get(address).status_code in (403, 404)
    assert post(elsewhere, address, kind="decide", outcome="granted").status_code in (403, 404)
    # A kind for which the right is wanting is not offered, and asking for it gives the choice, no act.
    client = make.browser(actor())
    assert "批量作出决定" not in client.get(address).content.decode()
    post(client, address, kind="decide", outcome="granted", cooling="30")
    assert not BulkAct.objects.exists()


def test_a_filer_of_another_campaign_is_not_found() -> None:
    own, other = make.campaign(), make.campaign(title="另一专项")
    make.filer(own, 0)
    strange = make.filer(other, 1)
    filed(1, 6)
    client, manager = make.browser(actor()), make.browser(make.manager())
    assert client.get(f"{BASE}/{own.pk}/act?kind=accept&filer={strange.pk}").status_code == 404
    assert post(client, f"{BASE}/{own.pk}/act", kind="accept", filer=str(strange.pk)).status_code == 404
    assert manager.get(f"{BASE}/{own.pk}/cases?filer={strange.pk}").status_code == 404
    assert manager.get(f"{BASE}/{own.pk}/filers?filer={strange.pk}").status_code == 404
    for act in ("report", "remind", "remove"):
        wrong = f"{BASE}/{own.pk}/filers/{strange.pk}/{act}"
        sent = post(manager, wrong, reminder="催", removal="错", as_of="2022-05-12", count="1", source="表")
        assert sent.status_code == 404, act
    assert not BulkAct.objects.exists()
    assert not HandNumber.objects.exists()
    assert not FilerReminder.objects.exists()
    assert Filer.objects.get(pk=strange.pk).removed_on is None


# Hostile addresses and forms.


def test_no_address_breaks_a_page_of_a_campaign() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    filed(0, 6)
    client, manager = make.browser(actor()), make.browser(make.manager())
    for value in HOSTILE:
        for who, path in (
            (client, "/act?kind={}"), (client, "/act?kind=accept&filer={}"), (manager, "/cases?filer={}"), (manager, "/cases?after={}"),
            (manager, "/cases?day={}"), (manager, "/filers?filer={}"),
        ):  # fmt: skip
            answer = who.get(f"{BASE}/{campaign.pk}{path.format(value)}")
            assert answer.status_code in (200, 404, 422), (path, value, answer.status_code)
            assert "<script>alert" not in answer.content.decode()
    assert manager.get(f"{BASE}/{uuid4()}").status_code == 404
    assert client.get(f"{BASE}/{uuid4()}/act?kind=accept").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cooling", "-1"), ("cooling", "1e3"), ("cooling", "٣٠"), ("cooling", "99999"), ("cooling", "1441"), ("client_key", ""),
        ("client_key", "x" * 5000),
    ],
)  # fmt: skip
def test_a_form_of_an_act_that_makes_no_sense_makes_no_act(field: str, value: str) -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    filed(0, 6)
    given = {"kind": "accept", "cooling": "0", "reason": "‹保留›", field: value}
    answer = post(make.browser(actor()), f"{BASE}/{campaign.pk}/act", **given)
    assert answer.status_code == 422
    assert not BulkAct.objects.exists()


# Double clicks.


def test_every_form_of_a_campaign_sent_twice_does_it_once() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0, department_id=make.water().pk)
    filed(0, 6)
    manager, client = make.browser(make.manager()), make.browser(actor())
    here = f"{BASE}/{campaign.pk}"
    makes: tuple[tuple[Client, str, dict[str, str], Callable[[], int]], ...] = (
        (client, f"{here}/act", {"kind": "accept", "cooling": "0"}, BulkAct.objects.count),
        (manager, f"{here}/filers/{filer.pk}/report", {"as_of": "2022-05-12", "count": "5", "source": "表"}, HandNumber.objects.count),
        (manager, f"{here}/filers/{filer.pk}/remind", {"reminder": "请加快"}, FilerReminder.objects.count),
        (manager, f"{BASE}/new", {
            "title": "新专项", "source": "会议", "target": "10", "unit": "件", "starts_on": "2022-05-05", "deadline": "2022-05-31",
            "items": make.item().code, "department": str(make.water().pk),
        }, Campaign.objects.count),
    )  # fmt: skip
    for who, address, fields, count in makes:
        before, key = count(), make.key()
        answers = [who.post(address, {"client_key": key, **fields}) for _ in range(2)]
        assert [one.status_code for one in answers] == [302, 302], address
        assert answers[0]["Location"] == answers[1]["Location"]
        assert count() == before + 1, address
    for _ in range(2):
        assert post(manager, f"{here}/filers/{filer.pk}/remove", removal="合并").status_code == 302
        assert post(manager, f"{here}/close").status_code == 302
        if Campaign.objects.get(pk=campaign.pk).state == "closed":
            break
    acts = list(CampaignVersion.objects.filter(campaign=campaign).values_list("act", flat=True))
    assert sum(act.startswith("移除") for act in acts) == 1
    assert acts.count("结束") == 1


def test_of_an_ended_campaign_pages_stay_and_forms_are_refused_in_words() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    filed(0, 6)
    close_campaign(campaign.pk, by=make.manager(), at=make.AT)
    manager, here = make.browser(make.manager()), f"{BASE}/{campaign.pk}"
    for path in ("", ".csv", "/cases"):
        assert manager.get(here + path).status_code == 200
    page = manager.get(here).content.decode()
    assert f"{here}/edit" not in page
    assert "批量受理" not in make.browser(actor()).get(here).content.decode()
    for path, fields in (
        (f"filers/{filer.pk}/report", {"as_of": "2022-05-12", "count": "5", "source": "‹保留›"}),
        (f"filers/{filer.pk}/remind", {"reminder": "‹保留›"}), (f"filers/{filer.pk}/remove", {"removal": "‹保留›"}),
        ("filers", {"name": "‹保留›", "target": "5"}),
    ):  # fmt: skip
        answer = post(manager, f"{here}/{path}", **fields)
        assert answer.status_code == 409, path
        assert "已经结束" in answer.content.decode()
    assert filer.starts_on + timedelta(days=1) == date(2022, 5, 6)
