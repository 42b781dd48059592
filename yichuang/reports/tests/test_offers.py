"""What registers offer: used with its figures, hidden with a reason, marked when it changes; visits and inspection."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.halls.queries import duty, rounds
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands, queries
from yichuang.reports.flow import State
from yichuang.reports.models import FigureField, OfferUse, Report
from yichuang.reports.queries import Asked
from yichuang.reports.queries import offers as providers
from yichuang.reports.tests import factories as make
from yichuang.reports.tests import factories_newsroom as news

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> news.Register:
    found = news.installed(monkeypatch)
    found.rows = [news.offer()]
    return found


def take(
    report: Report, key: str = "guiding:1", section: str = "efficiency", *, client: str = "", seen: int = 0
) -> Report:
    return commands.take_offer(
        report.pk, key, section, news.DAYS, seen=seen or make.fresh(report).edit_version, by=make.editor(),
        at=make.AT, key=client or uuid4().hex,
    )  # fmt: skip


def hide(report: Report, reason: str = "与上期重复", *, key: str = "guiding:1", client: str = "") -> None:
    commands.hide_offer(
        report.pk, key, reason, news.DAYS, by=make.editor(), at=make.AT, key=client or uuid4().hex
    )


def states(report: Report) -> list[str]:
    return [row.state for row in queries.offer_rows(report, queries.offers_between(*news.DAYS))]


def test_a_sentence_is_used_with_its_figures_bound() -> None:
    report = take(make.opened())
    (item,) = queries.content_of(report).of("efficiency")
    assert item.text == "水利厅上门指导企业12家。"
    row = FigureField.objects.get()
    assert (row.printed, row.kind, row.code, row.label, row.source) == (
        "12", "register", "guiding.visits", "上门指导", news.REGISTER,
    )  # fmt: skip
    assert (row.first_day, row.last_day, row.as_of) == (*news.DAYS, make.LAST)
    assert (
        queries.versions(report)[0].reason == f"采用登记册建议到「窗口服务效能提升工作情况」：{news.REGISTER}"
    )
    assert states(report) == ["used"]
    assert make.moved(report, *make.TO_REVIEW).state == State.IN_REVIEW


def test_figures_are_bound_by_their_print_in_reading_order(register: news.Register) -> None:
    text = "共5项任务，已办结3项，另有5家企业参加。"
    figures = [
        news.figure(5, code="a", unit="项"), news.figure(3, code="b", unit="项"), news.figure(5, code="c"),
    ]  # fmt: skip
    register.rows = [news.offer(text, *figures)]
    take(make.opened())
    assert [row.code for row in FigureField.objects.order_by("ordinal")] == ["a", "b", "c"]


def test_a_number_that_the_register_does_not_state_still_needs_a_source(register: news.Register) -> None:
    register.rows = [news.offer("水利厅上门指导企业12家，发放材料80份。")]
    assert news.fields(take(make.opened())) == [("12", "register"), ("80", "unbound")]


def test_the_same_key_takes_once_and_the_same_sentence_too() -> None:
    report, key = make.opened(), uuid4().hex
    take(report, client=key)
    take(report, client=key, seen=1)
    with pytest.raises(Conflict, match="已经采用"):
        take(report)
    assert len(queries.content_of(make.fresh(report)).of("efficiency")) == 1
    assert OfferUse.objects.count() == 1


def test_what_the_register_no_longer_states_is_not_used(register: news.Register) -> None:
    report = make.opened()
    register.rows = []
    for act in (lambda: take(report), lambda: hide(report)):
        with pytest.raises(Conflict, match="登记册中这一条已有变化"):
            act()
    assert make.fresh(report).edit_version == 1


@pytest.mark.parametrize("section", ["figures", "news", "", "no-such"])
def test_it_is_used_only_where_words_may_stand(section: str) -> None:
    with pytest.raises(Missing):
        take(make.opened(), section=section)


def test_an_older_screen_and_a_later_state_are_refused() -> None:
    report = make.written(make.opened(), "甲。")
    with pytest.raises(Conflict):
        take(report, seen=1)
    reviewed = make.moved(report, *make.TO_REVIEW)
    with pytest.raises(Invalid):
        take(reviewed)
    with pytest.raises(Conflict):
        hide(reviewed)


@pytest.mark.parametrize("who", ["reviewer", "leader", "contributor"])
def test_only_editors_use_and_hide(who: str) -> None:
    report = make.opened()
    by = {"reviewer": make.reviewer, "leader": make.leader, "contributor": make.contributor}[who]()
    with pytest.raises(Refused):
        commands.take_offer(
            report.pk, "guiding:1", "efficiency", news.DAYS, seen=1, by=by, at=make.AT, key="k" * 9
        )
    with pytest.raises(Refused):
        commands.hide_offer(report.pk, "guiding:1", "重复", news.DAYS, by=by, at=make.AT, key="k" * 9)
    with pytest.raises(Refused):
        commands.show_offer(report.pk, "guiding:1", by=by, at=make.AT)
    with pytest.raises(Refused):
        commands.take_inspection(report.pk, news.DAYS, seen=1, by=by, at=make.AT, key="k" * 9)


def test_it_is_hidden_with_a_reason_and_offered_again() -> None:
    report, key = make.opened(), uuid4().hex
    with pytest.raises(Invalid):
        hide(report, " ")
    hide(report, client=key)
    hide(report, client=key)
    assert states(report) == ["hidden"]
    assert OfferUse.objects.get().reason == "与上期重复"
    with pytest.raises(Conflict):
        take(report)
    commands.show_offer(report.pk, "guiding:1", by=make.editor(), at=make.AT)
    assert states(report) == ["new"]
    with pytest.raises(Missing):
        commands.show_offer(report.pk, "guiding:1", by=make.editor(), at=make.AT)


def test_what_was_hidden_in_one_report_is_offered_to_the_next() -> None:
    hide(make.opened())
    assert states(make.opened(date(2022, 5, 16), date(2022, 5, 20))) == ["new"]


@pytest.mark.parametrize("changed_key", ["guiding:1", "guiding:1:later"])
def test_what_changed_since_it_was_used_is_marked_and_can_be_used_anew(
    register: news.Register, changed_key: str
) -> None:
    report = take(make.opened())
    register.rows = [news.offer("水利厅上门指导企业13家。", news.figure(13), key=changed_key)]
    (row,) = queries.offer_rows(report, queries.offers_between(*news.DAYS))
    assert row.state == "changed"
    assert row.since is not None
    assert row.since.text == "水利厅上门指导企业12家。"
    assert queries.vanished(report, queries.offers_between(*news.DAYS)) == []
    take(report, changed_key)
    assert states(make.fresh(report)) == ["used"]


def test_what_is_gone_from_the_register_is_told(register: news.Register) -> None:
    report = take(make.opened())
    register.rows = []
    assert [use.text for use in queries.vanished(report, [])] == ["水利厅上门指导企业12家。"]


def test_offers_are_narrowed_by_topic_department_and_state(register: news.Register) -> None:
    water = UUID(int=7)
    register.rows = [
        news.offer(),
        news.offer(
            "综窗受理3件。", news.figure(3), key="w", topic="window", department_id=water, department="水利厅"
        ),
    ]
    report = make.opened()
    hide(report)
    rows = queries.offer_rows(report, queries.offers_between(*news.DAYS))

    def wanted(asked: Asked) -> list[str]:
        return [row.offer.key for row in rows if asked.wants(row)]

    assert wanted(Asked()) == ["w"]
    assert wanted(Asked(everything=True)) == ["guiding:1", "w"]
    assert wanted(Asked("efficiency", everything=True)) == ["guiding:1"]
    assert wanted(Asked(department=water)) == ["w"]
    assert wanted(Asked(department=UUID(int=8), everything=True)) == []


def test_topics_have_their_headings_in_both_forms() -> None:
    of_2022, of_2023 = ["environment", "efficiency"], ["news", "others"]
    proposed = [
        queries.proposed_section(topic, of_2022) for topic in ("environment", "work", "window", "visits")
    ]
    assert proposed == ["environment", "environment", "efficiency", ""]
    assert [queries.proposed_section(t, of_2023) for t in ("efficiency", "work", "window")] == [
        "news", "news", "others",
    ]  # fmt: skip
    assert set(queries.TOPICS) == set(providers._SECTIONS)


def visit_of_register(body: str = "颁发证照3本。") -> duty.VisitForReport:
    return duty.VisitForReport(
        uuid4(),
        date(2022, 5, 11),
        "",
        "张示例",
        "副厅长",
        "水利厅",
        body,
        "/desk/hall/duty/visits/1",
        uuid4(),
    )


def test_a_visit_of_the_register_becomes_a_visit_of_the_report(
    monkeypatch: pytest.MonkeyPatch, register: news.Register
) -> None:
    monkeypatch.setattr(duty, "visits_between", lambda *_: [visit_of_register()])
    figures = (news.figure(3, code="duty.certificates", unit="本"),)
    register.rows = [
        news.offer("值守。", *figures, key="d", topic="visits", address="/desk/hall/duty/visits/1")
    ]
    report = take(make.opened(), "d", "visits")
    (visit,) = queries.content_of(report).visits
    assert (visit.person, visit.on_text, visit.body) == ("张示例", "5月11日", "颁发证照3本。")
    assert [(row.item_id, row.code) for row in FigureField.objects.all()] == [
        (f"visit:{visit.id}", "duty.certificates")
    ]
    assert "水利厅副厅长张示例到大厅窗口值守。颁发证照3本。" in "".join(
        queries.draft_document(report, at=make.AT).lines
    )


def test_a_visit_that_the_register_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duty, "visits_between", lambda *_: [])
    with pytest.raises(Conflict, match="没有这次值守"):
        take(make.opened(), section="visits")


def inspected(*rows: tuple[str, str, str]) -> list[rounds.InspectionOutcome]:
    return [rounds.InspectionOutcome(key, heading, text, [], True, 1) for key, heading, text in rows]


def inspection_offer(key: str, **changes: str) -> object:
    address = rounds.findings_address(*news.DAYS, key)
    return replace(news.offer(key=f"i.{key}", topic="inspection", address=address, figures=()), **changes)  # type: ignore[arg-type]


def test_all_inspection_results_are_used_at_once(
    monkeypatch: pytest.MonkeyPatch, register: news.Register
) -> None:
    found = inspected(
        ("attendance", "按时到岗情况", "总体情况良好"),
        ("other", "着装情况", "发现2起问题"),
        ("no", "别的", "良好"),
    )
    monkeypatch.setattr(rounds, "inspection_results", lambda *_: found)
    register.rows = [inspection_offer(key) for key in ("attendance", "other", "no")]  # type: ignore[misc]
    report, key = make.opened(), uuid4().hex
    by = make.editor()
    assert commands.take_inspection(report.pk, news.DAYS, seen=1, by=by, at=make.AT, key=key) == 2
    assert queries.content_of(make.fresh(report)).inspection == {
        "attendance": "总体情况良好", "dress": "发现2起问题",
    }  # fmt: skip
    assert make.fresh(report).edit_version == 2
    with pytest.raises(Invalid, match="没有新的巡查结果"):
        commands.take_inspection(report.pk, news.DAYS, seen=2, by=by, at=make.AT, key=uuid4().hex)


def test_one_inspection_result_is_used_and_an_unknown_one_refused(
    monkeypatch: pytest.MonkeyPatch, register: news.Register
) -> None:
    found = inspected(("attendance", "按时到岗情况", "总体情况良好。"), ("no", "别的", "良好"))
    monkeypatch.setattr(rounds, "inspection_results", lambda *_: found)
    register.rows = [inspection_offer("attendance"), inspection_offer("no")]  # type: ignore[list-item]
    report = take(make.opened(), "i.attendance", "inspection")
    assert queries.content_of(report).inspection == {"attendance": "总体情况良好"}
    with pytest.raises(Conflict, match="没有这个巡查项目"):
        take(report, "i.no", "inspection")


def test_the_table_of_providers_asks_every_register_without_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    make.work()
    assert len(providers.PROVIDERS) >= 8
    for name, provider in providers.PROVIDERS.items():
        for offer in provider(*news.DAYS):
            assert offer.topic in queries.TOPICS, name
            assert all((offer.text, offer.key)), name
            assert offer.address.startswith("/"), name
    found = queries.offers_between(*news.DAYS)
    assert {offer.register for offer in found} <= set(providers.PROVIDERS)


@pytest.mark.parametrize(
    "wrong", [{"state": "used", "item_id": ""}, {"state": "hidden", "reason": ""}, {"state": "lost"}]
)
def test_the_database_refuses_nonsense(wrong: dict[str, str]) -> None:
    hide(make.opened())
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferUse.objects.update(**wrong)
